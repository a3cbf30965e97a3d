"""What code/serve does beside serving, for models of rows: check FILE, and schema FILE."""

import importlib
import os
import sys
from pathlib import Path

import ml_serving
from ml_serving.errors import StartError

USAGE = """usage: serve check FILE     asks the model and the server for the rows of FILE, and says whether they agree
       serve schema FILE    writes model/input_schema.json from the rows of FILE
FILE: rows of the training data, as .csv, .jsonl or .parquet; the model is the one in SM_MODEL_DIR, or in model/"""


def main(arguments: list[str]) -> int:
    """The exit code."""
    if len(arguments) != 2:
        sys.exit(USAGE)
    name, file = arguments
    # Before the settings are read.
    project = Path(ml_serving.__file__).resolve().parents[2]
    os.environ.setdefault("SM_MODEL_DIR", str(project / "model"))
    model_dir = Path(os.environ["SM_MODEL_DIR"])
    path = Path(file)
    try:
        handler = importlib.import_module("model_handler")
        stand_in_for_main(handler)
        # Imported here: it takes what only some projects have.
        if name == "check":
            from ml_serving.rows.checking.check import check

            return check(path, model_dir, handler)
        from ml_serving.rows.checking.schema_command import write_schema

        return write_schema(path, model_dir, handler)
    except StartError as error:
        sys.exit(f"serve {name}: {error}")
    except ModuleNotFoundError as error:
        sys.exit(
            f"serve {name}: no module {error.name!r}: the project's packages are there after `. ./local_env.sh`"
        )


def stand_in_for_main(handler: object) -> None:
    """A pickle looks in `__main__` for what a notebook defined; the handler may define it."""
    main = sys.modules["__main__"]
    for name, value in vars(handler).items():
        if not hasattr(main, name):
            setattr(main, name, value)
