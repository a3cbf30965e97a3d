"""The web app: /ping and /invocations, in Flask."""

from flask import Flask, Response, request
from loading import load_model
from predictor import Answer, Predictor, error_answer
from settings import settings
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

app = Flask(__name__, static_folder=None)
app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
predictor = Predictor(load_model(settings.model_dir))


@app.get("/ping")
def ping() -> Response:
    # This module is imported once the model is loaded: whoever asks can be served.
    return Response(status=200)


@app.post("/invocations")
def invocations() -> Response:
    headers = request.headers
    return respond(
        predictor.answer(
            request.get_data(cache=False),
            headers.get("Content-Type"),
            headers.get("Accept"),
        )
    )


@app.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> Response:
    limit = settings.max_body_bytes
    return respond(error_answer(413, f"the body is larger than {limit} bytes"))


@app.errorhandler(HTTPException)
def http_error(error: HTTPException) -> Response:
    response = respond(error_answer(error.code or 500, error.name))
    # Such as Allow, which tells the caller which method would have been right.
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def respond(answer: Answer) -> Response:
    return Response(answer.body, answer.status, content_type=answer.content_type)
