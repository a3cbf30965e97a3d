"""Finds the model's file, and explains why it cannot be read."""

import importlib.util
import re
import sys
from collections.abc import Callable, Generator
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
) -> Generator[None]:
    """Turns any failure to read the file into a ModelError with both versions.

    written_by finds the version of the library that wrote the file, if it names one.
    """
    try:
        yield
    except Exception as error:
        reason = missing_code(error)
        if not reason:
            wrote = versions(library, version, written_by(path))
            reason = f"{type(error).__name__}: {first_line(error)} ({wrote})"
        raise ModelError(f"cannot read {path}: {reason}") from error


def versions(library: str, version: str, wrote: str | None) -> str:
    """Which versions wrote and read a file, and what to do where that may matter."""
    if wrote == version:
        return f"written and read by {library} {version}"
    wrote = wrote or "of a version that the file does not name"
    return f"written by {library} {wrote}, read by {version}; see requirements.txt"


# How pickle says that a module has no such name.
NO_SUCH_NAME = re.compile(r"get attribute '([\w.]+)' on <module '([\w.]+)'")


def missing_code(error: Exception) -> str | None:
    """What a file needs of code that is not a library's at all, and where to put it."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        if importlib.util.find_spec(error.name.partition(".")[0]):
            # A library that has no such part in this version.
            return None
        return (
            f"the module {error.name!r}, with which it was trained, is not here: put your "
            "own beside model_handler.py, and the name of a library into requirements.txt"
        )
    found = NO_SUCH_NAME.search(str(error))
    if not found:
        return None
    name, module = found.groups()
    if module == getattr(sys.modules["__main__"].__spec__, "name", "__main__"):
        return (
            f"{name!r} was defined in the script or notebook that trained it: define it "
            "in model_handler.py, too"
        )
    origin = getattr(sys.modules.get(module), "__file__", None) or ""
    if "site-packages" in origin:
        return None
    return f"{name!r}, with which it was trained, is not in {origin or module}"
