"""Writes the same rows as a request of each content type, and what columns they have."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).resolve().parent / "payloads"


def write_schema(frame: pd.DataFrame, folder: Path, required: bool) -> None:
    """Declares the columns as the model got them. required: whether it refuses rows in which a value is missing."""
    columns = [
        {"name": name, "type": str(dtype), "required": required}
        for name, dtype in frame.dtypes.items()
    ]
    example = json.loads(frame.head(1).to_json(orient="records", double_precision=15))
    schema = {"columns": columns, "example": example[0]}
    (folder / "input_schema.json").write_text(json.dumps(schema, indent=2) + "\n")


def write_payloads(rows: pd.DataFrame) -> None:
    FOLDER.mkdir(exist_ok=True)
    lists = rows.to_json(orient="values", double_precision=15)
    (FOLDER / "payload.json").write_text(f'{{"instances": {lists}}}\n')
    rows.to_json(
        FOLDER / "payload.jsonl", orient="records", lines=True, double_precision=15
    )
    rows.to_csv(FOLDER / "payload.csv", index=False)
    np.save(FOLDER / "payload.npy", rows.to_numpy(dtype=np.float64))
    print(f"wrote requests to {FOLDER.relative_to(FOLDER.parent.parent)}/")
