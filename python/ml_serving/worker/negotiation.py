"""Content negotiation: which decoder reads a request, which encoder writes the answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

import mimeparse

from ml_serving.errors import ModelError, RequestError
from ml_serving.settings import batch_transform, settings

Decode = TypeVar("Decode", bound=Callable[..., object])
Encode = TypeVar("Encode", bound=Callable[..., bytes])


@dataclass(frozen=True)
class RequestType(Generic[Decode]):
    """A content type that requests come in.

    decode: from a body and the parameters of its Content-Type to what the model is asked.
    shape: what one row or input looks like in it, in Markdown for the project's README.
    payload: how a sample of it is called in sample_model/payloads/.
    answered_in_batch: in batch transform, which joins answers by line, the type of an answer with a line for each
    line of this type.
    example: writes rows in it (see rows/forms/examples.py), where the server shows how it is asked.
    fits: whether a model of such Features takes it here; None: any does. It is not named to clients of others.
    """

    name: str
    decode: Decode
    shape: str
    payload: str | None = None
    answered_in_batch: str | None = None
    example: (
        Callable[[Sequence[str] | None, Sequence[Any], bool], bytes | None] | None
    ) = None
    fits: Callable[[Any], bool] | None = None


@dataclass(frozen=True)
class ResponseType(Generic[Encode]):
    """A content type of answers. encode: from what the model says to a body."""

    name: str
    encode: Encode


class Negotiation(Generic[Decode, Encode]):
    """What requests may come in and be answered in. written: the last is for a caller who does not mind. features: of
    the model, where that is there already and not all that is read fits it.

    Raises ModelError where the settings name another type for such callers that is not among them, unless any is right
    (any_default), since something else writes it.
    """

    def __init__(
        self,
        read: Sequence[RequestType[Decode]],
        written: Sequence[ResponseType[Encode]],
        any_default: bool = False,
        features: object = None,
    ) -> None:
        self._read = {one.name: one for one in read}
        named = read if features is None else fitting(read, features)
        self._named = ", ".join(one.name for one in named)
        self._written = {one.name: one for one in written}
        # Clients send the same few headers again and again.
        self.decoder = lru_cache(maxsize=256)(self._decoder)
        self.encoder = lru_cache(maxsize=256)(self._encoder)
        if any_default:
            return
        try:
            self.encoder(None, None)
        except RequestError as error:
            raise ModelError(
                f"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: {error.message}"
            ) from error

    def _decoder(
        self, header: bytes | None
    ) -> tuple[Decode, Mapping[str, str], str | None]:
        """The decoder for a Content-Type header, the header's parameters, and the content type of the answer that
        batch transform expects. Raises RequestError."""
        content_type = (header or b"").decode("latin-1")
        try:
            kind, subtype, parameters = mimeparse.parse_mime_type(content_type)
        except mimeparse.MimeTypeParseException as error:
            raise self._unsupported(content_type) from error
        found = self._read.get(f"{kind}/{subtype}".lower())
        if not found:
            raise self._unsupported(content_type)
        lower = {name.lower(): value for name, value in parameters.items()}
        return found.decode, lower, found.answered_in_batch

    def _encoder(
        self, header: bytes | None, in_batch: str | None
    ) -> tuple[str, Encode]:
        """The content type that an Accept header prefers, and its encoder. Raises RequestError."""
        accept = (header or b"").decode("latin-1").strip() or "*/*"
        if accept == "*/*" and settings.default_accept:
            accept = settings.default_accept
        elif accept == "*/*" and batch_transform and in_batch:
            return in_batch, self._written[in_batch].encode
        best = self._preferred(accept.lower())
        if not best:
            raise RequestError(
                406, f"cannot answer in {accept!r}, only in {', '.join(self._written)}"
            )
        return best, self._written[best].encode

    def _preferred(self, accept: str) -> str | None:
        """The content type of the highest weight: of equal ones what is named before what is only allowed (`*/*`), and
        then the client's order decides."""
        try:
            ranges = [
                mimeparse.parse_media_range(one)
                for one in accept.split(",")
                if one.strip()
            ]
        except mimeparse.MimeTypeParseException:
            return None

        def preference(name: str) -> tuple[float, float, int]:
            found = [
                (*mimeparse.quality_and_fitness_parsed(name, [one]), -place)
                for place, one in enumerate(ranges)
            ]
            # What is more specific says how high the type weighs.
            return max(found, key=lambda one: one[1], default=(0.0, -1.0, 0))

        best = max(reversed(self._written), key=preference)
        return best if preference(best)[0] > 0 else None

    def _unsupported(self, content_type: str) -> RequestError:
        given = (
            f"cannot read {content_type!r}" if content_type else "no Content-Type given"
        )
        return RequestError(415, f"{given}; this server reads {self._named}")


def fitting(
    types: Sequence[RequestType[Decode]], features: object
) -> list[RequestType[Decode]]:
    """Those that a model takes."""
    return [one for one in types if one.fits is None or one.fits(features)]
