"""A model as inference.py loads and asks it, without the server."""

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

from ml_serving.errors import StartError
from ml_serving.rows.checking.data_files import Frame
from ml_serving.rows.checking.trained_on import as_trained
from ml_serving.rows.scripted import ScriptedRows

# With them a script decides itself what a request or an answer looks like.
BODIES = ("input_fn", "output_fn", "transform_fn")


class ScriptedModel:
    """Asked by the script's predict_fn where it has one."""

    def __init__(self, handler: ModuleType, model_dir: Path) -> None:
        """Raises StartError."""
        # By its name: only some projects have it.
        scripts: Any = importlib.import_module("ml_serving.scripts.opened")
        script = scripts.opened(handler, model_dir)
        if bodies := [name for name in BODIES if name in script.functions]:
            raise StartError(
                f"code/inference.py has {' and '.join(bodies)}: only the script knows what its requests and answers look "
                "like, so that there is no row to compare: what is known are rows that the server reads, and answers "
                "that it writes"
            )
        self._rest: ScriptedRows = script.rest
        self._model, self._predict = script.model, script.predict
        self.features = self._rest.features

    def ask(self, frame: Frame) -> Any:
        data = as_trained(self._model, self.features, frame)
        if self._predict is None:
            return self._rest.ask(self._model, data)
        return self._predict(self._rest.as_data(data), self._model)
