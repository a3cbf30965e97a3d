"""Reads models as save_model wrote them: JSON or UBJSON, whatever the file is called."""

import re
from pathlib import Path

import xgboost as xgb

from ml_serving.rows.model_files.file_kinds import refuse_others
from ml_serving.rows.model_files.model_dir import explained, find
from ml_serving.xgboost.advice import ADVICE

READS = "xgboost-json xgboost-ubj"


def read_model(model_dir: Path, name: str) -> xgb.Booster:
    """The model in a file of the model's folder. Raises ModelError."""
    path = find(model_dir, name)
    refuse_others(path, READS, ADVICE)
    with explained(path, "XGBoost", xgb.__version__, written_by):
        content = bytearray(path.read_bytes())
        # Of one that was broken off, XGBoost may ask for any amount of memory.
        if not content.rstrip().endswith(b"}"):
            raise EOFError("no closing bracket at its end")
        # Of bytes, XGBoost looks at what they are; of a file, at its ending.
        return xgb.Booster(model_file=content)


def written_by(path: Path) -> str | None:
    """The XGBoost version that the file names."""
    content = path.read_bytes()
    as_json = re.search(rb'"version":\s*\[(\d+),\s*(\d+),\s*(\d+)\]', content)
    if as_json:
        return b".".join(as_json.groups()).decode()
    as_ubj = re.search(rb"version\[#L\0{7}\x03i(.)i(.)i(.)", content, re.DOTALL)
    return ".".join(str(part[0]) for part in as_ubj.groups()) if as_ubj else None
