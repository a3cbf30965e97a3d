"""How requests are refused, and what becomes of the engine's own errors."""

import re

from ml_serving.documents import Json
from ml_serving.invocations.asgi import compact

# SageMaker passes on 2048 characters of an error: a sentence fits, a dump does not.
LONGEST = 500
NOT_READY = "the engine takes no requests at the moment: try again in a few seconds"
FAILED = "the engine failed to answer this request: its log says why"
# In vLLM's and SGLang's lists of what pydantic found, amid dumps of the request.
_FINDING = re.compile(r"'loc': (.*?), 'msg': (['\"])(.*?)\2")


class RequestError(Exception):
    """A request that gets no answer: an HTTP status and one sentence for the caller."""

    def __init__(self, status: int, message: str) -> None:
        sentence = " ".join(message.split())
        if len(sentence) > LONGEST:
            sentence = sentence[: LONGEST - 1] + "…"
        super().__init__(sentence)
        self.status = status
        self.body = compact({"error": sentence})


def engine_error(status: int, document: Json) -> RequestError:
    """An answer of the engine with an error status, in this container's words.

    What goes wrong inside the engine is in its log; the caller can do nothing with it.
    """
    if status == 503:
        return RequestError(503, NOT_READY)
    if status >= 500:
        return RequestError(500, FAILED)
    return RequestError(status, _message(document) or f"the engine answered {status}")


def streamed_error(document: Json) -> RequestError | None:
    """The error that an event of a stream stands for, or None: most events are none.

    Streams start with status 200: the status of what fails later is in the event.
    """
    if not isinstance(document, dict):
        return None
    error = document.get("error")
    if not error and document.get("object") != "error":
        return None
    details = error if isinstance(error, dict) else document
    code = details.get("code")
    status = code if isinstance(code, int) and 400 <= code <= 599 else 500
    return engine_error(status, document)


def _message(document: Json) -> str:
    """The message in the shapes of OpenAI, of older engines and of FastAPI."""
    if not isinstance(document, dict):
        return ""
    error = document.get("error")
    if isinstance(error, dict):
        error = error.get("message")
    message = error or document.get("message") or document.get("detail")
    if not isinstance(message, str):
        return ""
    if finding := _FINDING.search(message):
        place = [part.strip("' ()") for part in re.split("[,.]", finding[1])]
        # The first is "body"; the names of pydantic's own validators say nothing.
        names = [part for part in place[1:] if re.fullmatch(r"\w+", part)]
        return f"{'.'.join(names)}: {finding[3]}" if names else finding[3]
    return message
