"""The handler alone, without a server."""

from typing import Any

import model_handler
from ml_serving.rows.features import Features


def predicted(model: Any, features: Features, rows: list) -> list:
    [table] = features.from_rows(rows).tables
    return list(model_handler.predict(model, features.ready(table)))


def test_it_predicts_one_result_for_each_row(
    model: Any, features: Features, rows: list
) -> None:
    assert len(predicted(model, features, rows)) == len(rows)


def test_a_row_is_predicted_the_same_alone_and_among_others(
    model: Any, features: Features, rows: list
) -> None:
    together = predicted(model, features, rows)
    alone = predicted(model, features, rows[:1])
    assert str(together[:1]) == str(alone)
