"""Vectors of whole texts, which the pipeline does not make."""

from typing import Any

import numpy as np
import pytest

from tests.texts.asked import TEXTS, ask, request

pytestmark = pytest.mark.parametrize("task", ["feature-extraction"], indirect=True, scope="session")


def test_pooled_vectors_are_those_of_the_tokens_taken_together(predicting: Any, expected: Any) -> None:
    vectors = np.array(expected(TEXTS[0])[0])
    mean, cls, unit = (
        answer
        for _, answer in ask(
            predicting,
            request(TEXTS[0], {"pooling": "mean"}),
            request(TEXTS[0], {"pooling": "cls"}),
            request(TEXTS[0], {"pooling": "mean", "normalize": True}),
        )
    )
    assert mean == pytest.approx(vectors.mean(axis=0), abs=1e-5)
    assert cls == pytest.approx(vectors[0], abs=1e-5)
    assert np.linalg.norm(unit) == pytest.approx(1, abs=1e-5)
