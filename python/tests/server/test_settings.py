"""What the environment and the command line say."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from ml_serving.settings import settings, without_effect
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


def test_what_sagemakers_own_containers_call_a_setting_is_understood_and_what_a_missing_accept_means(
    start: Start,
) -> None:
    server = start(
        SERVER_WORKERS="",
        SAGEMAKER_MODEL_SERVER_WORKERS=3,
        SERVER_PREDICT_SECONDS=9,
        SAGEMAKER_MODEL_SERVER_TIMEOUT=10,
        SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT="text/csv",
    ).ready()
    [line] = server.log(event="serving")
    assert line["workers"] == 3
    assert server.log(event="SAGEMAKER_MODEL_SERVER_TIMEOUT has no effect: SERVER_PREDICT_SECONDS is set")
    body = "[[1, 1]]"
    assert server.invoke(body).headers["content-type"] == "text/csv"
    assert server.invoke(body, Accept="application/json").headers["content-type"] == "application/json"


def test_a_port_that_is_set_by_the_name_that_other_servers_have_for_it_is_said_at_the_start(start: Start) -> None:
    server = start(PORT=9000).ready()
    [line] = server.log(
        event=f"PORT has no effect: the setting is called SAGEMAKER_BIND_TO_PORT here, and is {server.port}"
    )
    assert line["level"] == "WARNING"


def test_nothing_is_said_of_that_name_where_it_has_the_port_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (str(settings.port), ""):
        monkeypatch.setenv("PORT", value)
        assert not any(one.startswith("PORT") for one in without_effect("rows"))


def test_an_answer_that_cannot_be_given_to_those_who_do_not_say_what_they_take_is_no_start(start: Start) -> None:
    server = start(SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT="image/png")
    assert server.wait() == 1
    assert "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: cannot answer in 'image/png', only in " in server.output


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SERVER_WORKERS", "0"),
        ("SERVER_WORKERS", "two"),
        ("SAGEMAKER_MODEL_SERVER_TIMEOUT", "1h"),
        ("SAGEMAKER_BIND_TO_PORT", "99999"),
        ("SERVER_PROBABILITIES", "perhaps"),
        ("SERVER_ACCESS_LOG", "2"),
        ("SM_LOG_LEVEL", "LOUD"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_container_with_what_it_takes(
    start: Start, variable: str, value: str
) -> None:
    server = start(**{"SERVER_WORKERS": "", variable: value})
    assert server.wait() == 1
    [line] = server.output.splitlines()
    assert line.startswith(f"{variable} is '{value}': it takes ")


def test_only_serving_is_understood(code: Path) -> None:
    training = subprocess.run([code / "serve", "train"], capture_output=True, text=True, timeout=60, check=False)
    assert training.returncode == 1
    assert training.stderr == "usage: serve serve (this container serves, it does not train)\n"
