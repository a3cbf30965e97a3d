"""What GET /schema says of a model: what the process that loaded it knows of its columns, and examples of requests.

An example is one that the model has answered: each is sent to it when somebody asks for the first time.
"""

import asyncio
import base64
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from ml_serving.server.jobs import Answer, Job
from ml_serving.server.request import Request

Submit = Callable[[Job], None]


class Examples:
    """document: of worker/adapter.py's Description, as is candidates."""

    def __init__(
        self, document: bytes, candidates: Sequence[Sequence[tuple[str, bytes]]]
    ) -> None:
        self._document = document
        self._candidates = candidates
        self._found: dict[str, Any] | None = None
        # Several may ask at once: the model is asked for one of them.
        self._finding = asyncio.Lock()

    @classmethod
    def of(cls, description: Any) -> "Examples | None":
        """description: as a keeper has sent it."""
        return cls(*description) if description else None

    @property
    def known(self) -> dict[str, Any]:
        """The document, with examples where somebody has asked for it before."""
        return orjson.loads(self._document) if self._found is None else self._found

    async def schema(self, submit: Submit) -> dict[str, Any]:
        """The whole document. submit: has the model answer a job."""
        async with self._finding:
            if self._found is not None:
                return self._found
            schema = orjson.loads(self._document)
            busy = await self._fill(schema, submit)
            if not busy:
                self._found = schema
            return schema

    async def _fill(self, schema: dict[str, Any], submit: Submit) -> bool:
        """Adds the first candidate that is answered. Returns whether the model had no time for one."""
        for candidate in self._candidates:
            for content_type, body in candidate:
                answer = await asked(submit, content_type, body)
                if answer.status == 503:
                    return True
                if answer.status == 200:
                    schema["requests"][content_type] |= shown(body)
                    schema.setdefault("answer", orjson.loads(answer.body))
                # What the first of them cannot say, JSON, none of the others says.
                elif content_type == candidate[0][0]:
                    break
            else:
                return False
        return False


async def asked(submit: Submit, content_type: str, body: bytes) -> Answer:
    """The model's answer to a request that no client has sent: in no metric of theirs, and not in the log."""
    request = Request()
    request.headers = {
        b"content-type": content_type.encode(),
        b"accept": b"application/json",
    }
    request.body = body
    answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def done(answer: Answer, _queued: float, _predicting: float) -> None:
        if not answered.done():
            answered.set_result(answer)

    submit(Job(request, done))
    return await answered


def shown(body: bytes) -> dict[str, str]:
    """A body as a document has it."""
    try:
        return {"example": body.decode()}
    except UnicodeDecodeError:
        return {"example_base64": base64.b64encode(body).decode()}
