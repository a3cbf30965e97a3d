"""The same rows as the bodies of requests, form by form."""

import csv
import io
import json
import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

# Of a table: names of its columns, or None; and its rows as plain values, None where one is missing.
Table = tuple[list[str] | None, list[list[Any]]]


class Request(NamedTuple):
    """rows: which one of a table each of its rows is."""

    body: bytes
    content_type: str
    rows: tuple[int, ...] = ()


def plain(value: Any) -> Any:
    """As JSON has it: dates in ISO 8601, None for what is missing."""
    if isinstance(value, np.generic):
        value = value.item()
    if pd.isna(value):
        return None
    return value.isoformat() if isinstance(value, pd.Timestamp) else value


def table(data: Any) -> Table:
    """Of a data frame, an array, or a list of texts."""
    if isinstance(data, pd.DataFrame):
        columns = [data.iloc[:, place].astype(object).tolist() for place in range(data.shape[1])]
        rows = zip(*columns, strict=True) if columns else []
        return list(data.columns), [[plain(value) for value in row] for row in rows]
    rows = data.tolist() if isinstance(data, np.ndarray) else list(data)
    return None, [[plain(value) for value in row] if isinstance(row, list) else [row] for row in rows]


def shuffled(names: list[str], rows: list[list[Any]], chance: random.Random) -> Table:
    order = chance.sample(range(len(names)), len(names))
    return [names[place] for place in order], [[row[place] for place in order] for row in rows]


def objects(given: Table, chance: random.Random) -> list[dict[str, Any]]:
    names, rows = given
    assert names is not None
    # Each in an order of its own.
    return [dict(chance.sample(list(zip(names, row, strict=True)), len(names))) for row in rows]


def json_lists(given: Table, chance: random.Random) -> tuple[str, str]:
    document: Any = given[1]
    key = chance.choice(["instances", "inputs", ""])
    return json.dumps({key: document} if key else document), "application/json"


def json_objects(given: Table, chance: random.Random) -> tuple[str, str]:
    document: Any = objects(given, chance)
    key = chance.choice(["instances", "inputs", ""])
    return json.dumps({key: document} if key else document), "application/json"


def lines_of_lists(given: Table, chance: random.Random) -> tuple[str, str]:
    return "\n".join(map(json.dumps, given[1])), "application/jsonlines"


def lines_of_objects(given: Table, chance: random.Random) -> tuple[str, str]:
    return "\n".join(map(json.dumps, objects(given, chance))), "application/jsonlines"


def written(rows: Sequence[Sequence[Any]], chance: random.Random) -> str:
    """As CSV, with or without quotes around texts, as pandas and others write it."""
    text = io.StringIO()
    quoting = chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC])
    end = chance.choice(["\n", "\n", "\r\n"])
    # A line without any field would be no row.
    lone = all(len(row) == 1 for row in rows) and any(row[0] in (None, "") for row in rows)
    csv.writer(text, quoting=csv.QUOTE_ALL if lone else quoting, lineterminator=end).writerows(rows)
    return text.getvalue()


def csv_with_header(given: Table, chance: random.Random) -> tuple[str, str]:
    names, rows = given
    if names is None:
        # The model knows no names: the client says that there are some.
        names = [f"column {place}" for place in range(len(rows[0]))]
        return written([names, *rows], chance), "text/csv; header=present"
    shuffled_names, rows = shuffled(names, rows, chance)
    # Numbers in another order may be a row: only the client can say that they are names.
    unclear = shuffled_names != names and all(is_number(name) for name in names)
    types = ["text/csv; header=present"] if unclear else ["text/csv", "text/csv; header=present"]
    return written([shuffled_names, *rows], chance), chance.choice(types)


def is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def csv_without(given: Table, chance: random.Random) -> tuple[str, str]:
    return written(given[1], chance), "text/csv; header=absent"


def split(given: Table, chance: random.Random) -> tuple[str, str]:
    """As pandas writes it, and MLflow's clients around that."""
    names, rows = shuffled(given[0] or [], given[1], chance)
    document: Any = {"columns": names, "index": list(range(len(rows))), "data": rows}
    return json.dumps({"dataframe_split": document} if chance.random() < 0.5 else document), "application/json"


def records(given: Table, chance: random.Random) -> tuple[str, str]:
    return json.dumps({"dataframe_records": objects(given, chance)}), "application/json"


DATATYPES = {bool: "BOOL", int: "INT64", float: "FP64", str: "BYTES"}


def tensors(given: Table, chance: random.Random) -> tuple[str, str]:
    """As KServe's clients write it: a tensor for each column."""
    names, rows = shuffled(given[0] or [], given[1], chance)
    inputs = []
    for place, name in enumerate(names):
        data = [row[place] for row in rows]
        kind = next((type(value) for value in data if value is not None), float)
        shape = chance.choice([[len(data)], [len(data), 1]])
        inputs.append({"name": name, "shape": shape, "datatype": DATATYPES.get(kind, "BYTES"), "data": data})
    return json.dumps({"id": "1", "inputs": inputs}), "application/json"


Form = Callable[[Table, random.Random], tuple[str, str]]
FORMS: dict[str, Form] = {
    "JSON lists": json_lists,
    "JSON objects": json_objects,
    "JSON lines of lists": lines_of_lists,
    "JSON lines of objects": lines_of_objects,
    "CSV with header": csv_with_header,
    "CSV without": csv_without,
    "MLflow's split": split,
    "MLflow's records": records,
    "KServe's tensors": tensors,
}
# Those that name the columns.
NAMING = {"JSON objects", "JSON lines of objects", "MLflow's split", "MLflow's records", "KServe's tensors"}


def can_carry(form: str, given: Table) -> bool:
    return given[0] is not None or form not in NAMING


def request(form: str, given: Table, places: Sequence[int], chance: random.Random) -> Request:
    """Of some of a table's rows."""
    body, content_type = FORMS[form]((given[0], [given[1][place] for place in places]), chance)
    return Request(body.encode(), content_type, tuple(places))


def harm(given: Table, chance: random.Random) -> Request:
    """A request that does a neighbour harm where both are made into one table."""
    names, rows = given
    rows = [list(row) for row in chance.sample(rows, min(len(rows), chance.randint(1, 3)))]
    spoiled = chance.choice([None, "x", "", 101.5, -1, 2**60 + 1, True, "270", "02139", "NA", "2024-13-45", [1], 1e300])
    if names is None or chance.random() < 0.6:
        for row in rows[: chance.randint(1, len(rows))]:
            row[chance.randrange(len(row))] = spoiled
        form = chance.choice([form for form in FORMS if can_carry(form, given)])
        return request(form, (names, rows), range(len(rows)), chance)._replace(rows=())
    changed = chance.choice([
        [name.swapcase() for name in names],
        [*names, "extra"],
        names[:-1],
        [names[0], *names],
        [f" {name} " for name in names],
    ])  # fmt: skip
    rows = [[*row, 1][: len(changed)] for row in rows]
    documents = [dict(zip(changed, row, strict=False)) for row in rows]
    if chance.random() < 0.5:
        return Request(json.dumps(documents).encode(), "application/json")
    return Request(written([changed, *rows], chance).encode(), "text/csv")
