"""Finds the model's file."""

from pathlib import Path

from errors import ModelError


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
