"""Parquet files and Arrow streams become rows, where the project has pyarrow."""

import importlib
import importlib.util
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import orjson

from ml_serving.documents import Json
from ml_serving.errors import RequestError, first_line
from ml_serving.rows.columns.table import Rows
from ml_serving.rows.features import Features
from ml_serving.rows.forms.arrow_texts import decoded, is_text, repeated
from ml_serving.rows.forms.csv_decoder import FURTHER
from ml_serving.rows.forms.lengths import no_rows, wrong_length
from ml_serving.settings import settings
from ml_serving.worker.fence import at_most

# Rows of a Parquet file that are read at once.
AT_ONCE = 4096

# Columns of all batches or groups of rows together. Each takes about a kilobyte, however few rows it has.
PARTS = 100_000

# Beyond it, numbers of 64 bits leave out whole ones.
EXACT = 2**53

# From pyarrow, a body and the model's features to its batches. pyarrow has no types.
Open = Callable[[Any, bytes, Features], Iterator[Any]]


def decode_parquet(
    body: bytes, parameters: Mapping[str, str], features: Features
) -> Rows:
    """Takes and returns what every decoder does (see decoders.py)."""
    return rows_of(body, features, "a Parquet file", parquet_batches)


def decode_arrow(
    body: bytes, parameters: Mapping[str, str], features: Features
) -> Rows:
    """The same of a stream of Arrow's."""
    return rows_of(body, features, "an Arrow stream", stream_batches)


def has_pyarrow(features: Features) -> bool:
    return importlib.util.find_spec("pyarrow") is not None


# Neither starts threads: see rows_of. What has no size of its own is bounded before anything is read.
def parquet_batches(pyarrow: Any, body: bytes, features: Features) -> Iterator[Any]:
    file: Any = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(body))
    check_schema(pyarrow, file.schema_arrow, features)
    check_parts(file.num_row_groups, len(file.schema_arrow))
    return file.iter_batches(batch_size=AT_ONCE, use_threads=False)


def stream_batches(pyarrow: Any, body: bytes, features: Features) -> Iterator[Any]:
    alone = pyarrow.ipc.IpcReadOptions(use_threads=False)
    stream: Any = pyarrow.ipc.open_stream(pyarrow.BufferReader(body), options=alone)
    check_schema(pyarrow, stream.schema, features)
    # Of a dictionary, too, any number may come, each of nothing.
    messages = pyarrow.ipc.MessageReader.open_stream(pyarrow.BufferReader(body))
    for number, _ in enumerate(messages):
        check_parts(number, len(stream.schema))
    return iter(stream)


def check_schema(pyarrow: Any, schema: Any, features: Features) -> None:
    """Raises RequestError for more columns than any request may have, and for columns of columns."""
    most = FURTHER + (features.count or 0)
    if len(schema) > most:
        if features.count is not None:
            raise wrong_length(1, len(schema), features.count)
        raise RequestError(
            413, f"the body has {len(schema)} columns: at most {most} are read"
        )
    types = pyarrow.types
    for field in schema:
        kind = field.type
        if types.is_dictionary(kind):
            kind = kind.value_type
        if types.is_nested(kind):
            raise of_no_model(field.name, kind)


def check_parts(groups: int, columns: int) -> None:
    """groups: of rows. Raises RequestError."""
    if groups * (columns + 1) > PARTS:
        raise RequestError(
            413,
            f"the rows come in more than {PARTS // (columns + 1)} parts: send more of them in each",
        )


def of_no_model(name: str, kind: Any) -> RequestError:
    # Of columns of columns it names them all.
    shown = str(kind)[:100]
    return RequestError(
        400,
        f"column {name!r} is of type {shown}, of which no column is read: send texts, numbers, truth values or dates",
    )


def rows_of(body: bytes, features: Features, what: str, open: Open) -> Rows:
    try:
        pyarrow: Any = importlib.import_module("pyarrow")
        importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise RequestError(
            415,
            f"{what} needs pyarrow, which this server does not have: put a line with pyarrow into requirements.txt",
        ) from error
    try:
        # Not below the fence: what describes the rows grows as the body does.
        batches = open(pyarrow, body, features)
        # Both hold once what repeats, and say nothing of what a part takes that could be believed before it is there.
        with at_most(settings.max_rows_bytes), of_the_system(pyarrow):
            names, columns = read(pyarrow, batches)
    except MemoryError as error:
        raise too_much() from error
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise RequestError(
            400, f"the body is not {what}: {first_line(error)}"
        ) from error
    return features.from_columns(columns, names)


