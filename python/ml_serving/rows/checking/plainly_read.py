"""What the model makes of a file as pandas reads it where nobody says that a column is text.

A schema that is wrong there is wrong for the check, too, which reads the file by it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ml_serving.rows.checking.comparing import Expected, Refused, alike, plain
from ml_serving.rows.checking.data_files import Frame, with_columns
from ml_serving.rows.checking.notebook import Notebook
from ml_serving.rows.columns.schema import FILE, Column


def remark_on_texts(
    path: Path, notebook: Notebook, frame: Frame, expected: Expected
) -> str | None:
    """Where the model answers otherwise with what pandas makes of the columns that are declared to be texts. frame: as it
    is declared; expected: the answers to that."""
    found = plainly_read(path, notebook.features.known, frame)
    if found is None or isinstance(expected.together, Refused):
        return None
    reader, other, names = found
    try:
        answers = plain(notebook.ask(other))
    # A model that takes no numbers there was trained on texts.
    except Exception:  # noqa: BLE001
        return None
    for row, (mine, theirs) in enumerate(
        zip(expected.together, answers, strict=True), 1
    ):
        if not alike(mine, theirs):
            types = ", ".join(f"{name} ({other[name].dtype})" for name in names)
            return (
                f"declared as str in model/{FILE}, and something else to {reader} where no dtype is given: {types}. So read, "
                f"the model answers otherwise: row {row} {theirs!r}, not {mine!r}. If it was trained on such, write that "
                "type there"
            )
    return None


def plainly_read(
    path: Path, columns: Sequence[Column], frame: Frame
) -> tuple[str, Frame, list[str]] | None:
    """The reader's name, the frame with its types, and the columns that have others; None where none has."""
    import pandas as pd

    any_pandas: Any = pd
    # By their place: a schema may have no names.
    texts = [
        name
        for name, one in zip(frame.columns, columns, strict=False)
        if one.declared and one.type == "str"
    ]
    if not texts or path.suffix.lower() == ".parquet":
        return None
    is_csv = path.suffix.lower() == ".csv"
    try:
        read = (
            any_pandas.read_csv(path, low_memory=False)
            if is_csv
            else any_pandas.read_json(path, lines=True)
        )
    except ValueError:
        # No model was trained on what pandas cannot read.
        return None
    # The reader of JSON makes numbers of names, too.
    names = [
        name
        for name in texts
        if name in read.columns and read[name].dtype.kind in "biufM"
    ]
    if not names:
        return None
    some = read.head(len(frame))
    other = with_columns(frame, {name: some[name] for name in names})
    return f"pandas.{'read_csv' if is_csv else 'read_json'}", other, names
