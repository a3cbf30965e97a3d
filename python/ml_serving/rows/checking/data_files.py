"""Files with rows of the training data become data frames, as whoever trained the model reads them.

Not by the server's own decoders: what these make of requests is held against it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias, cast

import ml_serving
from ml_serving.errors import StartError, first_line
from ml_serving.rows.columns.dates import CLOCK
from ml_serving.rows.columns.schema import FILE, Column

# pandas' own: its types are not all known to type checkers, and it is imported where it is used.
Frame: TypeAlias = Any
Series: TypeAlias = Any
Timestamp: TypeAlias = Any


class DataError(StartError):
    """A file of data cannot be read, or has not the model's columns."""


def read_frame(path: Path, texts: Sequence[str] = ()) -> Frame:
    """The data frame in a CSV, JSON lines or Parquet file. texts: columns of CSV that stay as they stand.
    Raises DataError."""
    readers = {
        ".csv": read_csv,
        ".jsonl": read_json_lines,
        ".ndjson": read_json_lines,
        ".parquet": read_parquet,
    }
    read = readers.get(path.suffix.lower())
    if read is None:
        raise DataError(f"{path}: the name must end in {', '.join(readers)}")
    return file_of(path, lambda path: read(path, texts))


def file_of(path: Path, read: Callable[[Path], Any]) -> Any:
    """Raises DataError where it cannot be read."""
    try:
        return read(path)
    except ModuleNotFoundError as error:
        raise DataError(
            f"{path} is read by {error.name}, which is not here: pip install {source_of(error.name or '')}"
        ) from error
    except (OSError, ValueError, ImportError) as error:
        raise DataError(f"{path} cannot be read: {first_line(error)}") from error


def source_of(package: str) -> str:
    """What pip is to install: where the project's tests need the package, they name its version."""
    name = "test/requirements.txt"
    tests = Path(ml_serving.__file__).resolve().parents[2] / name
    needed = tests.read_text() if tests.is_file() else ""
    is_named = re.search(rf"^{re.escape(package)}\b", needed, re.MULTILINE)
    return f"-r {name}" if is_named else package


def read_csv(path: Path, texts: Sequence[str]) -> Frame:
    import pandas as pd

    kept: Any = dict.fromkeys(texts, "str")
    # In chunks, a column could be of several types.
    return pd.read_csv(path, dtype=kept, low_memory=False)


def read_json_lines(path: Path, _: Sequence[str]) -> Frame:
    """As the values are written: pandas' own reader makes numbers and dates of texts."""
    import pandas as pd

    return pd.DataFrame(read_objects(path))


def read_objects(path: Path) -> list[Any]:
    import orjson

    lines = path.read_bytes().split(b"\n")
    return [orjson.loads(line) for line in lines if line.strip()]


def read_parquet(path: Path, _: Sequence[str]) -> Frame:
    import pandas as pd

    return pd.read_parquet(path)


def objects_in(path: Path) -> Frame:
    """The rows as objects, in a frame of one column: in JSON lines as they stand there, in which keys may lack that
    others have, and else as frame.to_dict("records") makes them. Raises DataError."""
    import pandas as pd

    if path.suffix.lower() in (".jsonl", ".ndjson"):
        rows = file_of(path, read_objects)
    else:
        rows = read_frame(path).to_dict("records")
    if not rows:
        raise DataError(f"{path} has no rows")
    return pd.DataFrame({"object": pd.Series(rows, dtype=object)})


def model_frame(path: Path, columns: Sequence[Column]) -> Frame:
    """The columns that the model takes, in its order, of the types that are known. Raises DataError."""
    texts = [str(one.name) for one in columns if stays_text(one)]
    frame = read_frame(path, texts)
    if columns and all(one.name is not None for one in columns):
        names = [str(one.name) for one in columns]
        missing = [name for name in names if name not in frame.columns]
        if missing:
            raise DataError(f"{path} lacks the columns {', '.join(missing[:5])}")
        frame = frame[names]
    elif columns and len(columns) != frame.shape[1]:
        raise DataError(
            f"{path} has {frame.shape[1]} columns, and the model, which knows no names, takes {len(columns)}: "
            "leave out the others, such as what it predicts"
        )
    if not len(frame):
        raise DataError(f"{path} has no rows")
    typed = {
        name: as_declared(frame[name], column)
        for name, column in zip(frame.columns, columns, strict=False)
    }
    return with_columns(frame, typed)


def with_columns(frame: Frame, columns: Mapping[Any, Series]) -> Frame:
    """The frame with these in place of its own. Names may be numbers, which assign() does not take."""
    made = frame.copy()
    for name, values in columns.items():
        made[name] = values
    return made


def stays_text(column: Column) -> bool:
    levels = column.categories or ()
    return column.type == "str" or any(isinstance(level, str) for level in levels)


def as_declared(values: Series, column: Column) -> Series:
    """A column as the model got it, where model/input_schema.json declares that."""
    import pandas as pd

    levels = column.type == "category" and column.categories
    if not column.declared and not levels:
        return values
    convert: Callable[[], Any]
    if levels:
        kind = pd.CategoricalDtype(list(levels), column.ordered)
        convert = lambda: values.astype(kind)
    elif column.is_date:
        convert = lambda: as_dates(values, column)
    elif column.type == "bool" and values.isna().any():
        # As pandas has them beside missing ones.
        convert = lambda: values.astype(object)
    else:
        convert = lambda: values.astype(column.type)
    try:
        return convert()
    except (TypeError, ValueError) as error:
        raise DataError(
            f"the column {column.name!r} is not {column.type}, as model/{FILE} declares it: {first_line(error)}"
        ) from error


def as_dates(values: Series, column: Column) -> Series:
    import pandas as pd

    if values.dtype.kind == "M":
        return values.astype(column.type)
    # pandas takes them for the time at which it reads them.
    clock = [one for one in values if str(one).strip().lower() in CLOCK]
    if clock:
        raise ValueError(f"{clock[0]!r} is not a date")
    iso = column.format or "ISO8601"
    form = {"unit": column.unit} if column.unit else {"format": iso}
    read = cast(Any, pd).to_datetime
    return read(values, utc="," in column.type, **form).astype(column.type)


def as_rows(frame: Frame, columns: Sequence[Column]) -> list[list[Any]]:
    """The rows of a frame as JSON has their values."""
    lists = [
        [
            as_json(value, columns[place] if place < len(columns) else Column())
            for value in frame.iloc[:, place]
        ]
        for place in range(frame.shape[1])
    ]
    return [list(row) for row in zip(*lists, strict=True)]


def as_json(value: Any, column: Column) -> Any:
    import pandas as pd

    # A list is none to pandas, but several.
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return date_as_json(value, column)
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, date):
        return plain.isoformat()
    if not isinstance(plain, str | int | float):
        raise DataError(
            f"a value of the column {column.name!r} is no text, number or date: {plain!r}"
        )
    return plain


def date_as_json(value: Timestamp, column: Column) -> Any:
    if column.unit:
        return value.as_unit(column.unit).value
    return value.strftime(column.format) if column.format else value.isoformat()
