"""Dates are read in one go, and are what each of them is alone."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_serving.rows.columns import dates
from ml_serving.rows.columns.schema import Column
from ml_serving.rows.columns.values import UnfitError

FORMATS = [None, "%d.%m.%Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S%z", "%H:%M %d/%m/%y"]
TYPES = ["datetime64[s]", "datetime64[ms]", "datetime64[us]", "datetime64[ns]", "datetime64[ns, UTC]", "datetime64[us, Europe/Berlin]"]  # fmt: skip
zones = st.none() | st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(timedelta(minutes=-570))])
moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=zones) | st.datetimes(
    datetime(1960, 1, 1), datetime(2030, 1, 1)
)
written = st.one_of(
    st.tuples(moments, st.sampled_from(["auto", "seconds", "minutes", "hours"])).map(lambda of: of[0].isoformat(timespec=of[1])),
    moments.map(lambda moment: moment.isoformat(" ") + "789"),
    moments.map(lambda moment: moment.date().isoformat()),
    st.tuples(moments, st.sampled_from(FORMATS[1:])).map(lambda of: of[0].strftime(str(of[1]))),
    moments.map(lambda moment: moment.strftime("%Y%m%dT%H%M%SZ")),
    st.sampled_from(["NaT", "", "nan", "2024", "2024-02", "2024-02-30", "now", "today", " 2024-01-01", "2024-W01", "x", "12"]),
    st.text("0123456789:-+.TZ /W", max_size=7),
)  # fmt: skip


def outcome(column: Column, values: Sequence[Any]) -> Any:
    try:
        read = dates.read_dates(column, values, UnfitError)
    except UnfitError as error:
        return error.row, str(error)
    return read.dtype, read.astype("int64").tolist()


@settings(max_examples=400, deadline=None)
@given(
    kind=st.sampled_from(TYPES),
    form=st.sampled_from(FORMATS),
    values=st.lists(written, min_size=4, max_size=30),
    alike=st.booleans(),
)
def test_a_date_among_others_is_what_it_is_alone(kind: str, form: str | None, values: list[str], alike: bool) -> None:
    if alike:
        # Most columns are: what pandas reads in one go.
        values = [value for value in values if len(value) == len(values[0])]
    column = Column("a", kind, format=form, source="schema")
    together = outcome(column, values)
    with pytest.MonkeyPatch.context() as alone:
        alone.setattr(dates, "WORTH", 10**9)
        assert outcome(column, values) == together


@pytest.mark.parametrize(
    ("kind", "form", "text", "says"),
    [
        ("datetime64[ns]", None, "3000-01-01", "is out of the range of datetime64[ns]"),
        ("datetime64[ns]", None, "today", "is not a date"),
        ("datetime64[ns]", None, "02:4", "is not a date"),
        ("datetime64[ns]", None, "Now", "is not a date"),
        ("datetime64[ns]", None, "2024-01-01T00:00Z", "has a time zone"),
        ("datetime64[ns, UTC]", None, "2024-01-01T00:00", "has no time zone"),
        ("datetime64[s]", "%d.%m.%Y", "2024-01-01", "is not a date (%d.%m.%Y)"),
    ],
)
def test_what_is_no_date_of_the_column_is_told_among_many_that_are(
    kind: str, form: str | None, text: str, says: str
) -> None:
    ending = "T00:00+00:00" if "UTC" in kind else ""
    day = datetime(2000, 1, 1)
    good = [(day + timedelta(days=number)).strftime(form or "%Y-%m-%d") + ending for number in range(50)]
    row, message = outcome(Column("a", kind, format=form, source="schema"), [*good, text, *good])
    assert (row, says in message) == (50, True), message


def test_a_date_costs_microseconds() -> None:
    first = np.datetime64("1990-01-01T00:00:00")
    texts = (first + np.arange(50_000) * np.timedelta64(7, "h")).astype(str).tolist()
    started = time.process_time()
    read = dates.read_dates(Column("a", "datetime64[us]"), texts, UnfitError)
    each = (time.process_time() - started) / len(texts) * 1e6
    assert read.astype("datetime64[s]").astype(str).tolist() == texts
    print(f"{each:.1f} µs each")
    assert each < 25
