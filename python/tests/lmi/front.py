"""DJL Serving's side: what it makes of the parts that a handler gives it."""

import struct
from collections.abc import AsyncGenerator

from djl_python.inputs import Input


class Reply:
    """An answer of HTTP: the status and headers are those of the first part that is sent."""

    def __init__(self):
        self.status = 200
        self.headers = {}
        self.parts = []
        self.complete = False

    @property
    def body(self):
        return "".join(self.parts)

    def add(self, output):
        assert not self.complete, "a part after the last one"
        self.headers.update(output.properties)
        members = _decode(output.content[0])
        self.complete = members["last"] == "True"
        if "code" in members:
            self.status = int(members["code"])
            # Netty takes it as the reason phrase, which has one line.
            assert "\n" not in members["error"]
            self.parts.append(members["error"])
        elif members["data"]:
            self.parts.append(members["data"])


def ask(body, content_type="application/json"):
    request = Input()
    request.properties["Content-Type"] = content_type
    request.content.add(key="data", value=body)
    return request


async def answer(handle, request, seen=None):
    """The whole answer; `seen` is called after each of its parts."""
    reply = Reply()
    outputs = await handle(request)
    if isinstance(outputs, AsyncGenerator):
        async for output in outputs:
            reply.add(output)
            if seen:
                seen(reply)
    else:
        reply.add(outputs)
    assert reply.complete
    return reply


def _decode(data):
    (count,), rest = struct.unpack(">h", data[:2]), data[2:]
    texts = []
    for _ in range(2 * count):
        (length,) = struct.unpack(">h", rest[:2])
        texts.append(rest[2 : 2 + length].decode())
        rest = rest[2 + length :]
    return dict(zip(texts[::2], texts[1::2], strict=True))
