"""For the type checker: mistakes that it has to find. Where it finds none, the comment is one too many, an error."""

from pathlib import Path
from typing import Any

import numpy as np

from ml_serving.documents import Json
from ml_serving.errors import RequestError
from ml_serving.handler import RowsHandler
from ml_serving.rows.features import Features
from ml_serving.server.processes import Process
from ml_serving.settings import Default, setting, whole_number
from ml_serving.worker.adapter import attempt


class TakesOneRow:
    """A handler whose predict lacks what it is given."""

    KIND = "rows"

    def load(self, model_dir: Path) -> object: ...
    def features(self, model: Any) -> Features: ...
    def prepare(self, model: Any) -> None: ...
    def predict(self, row: list[float]) -> float: ...


class GivesNames(TakesOneRow):
    """A handler that says what it takes in its own way."""

    def features(self, model: Any) -> list[str]: ...  # pyright: ignore[reportIncompatibleMethodOverride]
    def predict(self, model: Any, data: np.ndarray) -> float: ...  # pyright: ignore[reportIncompatibleMethodOverride]


handler: RowsHandler = TakesOneRow()  # pyright: ignore[reportAssignmentType]
handler = GivesNames()  # pyright: ignore[reportAssignmentType]

refusal = RequestError("400", "no rows")  # pyright: ignore[reportArgumentType]
features = Features(count="4")  # pyright: ignore[reportArgumentType]
workers: bool = setting("WORKERS", whole_number(1, 2), Default(1), "")  # pyright: ignore[reportAssignmentType]


def length(document: Json) -> int:
    return len(document)  # pyright: ignore[reportArgumentType]


def twice(document: Json) -> int:
    """What went wrong is an answer, too."""
    return 2 * attempt(length, document)  # pyright: ignore[reportReturnType]


def process_id(process: Process) -> int:
    """Before it has told."""
    return process.pid  # pyright: ignore[reportReturnType]


def without_types(model):  # pyright: ignore[reportUnknownParameterType, reportMissingParameterType]
    return model  # pyright: ignore[reportUnknownVariableType]
