"""Whether the first line of CSV is a header, and what is wrong where a line is no row."""

import re
from collections.abc import Sequence

from ml_serving.errors import RequestError
from ml_serving.rows.columns.matrix import numeric
from ml_serving.rows.features import Features
from ml_serving.rows.forms.fields import number_or_text
from ml_serving.rows.forms.lengths import quoted

SEPARATORS = {";": "semicolons (;)", "\t": "tabs", " ": "blanks", "|": "bars (|)"}


def is_header(row: list[str], features: Features) -> bool:
    """A line that holds the model's names, in any order, is one; any line is data for a model
    that knows none. Raises RequestError for what looks like names, but not the model's."""
    names = features.names
    if names is None:
        return False
    given = column_names(row, features)
    if not could_be_names(row):
        # Names may look like numbers, and rows like names.
        if sorted(given) != sorted(names) or given == list(names):
            return given == list(names)
        if any(isinstance(number_or_text(cell), str) for cell in row):
            return True
        raise RequestError(
            400,
            "the first line may be a row, or the model's names in another order: say "
            "text/csv; header=absent or text/csv; header=present",
        )
    if set(given) & set(names) or alike(row, names):
        # If others are not the model's, that is said where its names are looked up.
        return True
    if all(numeric(features.column(index)) for index in range(len(row))):
        check_separator(row, len(names), 1)
        raise RequestError(
            400,
            f"the first line ({quoted(row)}) is neither a row nor a header: the model's "
            f"names are {quoted(names)}",
        )
    return False


def column_names(row: list[str], features: Features) -> list[str]:
    """Those of a header, as the model has them. Raises RequestError for an index of pandas beside them."""
    spelled = list(features.spelled(row))
    names = set(features.names or ())
    if set(spelled) == names:
        return spelled
    given = list(features.spelled([cell.strip() for cell in row]))
    if given[0] == "" and names and names <= set(given):
        raise RequestError(
            400,
            "the header begins with a column without a name, as pandas writes an index: send frame.to_csv(index=False)",
        )
    return given


def as_pandas_names(row: list[str], features: Features) -> list[str]:
    """A first line with the names that pandas gives columns without one, where the model was trained on such: to_csv()
    writes an index without a name, and read_csv() calls it 'Unnamed: 0'."""
    names = set(features.names or ())
    # A row may lack its first value: its others are no names.
    if not names & {cell.strip() for cell in row}:
        return row
    made_up = [f"Unnamed: {index}" for index in range(len(row))]
    return [
        name if cell.strip() == "" and name in names else cell
        for cell, name in zip(row, made_up, strict=True)
    ]


def check_numbers(content: str, features: Features) -> None:
    """Of a model without names. Raises RequestError for a first line above others that is what pandas calls columns
    that have none: as a row it would be answered, and no name tells it from one."""
    first, *more = re.split(r"[\r\n]+", content, maxsplit=1)
    numbers = ",".join(map(str, range(features.count or first.count(",") + 1)))
    if any(more) and first.strip() == numbers:
        raise RequestError(
            400,
            f"the first line ({numbers[:20]}) may be a row, or what pandas calls columns without names: say text/csv; "
            "header=absent or text/csv; header=present",
        )


def alike(row: list[str], names: Sequence[str]) -> bool:
    """Whether names stand there in other capitals."""
    lower = {name.strip().lower() for name in names}
    return any(cell.strip().lower() in lower for cell in row)


def could_be_names(row: list[str]) -> bool:
    """Whether no field of it is a number, a truth value or missing."""
    return all(isinstance(number_or_text(cell), str) for cell in row)


def check_separator(row: list[str], width: int, number: int) -> None:
    """Raises RequestError where a row (number: which, from 1) that is too short would have
    its length with another separator."""
    if len(row) != 1 or width < 2:
        return
    for mark, name in SEPARATORS.items():
        parts = row[0].split() if mark == " " else row[0].split(mark)
        if len(parts) == width:
            raise RequestError(
                400,
                f"row {number} has 1 features, expected {width}: they seem to be separated "
                f"by {name}, and text/csv has commas",
            )
