"""What to say where the model itself refuses the rows of a file."""

from collections.abc import Iterator
from itertools import islice

from ml_serving.errors import first_line
from ml_serving.rows.checking.data_files import Frame
from ml_serving.rows.columns.schema import DATES, FILE, Column
from ml_serving.rows.features import Features
from ml_serving.rows.suspect import holds_dates

# So many columns are shown.
NAMED = 40
# What says of which type a column is.
SOURCES = {"schema": f"declared in model/{FILE}", "both": "as the model was trained"}


def why_refused(
    error: Exception, refused: str, features: Features, frame: Frame
) -> str:
    """error: of the first of them. refused: how many, in words."""
    lines = [
        f"the model itself refuses {refused} of the file: {type(error).__name__}: {first_line(error)}",
        *asked_for(features, frame),
    ]
    return "\n".join(lines)


def asked_for(features: Features, frame: Frame) -> Iterator[str]:
    if features.form == "dicts":
        yield f"It was asked for objects, the first of which is {frame.iloc[0, 0]!r:.200}"
        return
    yield "It was asked for a data frame of these columns:"
    yield from islice(columns_in_words(features, frame), NAMED)
    if frame.shape[1] > NAMED:
        yield f"  … and {frame.shape[1] - NAMED} more"
    there = any(one.declared for one in features.known)
    made = "." if there else " (`serve schema FILE` makes one)."
    yield f"Where the model got other types in training, say so in model/{FILE}{made}"


def columns_in_words(features: Features, frame: Frame) -> Iterator[str]:
    width = max(len(str(name)) for name in frame.columns)
    for place, name in enumerate(frame.columns):
        column = features.known[place] if place < len(features.known) else Column()
        values = frame.iloc[:, place]
        source = SOURCES.get(column.source, "as pandas reads it")
        kind = column.type if column.declared else values.dtype
        dates = values.dtype.kind == "O" and holds_dates(values.dropna().tolist())
        remark = f"; holds dates: did the model get {DATES}?" if dates else ""
        yield f"  {name!s:{width}}  {kind}, {source}{remark}"
