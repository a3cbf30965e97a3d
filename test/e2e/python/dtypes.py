"""Prints how pandas reads the CSV files of a folder: the dtypes of their columns, and which have missing values."""

import json
import sys
import warnings
from pathlib import Path

import pandas as pd

# Columns whose chunks look differently: what they become as a whole is what is asked.
warnings.filterwarnings("ignore", category=pd.errors.DtypeWarning)


def columns(path: Path) -> dict[str, list[object]]:
    frame = pd.read_csv(path)
    return {name: [str(column.dtype), bool(column.isna().any())] for name, column in frame.items()}


folder = Path(sys.argv[1])
print(json.dumps({path.stem: columns(path) for path in folder.glob("*.csv")}))