@contextmanager
def of_the_system(pyarrow: Any) -> Generator[None]:
    """Arrow's own memory comes from the system as it is needed: its other pools take more ahead."""
    pool = pyarrow.default_memory_pool()
    pyarrow.set_memory_pool(pyarrow.system_memory_pool())
    try:
        yield
    finally:
        pyarrow.set_memory_pool(pool)


def read(pyarrow: Any, given: Iterator[Any]) -> tuple[list[str], list[Any]]:
    """The columns of batches, and their names. Raises RequestError, and what pyarrow raises."""
    batches: list[Any] = []
    size = 0
    for batch in given:
        # A stream is not looked at as it is read: offsets that lead elsewhere would end the process.
        batch.validate(full=True)
        batches.append(batch)
        size += batch.nbytes + 8 * batch.num_rows * batch.num_columns
        size += sum(repeated(pyarrow, column) for column in batch.columns)
        if size > settings.max_rows_bytes:
            raise too_much()
    table = pyarrow.Table.from_batches(batches) if batches else None
    if table is None or not table.num_rows:
        raise no_rows()
    index = index_of(table.schema)
    names = [name for name in table.column_names if name not in index]
    for name, count in Counter(names).items():
        if count > 1:
            raise RequestError(400, f"two columns are called {name!r}")
    return names, [values(pyarrow, table.column(name), name) for name in names]


def too_much() -> RequestError:
    return RequestError(413, f"the rows take more than {settings.max_rows_bytes} bytes")


def index_of(schema: Any) -> list[str]:
    """The columns that hold the index of a data frame of pandas. Raises ValueError for what is no JSON."""
    metadata: dict[bytes, bytes] = schema.metadata or {}
    written: Json = orjson.loads(metadata.get(b"pandas", b"{}"))
    columns = written.get("index_columns", []) if isinstance(written, dict) else None
    if not isinstance(columns, list):
        raise RequestError(
            400, "the body's metadata of pandas has no list of index_columns"
        )
    return [name for name in columns if isinstance(name, str)]


def values(pyarrow: Any, column: Any, name: str) -> Any:
    """A column as features.from_columns takes it. Whole numbers beside missing ones stay whole."""
    types = pyarrow.types
    kind = column.type
    if types.is_dictionary(kind):
        if is_text(types, kind.value_type):
            return [text for chunk in column.chunks for text in decoded(chunk)]
        column, kind = column.cast(kind.value_type), kind.value_type
    if types.is_decimal(kind):
        return decimals(column.to_pylist(), kind.scale, name)
    if types.is_date(kind):
        column = column.cast(pyarrow.timestamp("s" if kind.bit_width == 32 else "ms"))
    elif types.is_timestamp(kind) and kind.tz:
        return moments(column, name)
    elif is_text(types, kind) or types.is_null(kind):
        return column.to_pylist()
    elif not any(fits(kind) for fits in numbers_and_dates(types)):
        raise of_no_model(name, kind)
    whole = types.is_integer(kind) or types.is_boolean(kind)
    return column.to_pylist() if whole and column.null_count else column.to_numpy()


def decimals(values: list[Decimal | None], scale: int, name: str) -> list[float | None]:
    """As JSON would have them: whole numbers where the type has no digits after the point, and else floats."""
    made = [
        None if one is None else int(one) if scale <= 0 else float(one)
        for one in values
    ]
    for row, (one, value) in enumerate(zip(values, made, strict=True)):
        if one is not None and abs(one) > EXACT and one != value:
            raise RequestError(
                400,
                f"row {row + 1}, feature {name!r}: {one} has more digits than a number of 64 bits holds",
            )
    return made


def moments(column: Any, name: str) -> list[str | None]:
    """Times with a zone, as texts."""
    try:
        values: list[Any] = column.to_pylist()
    except (OverflowError, ValueError) as error:
        raise RequestError(
            400, f"column {name!r} has a time out of the range of dates"
        ) from error
    return [None if one is None else one.isoformat() for one in values]


def numbers_and_dates(types: Any) -> tuple[Callable[[Any], bool], ...]:
    return types.is_integer, types.is_floating, types.is_boolean, types.is_timestamp
