"""The handler alone, without a server."""

from typing import Any

import model_handler


def test_it_predicts_one_result_for_each_row(model: Any, rows: list) -> None:
    data = model_handler.features(model).array(rows)
    assert len(model_handler.predict(model, data)) == len(rows)


def test_a_row_is_predicted_the_same_alone_and_among_others(
    model: Any, rows: list
) -> None:
    features = model_handler.features(model)
    together = model_handler.predict(model, features.array(rows))
    alone = model_handler.predict(model, features.array(rows[:1]))
    assert together[:1].tolist() == alone.tolist()
