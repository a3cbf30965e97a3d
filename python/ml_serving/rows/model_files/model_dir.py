"""Finds the model's file, and explains why it cannot be read."""

import zipfile
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from ml_serving.errors import ModelError, first_line
from ml_serving.rows.model_files.missing_code import missing_code


def find(model_dir: Path, name: str) -> Path:
    """model_dir/name. Raises ModelError with what lies there instead."""
    path = model_dir / name
    if path.is_file():
        return path
    found = sorted(str(p.relative_to(model_dir)) for p in model_dir.rglob("[!.]*"))
    there = (
        f"it holds {', '.join(found[:10])}: MODEL_FILE in model_handler.py says which to load"
        if found
        else "it is empty"
    )
    if not model_dir.is_dir():
        there = "there is no such folder"
    raise ModelError(f"no {name} in {model_dir}: {there}")


@contextmanager
def explained(
    path: Path, library: str, version: str, written_by: Callable[[Path], str | None]
) -> Generator[None]:
    """Turns any failure to read the file into a ModelError with both versions.

    written_by finds the version of the library that wrote the file, if it names one.
    """
    try:
        yield
    except ModelError:
        raise
    except Exception as error:
        reason = missing_code(error)
        if not reason:
            further = (
                "the file ends too early: copy it again"
                if ends_early(error)
                else versions(library, version, written_by(path))
            )
            reason = f"{type(error).__name__}: {first_line(error)} ({further})"
        raise ModelError(f"cannot read {path}: {reason}") from error


def ends_early(error: Exception) -> bool:
    """As pickle, joblib, zip archives and XGBoost say of a copy that was broken off."""
    marks = (
        "truncated",
        "exhausted",
        "Ran out of input",
        "unpack requires",
        'got: "EOF"',
    )
    return isinstance(error, (EOFError, zlib.error, zipfile.BadZipFile)) or any(
        mark in str(error) for mark in marks
    )


def versions(library: str, version: str, wrote: str | None) -> str:
    """Which versions wrote and read a file, and what to do where that may matter."""
    if wrote == version:
        return f"written and read by {library} {version}"
    wrote = wrote or "of a version that the file does not name"
    return f"written by {library} {wrote}, read by {version}; see requirements.txt"
