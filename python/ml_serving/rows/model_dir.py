"""Finds the model's file, and explains why it cannot be read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ml_serving.errors import ModelError, first_line


def find(model_dir: Path, name: str) -> Path:
    """model_dir/name. Raises ModelError with what lies there instead."""
    path = model_dir / name
    if path.is_file():
        return path
    found = sorted(str(p.relative_to(model_dir)) for p in model_dir.rglob("[!.]*"))
    there = f"it holds {', '.join(found[:10])}" if found else "it is empty"
    if not model_dir.is_dir():
        there = "there is no such folder"
    raise ModelError(f"no {name} in {model_dir}: {there}")


@contextmanager
def explained(
    path: Path, library: str, version: str, written_by: Callable[[Path], str | None]
) -> Iterator[None]:
    """Turns any failure to read the file into a ModelError with both versions.

    written_by finds the version of the library that wrote the file, if it names one.
    """
    try:
        yield
    except Exception as error:
        wrote = written_by(path) or "of a version that the file does not name"
        raise ModelError(
            f"cannot read {path}: {type(error).__name__}: {first_line(error)} (written "
            f"by {library} {wrote}, read by {version}; see requirements.txt)"
        ) from error
