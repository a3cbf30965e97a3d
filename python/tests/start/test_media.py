"""The domains that an engine may fetch from, as it and the middleware are told of them."""

import json

import pytest

from ml_serving.engine.plan import make_plan
from ml_serving.errors import StartError
from tests.start.conftest import ENGINES, Machine

DOMAINS = "images.example.com, films.example.com"


def told(machine: Machine, engine: str, **variables: object) -> tuple[list[str], dict[str, str]]:
    """The command and the environment."""
    machine.holds_a_model()
    with pytest.MonkeyPatch.context() as patch:
        environment = machine.environment(**variables)
        patch.setenv("PATH", environment["PATH"])
        plan = make_plan(ENGINES[engine][0], environment)
    return plan.command, plan.environment


def test_an_engine_is_told_of_no_domain_unless_one_is_allowed(machine: Machine, engine: str) -> None:
    command, environment = told(machine, engine)
    assert json.loads(environment["SERVED_MEDIA_DOMAINS"]) == []
    if engine == "vllm":
        # It takes an empty list to mean all.
        assert command[command.index("--allowed-media-domains") + 1] == "none.invalid"


def test_vllm_fetches_from_those_that_are_allowed_and_follows_nobody_elsewhere(machine: Machine) -> None:
    command, environment = told(machine, "vllm", ALLOWED_MEDIA_DOMAINS=DOMAINS, VLLM_MEDIA_URL_ALLOW_REDIRECTS=1)
    place = command.index("--allowed-media-domains") + 1
    assert command[place : place + 2] == DOMAINS.split(", ")
    assert json.loads(environment["SERVED_MEDIA_DOMAINS"]) == DOMAINS.split(", ")
    assert environment["VLLM_MEDIA_URL_ALLOW_REDIRECTS"] == "0"


def test_sglang_which_cannot_be_held_to_domains_is_allowed_none(machine: Machine) -> None:
    with pytest.raises(StartError, match=r"ALLOWED_MEDIA_DOMAINS cannot be set: .* follows redirects"):
        told(machine, "sglang", ALLOWED_MEDIA_DOMAINS=DOMAINS)


@pytest.mark.parametrize(
    "wrong",
    ["169.254.169.254", "0x7f000001", "1.0x7f", "[::1]", "localhost", "*.example.com", "a.com:80", "A.com", "a..b"],
)
def test_what_is_no_name_of_a_domain_is_refused_at_the_start(machine: Machine, wrong: str) -> None:
    with pytest.raises(StartError) as refused:
        told(machine, "vllm", ALLOWED_MEDIA_DOMAINS=f"images.example.com,{wrong}")
    assert repr(wrong) in str(refused.value)
    assert "images.example.com, in lower case" in str(refused.value)


@pytest.mark.parametrize("variable", ["SM_VLLM_ALLOWED_MEDIA_DOMAINS", "SM_VLLM_ALLOWED_LOCAL_MEDIA_PATH"])
def test_there_is_one_variable_for_that_and_none_for_files(machine: Machine, variable: str) -> None:
    with pytest.raises(StartError, match=f"{variable} cannot be set"):
        told(machine, "vllm", **{variable: "/"})
