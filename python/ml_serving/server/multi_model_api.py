"""SageMaker's API for multi-model endpoints: it loads and unloads models as they are
asked for, see https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html."""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qs, unquote

import orjson

from ml_serving.errors import RequestError
from ml_serving.server.descriptions import Descriptions
from ml_serving.server.invocations import Invocations
from ml_serving.server.models import Models
from ml_serving.server.request import Request
from ml_serving.server.shared import in_background

Methods = Mapping[bytes, Callable[[Request], None]]
PAGE = 100


def methods(
    path: bytes, models: Models, invocations: Invocations, descriptions: Descriptions
) -> Methods:
    """What a path below /models can do, by method; nothing for one that is not known."""
    match path.decode("latin-1").split("/")[1:]:
        case ["models"]:
            return {
                b"GET": lambda request: list_models(request, models),
                b"POST": lambda request: load(request, models),
            }
        case ["models", name] if name:
            return {
                b"GET": lambda request: describe(request, models, unquote(name)),
                b"DELETE": lambda request: unload(request, models, unquote(name)),
            }
        case ["models", name, "schema"] if name:
            return {
                b"GET": lambda request: descriptions.of_model(request, unquote(name)),
            }
        case ["models", name, "invoke"] if name:
            return {
                b"POST": lambda request: invocations.invoke(request, unquote(name)),
            }
        case _:
            return {}


def list_models(request: Request, models: Models) -> None:
    query = parse_qs(request.target.decode("latin-1").partition("?")[2])
    start, limit = (
        whole_number(query.get(name, [default])[0], name)
        for name, default in (("next_page_token", "0"), ("limit", str(PAGE)))
    )
    if not limit:
        raise RequestError(400, "limit is '0': it takes at least 1")
    names = sorted(models.loaded)
    document: dict[str, object] = {
        "models": [description(name, models) for name in names[start : start + limit]]
    }
    if start + limit < len(names):
        document["nextPageToken"] = str(start + limit)
    request.answer(200, orjson.dumps(document), "application/json")


def describe(request: Request, models: Models, name: str) -> None:
    request.answer(200, orjson.dumps(description(name, models)), "application/json")


def description(name: str, models: Models) -> dict[str, str]:
    return {"modelName": name, "modelUrl": str(models.get(name).folder)}


def load(request: Request, models: Models) -> None:
    """{"model_name": …, "url": the folder that holds the model}"""
    try:
        document = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        document = None
    match document:
        case {"model_name": str(name), "url": str(folder)} if name and folder:
            in_background(load_and_answer(request, models, name, Path(folder)))
        case _:
            raise RequestError(400, 'expected {"model_name": "…", "url": "…"}')


async def load_and_answer(
    request: Request, models: Models, name: str, folder: Path
) -> None:
    try:
        await models.load(name, folder)
        describe(request, models, name)
    except RequestError as error:
        request.refuse(error.status, error.message)


def unload(request: Request, models: Models, name: str) -> None:
    models.unload(name)
    request.answer(200, orjson.dumps({"modelName": name}), "application/json")


def whole_number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RequestError(400, f"{name} is {text!r}: it takes a whole number")
    return int(text)
