"""Reads models as skops.io.dump wrote them: no code in the file is run."""

import importlib
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import FunctionType
from typing import Any

import sklearn
import skops.io

from ml_serving.errors import ModelError
from ml_serving.rows.model_files.file_kinds import refuse_others
from ml_serving.rows.model_files.model_dir import explained, find
from ml_serving.sklearn.advice import ADVICE

READS = "zip"

# Beside scikit-learn's own: what its estimators hold of these, where skops does not trust it already.
OF_NUMPY_AND_SCIPY = (
    "numpy.dtype",
    "numpy.max",
    "numpy.mean",
    "numpy.median",
    "numpy.min",
    "scipy.interpolate._bsplines.BSpline",
    "scipy._lib.array_api_compat.numpy._aliases.asarray",
)
# No part of a model; what is in there reads and writes files, and starts programs.
NEVER_IN_MODELS = ("conftest", "datasets", "externals", "tests", "_testing", "setup")
# Of scikit-learn's functions, those of these packages: scores, distances, and steps of algorithms.
WITH_FUNCTIONS = ("cluster", "feature_selection", "metrics", "preprocessing")


def read_model(model_dir: Path, name: str, trusted: Sequence[str]) -> Any:
    """The model in a file of the model's folder. Raises ModelError.

    trusted: types beyond scikit-learn's, numpy's and scipy's that it may hold.
    """
    path = find(model_dir, name)
    refuse_others(path, READS, ADVICE)
    with explained(path, "scikit-learn", sklearn.__version__, written_by):
        others = skops.io.get_untrusted_types(file=path)
        known = [one for one in others if is_known(one)]
        refuse_unknown(path, set(others) - {*known, *trusted}, trusted)
        return skops.io.load(path, trusted=[*known, *trusted])


def is_known(name: str) -> bool:
    """Whether it is a type or function of scikit-learn's own, as models hold it, or one of a few of numpy's and
    scipy's. skops leaves trees out of what it trusts: no code of the file runs through them, but a forged one may end
    the worker that predicts with it."""
    if name.startswith("scipy.sparse.") or name in OF_NUMPY_AND_SCIPY:
        return True
    module, _, attribute = name.rpartition(".")
    parts = module.split(".")
    if parts[0] != "sklearn" or set(parts) & set(NEVER_IN_MODELS):
        return False
    found = getattr(importlib.import_module(module), attribute, None)
    # What a module of scikit-learn has only imported is somebody else's.
    if getattr(found, "__module__", None) != module:
        return False
    return isinstance(found, type) or (
        isinstance(found, FunctionType) and parts[1] in WITH_FUNCTIONS
    )


def refuse_unknown(path: Path, unknown: set[str], trusted: Sequence[str]) -> None:
    if not unknown:
        return
    names = ", ".join(sorted(unknown))
    values = ", ".join(f'"{name}"' for name in sorted({*trusted, *unknown}))
    raise ModelError(
        f"{path} holds types that are not scikit-learn's, and untrusted: {names}. If you trust the code behind them, "
        f"write into model_handler.py: TRUSTED_TYPES: list[str] = [{values}]"
    )


def written_by(path: Path) -> str | None:
    """The scikit-learn version that the file names."""
    try:
        with zipfile.ZipFile(path) as archive:
            schema = archive.read("schema.json")
    except (zipfile.BadZipFile, KeyError):
        return None
    named = re.search(rb'_sklearn_version.*?(\d+\.\d+[\w.]*)\\?"', schema, re.DOTALL)
    return named[1].decode() if named else None
