"""Compressed request bodies."""

import zlib

from ml_serving.errors import RequestError
from ml_serving.settings import settings

GZIP = (b"gzip", b"x-gzip")


def unpacked(body: bytes, header: bytes | None) -> bytes:
    """The body without its Content-Encoding. It may unpack to SERVER_MAX_BODY_MB."""
    encoding = (header or b"identity").lower()
    if encoding == b"identity":
        return body
    if encoding not in GZIP:
        shown = encoding.decode("latin-1")
        raise RequestError(415, f"cannot read Content-Encoding {shown!r}, only gzip")
    limit = settings.max_body_bytes
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        content = unpacker.decompress(body, limit)
    except zlib.error as error:
        raise RequestError(400, "the body is not gzip") from error
    if unpacker.unconsumed_tail:
        raise RequestError(413, f"the body unpacks to more than {limit} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise RequestError(400, "the body is not one whole gzip file")
    return content
