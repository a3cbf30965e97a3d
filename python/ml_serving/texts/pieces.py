"""Texts that are read in pieces, of which each has the end of the one before it."""

from collections.abc import Mapping

from ml_serving.documents import Json
from ml_serving.errors import RequestError


def shared_tokens(parameters: Mapping[str, Json], default: int, room: int) -> int:
    """How many tokens two pieces have in common: "stride", or else the default.

    room: for a text in a piece. Half of it at most, so that no request has the model read its text more than twice.
    """
    most = room // 2
    given = parameters.get("stride")
    if not isinstance(given, int):
        return min(default, most)
    if given > most:
        raise RequestError(
            400, f"stride must be at most {most}, half of what a piece has room for"
        )
    return given
