"""The web app: /ping and /invocations, in FastAPI."""

from errors import RequestError
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from loading import load_model
from predictor import Answer, Predictor, error_answer
from settings import settings
from starlette.exceptions import HTTPException

app = FastAPI(openapi_url=None)
predictor = Predictor(load_model(settings.model_dir))


@app.get("/ping")
async def ping() -> Response:
    # This module is imported once the model is loaded: whoever asks can be served.
    return Response(status_code=200)


@app.post("/invocations")
async def invocations(request: Request) -> Response:
    headers = request.headers
    body = await read_body(request)
    # In a thread, so that /ping is answered while the model predicts.
    answer = await run_in_threadpool(
        predictor.answer, body, headers.get("Content-Type"), headers.get("Accept")
    )
    return respond(answer)


async def read_body(request: Request) -> bytes:
    """The body, refused as soon as it is known to be too large."""
    limit = settings.max_body_bytes
    too_large = RequestError(413, f"the body is larger than {limit} bytes")
    if int(request.headers.get("Content-Length", 0)) > limit:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise too_large
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
