"""What the generator's unit tests hold its sums against is what transformers makes, in the version that projects pin."""

import json

import pytest
import transformers

from tests.facts.measure import FIGURES, figures, names

RECORDED = json.loads(FIGURES.read_text())


def test_the_figures_are_of_this_version() -> None:
    assert RECORDED["transformers"] == transformers.__version__
    assert list(RECORDED["models"]) == names()


@pytest.mark.parametrize("name", names())
def test_figures(name: str) -> None:
    assert json.loads(json.dumps(figures(name))) == RECORDED["models"][name]
