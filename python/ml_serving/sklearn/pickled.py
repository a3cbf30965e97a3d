"""Reads models as pickle.dump or joblib.dump wrote them.

Unpickling runs code from the file: serve only models that you trust.
"""

import re
from pathlib import Path
from typing import Any

import joblib
import sklearn

from ml_serving.rows.model_files.file_kinds import refuse_others
from ml_serving.rows.model_files.model_dir import explained, find
from ml_serving.sklearn.advice import ADVICE

READS = "pickle zlib gzip compressed"


def read_model(model_dir: Path, name: str) -> Any:
    """The model in a file of the model's folder. Raises ModelError."""
    path = find(model_dir, name)
    refuse_others(path, READS, ADVICE)
    with explained(path, "scikit-learn", sklearn.__version__, written_by):
        # Reads plain pickles too.
        return joblib.load(path)


def written_by(path: Path) -> str | None:
    """The scikit-learn version that the file names, found without unpickling it."""
    # It is the next text after the name, a few bytes of pickle's own further on.
    named = re.search(
        rb"_sklearn_version.{1,20}?(\d+\.\d+(\.\d+)?(rc\d+)?)",
        path.read_bytes(),
        re.DOTALL,
    )
    return named[1].decode() if named else None
