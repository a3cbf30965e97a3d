"""What the environment and the command line say."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tests.server.conftest import Start
from tests.server.models import save

X = np.random.default_rng(0).normal(size=(90, 2))


def test_a_classifier_gives_each_classs_probability_where_that_is_set(start: Start, tmp_path: Path) -> None:
    folder = save(LogisticRegression().fit(X, np.digitize(X[:, 0], [-0.5, 0.5])), tmp_path)
    server = start(SM_MODEL_DIR=folder, SERVER_PROBABILITIES="true").ready()
    [shares] = server.invoke("[[0.1, 0.2]]").predictions
    assert len(shares) == 3
    assert sum(shares) == pytest.approx(1)
    assert len(server.invoke("[[0.1, 0.2]]", Accept="text/csv").body.split(b",")) == 3


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SERVER_WORKERS", "0"),
        ("SERVER_WORKERS", "two"),
        ("SAGEMAKER_BIND_TO_PORT", "99999"),
        ("SERVER_PROBABILITIES", "perhaps"),
        ("SERVER_ACCESS_LOG", "2"),
        ("SM_LOG_LEVEL", "LOUD"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_container_with_what_it_takes(
    start: Start, variable: str, value: str
) -> None:
    server = start(**{variable: value})
    assert server.wait() == 1
    [line] = server.output.splitlines()
    assert line.startswith(f"{variable} is '{value}': it takes ")


def test_only_serving_is_understood(code: Path) -> None:
    training = subprocess.run([code / "serve", "train"], capture_output=True, text=True, timeout=60, check=False)
    assert training.returncode == 1
    assert training.stderr == "usage: serve serve (this container serves, it does not train)\n"
