"""From batches of request bodies to their answers, by the functions of inference.py."""

import logging
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any, Protocol

from ml_serving import wire
from ml_serving.errors import ModelError, RequestError, first_line
from ml_serving.machine import has_gpu
from ml_serving.scripts.answers import JSON, body_of
from ml_serving.scripts.aws import refusal, remarks
from ml_serving.scripts.context import Context
from ml_serving.scripts.functions import (
    FILE,
    Function,
    missing,
    read_script,
    where,
)
from ml_serving.settings import settings
from ml_serving.wire import Answer
from ml_serving.worker.adapter import (
    Batched,
    Description,
    Loaded,
    attempt,
    work_in_batches,
)
from ml_serving.worker.unpacking import unpacked

log = logging.getLogger(__name__)

# Bodies of these types are text, exactly as written here: `text/csv; charset=utf-8` is not one, so that scripts
# get what the containers gave them.
TEXT_TYPES = ("application/json", "text/csv")
# Functions that see requests.
REQUESTS = {"input_fn", "predict_fn", "output_fn", "transform_fn"}


class Rest(Protocol):
    """What is done where the script has no such function: SCRIPT in model_handler.py makes it, of the handler and
    the names of the functions that there are."""

    def load(self, model_dir: Path) -> Any:
        """The model, for a script without model_fn. Raises ModelError."""
        ...

    def look(self, model: Any, model_dir: Path) -> None:
        """Called once it is loaded. Raises ModelError where it cannot be asked."""
        ...

    def description(self) -> Description | None:
        """What requests hold, where the script does not read them itself."""
        ...

    def prepare(self, model: Any) -> Any:
        """Called by each worker when it starts, with what was loaded. What the functions are to take as the model."""
        ...

    def together(self) -> Batched | None:
        """What answers requests that came together, for a script that has model_fn only; None where nothing does."""
        ...

    def input(self, body: bytes, content_type: bytes | None) -> Any:
        """The data for predict_fn. Raises RequestError."""
        ...

    def predict(self, data: Any, model: Any) -> Any:
        """The prediction for data. Raises RequestError."""
        ...

    def output(
        self, prediction: Any, accept: bytes | None, content_type: bytes | None
    ) -> tuple[str, bytes]:
        """The content type and the body of the answer. Raises RequestError."""
        ...


def loader(handler: ModuleType) -> Callable[[Path], Loaded]:
    """See Adapter in worker/adapter.py; the handler has SCRIPT."""
    functions = read_script()
    for remark in remarks():
        log.warning(remark)
    rest: Rest = handler.SCRIPT(handler, frozenset(functions))

    def load(model_dir: Path) -> Loaded:
        # A script moves its model to the GPU, and CUDA does not survive a fork: each worker loads its own then.
        each = "model_fn" in functions and has_gpu()
        model = None if each else loaded(functions, rest, model_dir)

        def work(server: socket.socket) -> None:
            own = loaded(functions, rest, model_dir) if each else model
            answer(server, Predictor(functions, rest, own, model_dir))

        return Loaded(work, None if each else rest.description())

    def answer(server: socket.socket, predictor: Predictor) -> None:
        if together := predictor.together():
            work_in_batches(server, together)
        else:
            work_in_batches(server, predictor, at_once=1)

    return load


def loaded(functions: Mapping[str, Function], rest: Rest, model_dir: Path) -> Any:
    """The model. Raises ModelError."""
    context = Context(str(model_dir))
    if "pre_model_fn" in functions:
        at_start(functions["pre_model_fn"], str(model_dir), context=context)
    if model_fn := functions.get("model_fn"):
        model = at_start(model_fn, str(model_dir), context=context)
        if model is None and not functions.keys() & {"predict_fn", "transform_fn"}:
            raise ModelError(
                f"{FILE}: model_fn returned None: it must return the model"
            )
    else:
        model = rest.load(model_dir)
    rest.look(model, model_dir)
    return model


