"""Columns whose categories compare equal, and are not the same."""

import numpy as np
import pytest

from ml_serving.rows.columns.frames import given_frame
from ml_serving.rows.columns.schema import Column
from ml_serving.rows.columns.table import Table


@pytest.mark.parametrize("turned", [False, True])
def test_categories_keep_their_type_beside_columns_with_equal_ones(turned: bool) -> None:
    levels: list[tuple[object, ...]] = [(0, 1), (False, True), (0.0, 1.0)]
    written = [["0", "1"], ["False", "True"], ["0.0", "1.0"]]
    if turned:
        levels, written = levels[::-1], written[::-1]
    columns = [Column(str(number), "category", categories=some) for number, some in enumerate(levels)]
    table = Table(("category",) * 3, (np.array([0, 1]),) * 3)
    frame = given_frame(table, ["a", "b", "c"], columns)
    assert [frame[name].astype(str).tolist() for name in frame] == written
