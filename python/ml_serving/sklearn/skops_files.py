"""Reads models as skops.io.dump wrote them: no code in the file is run."""

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sklearn
import skops.io

from ml_serving.rows.model_dir import explained, find


def read_model(model_dir: Path, name: str, trusted: Sequence[str]) -> Any:
    """The model in a file of the model's folder. Raises ModelError.

    trusted: types beyond scikit-learn's, numpy's and scipy's that it may hold.
    """
    path = find(model_dir, name)
    with explained(path, "scikit-learn", sklearn.__version__, written_by):
        return skops.io.load(path, trusted=list(trusted))


def written_by(path: Path) -> str | None:
    """The scikit-learn version that the file names."""
    try:
        with zipfile.ZipFile(path) as archive:
            schema = archive.read("schema.json")
    except (zipfile.BadZipFile, KeyError):
        return None
    named = re.search(rb'_sklearn_version.*?(\d+\.\d+[\w.]*)\\?"', schema, re.DOTALL)
    return named[1].decode() if named else None
