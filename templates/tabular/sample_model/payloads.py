"""Writes the same rows as a request of each content type."""

from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).resolve().parent / "payloads"


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
