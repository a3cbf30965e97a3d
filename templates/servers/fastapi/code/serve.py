"""The web app: /ping and /invocations, in FastAPI."""

from errors import RequestError
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from loading import load_model
from predictor import Answer, Predictor, error_answer
from settings import settings
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

app = FastAPI(openapi_url=None, redirect_slashes=False)
predictor = Predictor(*load_model(settings.model_dir))


@app.api_route("/ping", methods=["GET", "HEAD"])
async def ping() -> Response:
    # This module is imported once the model is loaded: whoever asks can be served.
    return Response(status_code=200)


@app.post("/invocations")
async def invocations(request: Request) -> Response:
    body = await read_body(request)
    content_type = request.headers.get("Content-Type")
    accept = ", ".join(request.headers.getlist("Accept"))
    # In a thread, so that /ping is answered while the model predicts.
    return respond(
        await run_in_threadpool(predictor.answer, body, content_type, accept)
    )


async def read_body(request: Request) -> bytes:
    """The body, refused as soon as it is known to be too large."""
    limit = settings.max_body_bytes
    too_large = RequestError(413, f"the body is larger than {limit} bytes")
    length = request.headers.get("Content-Length", "0")
    if len(length) > 15 or int(length) > limit:
        raise too_large
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise too_large
    except ClientDisconnect as error:
        raise RequestError(400, "the body cannot be read to its end") from error
    return bytes(body)


@app.exception_handler(RequestError)
async def request_error(_: Request, error: RequestError) -> Response:
    return respond(error_answer(error.status, error.message))


@app.exception_handler(HTTPException)
async def http_error(_: Request, error: HTTPException) -> Response:
    response = respond(error_answer(error.status_code, str(error.detail)))
    # Such as Allow, which tells the caller which method would have been right.
    response.headers.update(error.headers or {})
    return response


def respond(answer: Answer) -> Response:
    headers = {"Content-Type": answer.content_type}
    return Response(answer.body, answer.status, headers)
