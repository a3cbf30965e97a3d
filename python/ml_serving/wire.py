"""Messages between the server and the processes that hold the model, over Unix sockets.

A message is numbers, text, bytes, None, and lists and tuples of them, after its length in
8 bytes. marshal writes them as fast as memory is copied, and unlike pickle calls nothing
when it reads.
"""

import marshal
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

LENGTH = struct.Struct("<Q")

# What a worker is told of a request: its body, Content-Type, Content-Encoding and Accept.
Request = tuple[bytes, bytes | None, bytes | None, bytes | None]
# What it answers: status, content type, body, and how many inputs there were: 0 if the request was refused.
Answer = tuple[int, str, bytes, int]


def parts(message: Any) -> tuple[bytes, bytes]:
    content = marshal.dumps(message)
    return LENGTH.pack(len(content)), content


def pack(message: Any) -> bytes:
    return b"".join(parts(message))


def read(stream: BinaryIO) -> Any:
    """The next message, waiting for it; None at the end of the stream."""
    length = stream.read(LENGTH.size)
    if len(length) < LENGTH.size:
        return None
    return marshal.loads(stream.read(*LENGTH.unpack(length)))


class Reader:
    """Puts messages together from pieces as they arrive."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, piece: bytes) -> Iterator[Any]:
        self._buffer += piece
        while len(self._buffer) >= LENGTH.size:
            end = LENGTH.size + LENGTH.unpack_from(self._buffer)[0]
            if len(self._buffer) < end:
                return
            message = marshal.loads(bytes(self._buffer[LENGTH.size : end]))
            del self._buffer[:end]
            yield message
