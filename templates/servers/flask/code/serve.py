"""The web app: /ping and /invocations, in Flask."""

from errors import RequestError
from flask import Flask, Response, request
from loading import load_model
from predictor import Answer, Predictor, error_answer
from settings import settings
from werkzeug.exceptions import HTTPException

app = Flask(__name__, static_folder=None)
app.url_map.merge_slashes = False
predictor = Predictor(*load_model(settings.model_dir))


@app.get("/ping", provide_automatic_options=False)
def ping() -> Response:
    # This module is imported once the model is loaded: whoever asks can be served.
    return Response(status=200)


@app.post("/invocations", provide_automatic_options=False)
def invocations() -> Response:
    body = read_body()
    headers = request.headers
    return respond(
        predictor.answer(body, headers.get("Content-Type"), headers.get("Accept"))
    )


def read_body() -> bytes:
    """The body, refused as soon as it is known to be too large."""
    limit = settings.max_body_bytes
    too_large = RequestError(413, f"the body is larger than {limit} bytes")
    if (request.content_length or 0) > limit:
        raise too_large
    # Flask's own limit would cut a body short that comes without its length.
    body = bytearray()
    try:
        while chunk := request.stream.read(65536):
            body += chunk
            if len(body) > limit:
                raise too_large
    except OSError as error:
        raise RequestError(400, "the body cannot be read to its end") from error
    if len(body) < (request.content_length or 0):
        raise RequestError(400, "the body is shorter than its Content-Length")
    return bytes(body)


@app.errorhandler(RequestError)
def request_error(error: RequestError) -> Response:
    return respond(error_answer(error.status, error.message))


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