def at_start(function: Function, *given: Any, context: Context) -> Any:
    """What a function gives that is called before there are requests. Raises ModelError."""
    try:
        return function(*given, context=context)
    except ModuleNotFoundError as error:
        raise ModelError(missing(error)) from error
    except (Exception, SystemExit) as error:
        log.exception("%s: %s failed", FILE, function.name)
        reason = f"{type(error).__name__}: {first_line(error)}"
        raise ModelError(f"{function.name} failed: {where(error)}: {reason}") from error


class Predictor:
    """Answers one request after the other: what a script makes of one may depend on all that is in it."""

    def __init__(
        self,
        functions: Mapping[str, Function],
        rest: Rest,
        model: Any,
        model_dir: Path,
    ) -> None:
        self._functions = functions
        self._rest = rest
        self._model = rest.prepare(model)
        self._model_dir = str(model_dir)
        if warm_up := functions.get("model_warmup_fn"):
            context = Context(self._model_dir)
            at_start(warm_up, self._model_dir, self._model, context=context)

    def together(self) -> Batched | None:
        """What answers all requests at once, for a script that has no say in them."""
        return None if self._functions.keys() & REQUESTS else self._rest.together()

    def answer(self, batch: Sequence[wire.Request]) -> tuple[Sequence[Answer], float]:
        """Their answers, and how many seconds the script took for all."""
        started = perf_counter()
        answers = [attempt(self._answer, *request) for request in batch]
        return answers, perf_counter() - started

    def _answer(
        self,
        body: bytes,
        content_type: bytes | None,
        encoding: bytes | None,
        accept: bytes | None,
    ) -> Answer:
        content = unpacked(body, encoding)
        given_type = text_of(content_type) or JSON
        headers = {"Content-Type": given_type, "Accept": text_of(accept) or "*/*"}
        context = Context(self._model_dir, headers)
        wanted = wanted_type(text_of(accept))
        if "transform_fn" in self._functions:
            given = as_given(content, given_type)
            result = self._call(
                "transform_fn", self._model, given, given_type, wanted, context=context
            )
            return self._finished("transform_fn", result, wanted, context)
        if "input_fn" in self._functions:
            given = as_given(content, given_type)
            data = self._call("input_fn", given, given_type, context=context)
        else:
            data = self._rest.input(content, content_type)
        if "predict_fn" in self._functions:
            prediction = self._call("predict_fn", data, self._model, context=context)
        else:
            prediction = self._rest.predict(data, self._model)
        if "output_fn" in self._functions:
            result = self._call("output_fn", prediction, wanted, context=context)
            return self._finished("output_fn", result, wanted, context)
        answered, written = self._rest.output(prediction, accept, content_type)
        return context.status, answered, written, 1

    def _call(self, name: str, *given: Any, context: Context) -> Any:
        """What a function of the script gives. Raises RequestError."""
        try:
            return self._functions[name](*given, context=context)
        except (Exception, SystemExit) as error:
            if refused := refusal(error, name):
                raise refused from error
            raise failure(name) from error

    def _finished(
        self, name: str, result: Any, wanted: str, context: Context
    ) -> Answer:
        try:
            answer = body_of(result, context.content_type or wanted, name)
        except TypeError as error:
            raise failure(name) from error
        status = answer.status if context.status == 200 else context.status
        return status, answer.content_type, answer.content, 1


def failure(name: str) -> RequestError:
    """Called where an exception is at hand, which goes into the log."""
    log.exception("%s: %s failed", FILE, name)
    return RequestError(500, f"{name} failed; the container's log says why")


def text_of(header: bytes | None) -> str:
    return (header or b"").decode("latin-1").strip()


def as_given(body: bytes, content_type: str) -> str | bytes:
    """As the containers of AWS and of Hugging Face pass a body. Raises RequestError."""
    if content_type not in TEXT_TYPES:
        return body
    try:
        return body.decode()
    except UnicodeError as error:
        raise RequestError(400, "the body is not utf-8 text") from error


def wanted_type(accept: str) -> str:
    """What output_fn is told: the Accept header as it came, or the type for a caller who does not mind."""
    return (settings.default_accept or JSON) if accept in ("", "*/*") else accept
