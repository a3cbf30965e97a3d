"""The context that functions of a script may take, as the containers of AWS and of Hugging Face pass it."""

from collections.abc import Mapping
from typing import Any

from ml_serving import __version__
from ml_serving.machine import has_gpu


class RequestProcessor:
    """What a request came with: context.request_processor[0]."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)

    def get_request_properties(self) -> dict[str, str]:
        """Its headers. Only those that the server passes on to the model: Content-Type and Accept."""
        return dict(self._headers)

    def get_request_property(self, name: str) -> str | None:
        lower = {key.lower(): value for key, value in self._headers.items()}
        return lower.get(name.lower())


class Context:
    """Of one request; without headers, of the start."""

    def __init__(
        self, model_dir: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self.model_name = "model"
        self.system_properties: dict[str, Any] = {
            "model_dir": model_dir,
            "gpu_id": 0 if has_gpu() else None,
            "batch_size": 1,
            "server_name": "ml_serving",
            "server_version": __version__,
        }
        self.manifest: dict[str, Any] = {}
        self.request_processor = [RequestProcessor(headers or {})]
        # What the script has set of the answer.
        self.content_type: str | None = None
        self.status = 200
        self.phrase = ""

    def get_request_header(self, index: int, name: str) -> str | None:
        return self.request_processor[index].get_request_property(name)

    def get_all_request_header(self, index: int) -> dict[str, str]:
        return self.request_processor[index].get_request_properties()

    def set_response_content_type(self, index: int, value: str) -> None:
        self.content_type = value

    def set_response_status(
        self, code: int = 200, phrase: str = "", index: int = 0
    ) -> None:
        if not 200 <= code < 600:
            raise ValueError(f"{code} is no status of an answer")
        self.status, self.phrase = code, phrase

    def set_all_response_status(self, code: int = 200, phrase: str = "") -> None:
        self.set_response_status(code, phrase)
