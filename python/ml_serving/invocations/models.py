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
    that callers use.
    """

    def __init__(self, base: str, adapters: Mapping[str, str]) -> None:
        self._base = base
        self._adapters = adapters

    def asked_for(self, document: Mapping[str, Json], headers: Headers) -> str:
        """The engine's name of the model; RequestError where there is no such adapter.

        Without adapters, any name means the one model.
        """
        identifier = header(headers, ADAPTER)
        if not self._adapters:
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
        if name not in self._adapters:
            raise self._unknown(name)
        return self._adapters[name]

    def _unknown(self, name: str) -> RequestError:
        there = ", ".join(self._adapters) or "none"
        return RequestError(
            404,
            f"there is no adapter {name[:100]}; adapters here: {there}; "
            f'"{self._base}", or no name, is the model without one',
        )
