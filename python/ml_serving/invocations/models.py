"""Which model a request is for: the base, or one of its adapters."""

from collections.abc import Mapping

from ml_serving.documents import Json
from ml_serving.invocations.asgi import Headers, header
from ml_serving.invocations.errors import RequestError

# SageMaker sends it with requests to an inference component that is an adapter.
ADAPTER = b"x-amzn-sagemaker-adapter-identifier"


class Models:
    """Names that requests may give.

    base: the engine's name for the model itself. adapters: its names for them, by those
    that callers use. others: at run time there may be more, which the engine knows.
    """

    def __init__(self, base: str, adapters: Mapping[str, str], others: bool) -> None:
        self._base = base
        self._adapters = adapters
        self._others = others

    def asked_for(self, document: Mapping[str, Json], headers: Headers) -> str:
        """The engine's name of the model; RequestError where there is no such adapter.

        Where there can be no adapters, any name means the one model.
        """
        identifier = header(headers, ADAPTER)
        if not self._adapters and not self._others:
            if identifier:
                raise self._unknown(identifier)
            return self._base
        named = document.get("model")
        if named is not None and not isinstance(named, str):
            raise RequestError(400, '"model" is not a string')
        if identifier and named and named not in (identifier, self._base):
            raise RequestError(
                400,
                f'"model" is {named}, but the request is for the adapter {identifier}',
            )
        name = identifier or named or self._base
        if name == self._base and not identifier:
            return self._base
        if name in self._adapters:
            return self._adapters[name]
        # Of these, none is called as the model itself.
        if self._others and name != self._base:
            return name
        raise self._unknown(name)

    def _unknown(self, name: str) -> RequestError:
        there = ", ".join(self._adapters) or "none"
        return RequestError(
            404,
            f"there is no adapter {name[:100]}; adapters here: {there}; "
            f'"{self._base}", or no name, is the model without one',
        )
