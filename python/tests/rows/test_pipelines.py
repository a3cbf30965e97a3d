"""Whatever model people put together, a row's answer is what the model says in Python of the frame that it was trained
on, in every form, and whatever stands beside it."""

import random
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, reject, settings

from tests.rows.judging import Worker, held, put_away
from tests.rows.pipelines import Plan, build, plans

ALWAYS = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@pytest.fixture(scope="module")
def counted() -> Iterator[Counter[str]]:
    """Of rows: how many were answered, how many not because the model or its schema refuses them or a row beside them."""
    found: Counter[str] = Counter()
    yield found
    rows = found["right"] + found["refused"] or 1
    share, own = found["refused"] / rows, found["refused, by itself"] / rows
    print(f"\n{found['models']} models, {rows} rows, {share:.1%} refused, {own:.1%} for what they hold themselves")
    assert share < 0.5


@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=ALWAYS)
@given(plan=plans())
def test_a_pipeline_answers_as_it_does_in_python(plan: Plan, counted: Counter[str]) -> None:
    judge(plan, counted)


@pytest.mark.all
@settings(max_examples=320, derandomize=True, deadline=None, suppress_health_check=ALWAYS)
@given(plan=plans())
def test_hundreds_of_pipelines_answer_as_they_do_in_python(plan: Plan, counted: Counter[str]) -> None:
    judge(plan, counted)


def judge(plan: Plan, counted: Counter[str]) -> None:
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        try:
            built = build(plan)
        except (ValueError, TypeError):
            # scikit-learn trains no such model.
            reject()
        put_away(built.model, Path(folder), built.schema)
        with Worker(Path(folder), probabilities=plan.probabilities) as worker:
            held(worker, built.training, built.table, random.Random(plan.seed), counted)
        counted["models"] += 1
