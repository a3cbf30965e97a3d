"""Adapters in the model's folder, as the engine is told of them, and what is no adapter."""

import json

import pytest

from ml_serving.engine.plan import make_plan
from ml_serving.errors import StartError
from tests.start.conftest import ENGINES, Machine

MODEL_NAMES = {"vllm": "sql", "sglang": "model:sql"}


def served(machine: Machine, engine: str, monkeypatch: pytest.MonkeyPatch, **variables: object) -> dict[str, str]:
    """What the middleware is told of adapters."""
    environment = machine.environment(**variables)
    monkeypatch.setenv("PATH", environment["PATH"])
    return json.loads(make_plan(ENGINES[engine][0], environment).environment["SERVED_ADAPTERS"])


def refusal(machine: Machine, engine: str = "vllm", **variables: object) -> str:
    with pytest.raises(StartError) as refused:
        machine.plan(engine, **variables)
    return str(refused.value)


def test_a_model_without_adapters_is_started_as_before(machine: Machine, engine: str) -> None:
    machine.holds_a_model()
    assert not [argument for argument in machine.plan(engine) if "lora" in argument]
    (machine.model / "adapters").mkdir()
    (machine.model / "adapters" / ".cache").mkdir()
    assert not [argument for argument in machine.plan(engine) if "lora" in argument]


def test_requests_choose_an_adapter_by_its_folders_name(
    machine: Machine, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.holds_a_model()
    machine.holds_an_adapter("sql")
    assert served(machine, engine, monkeypatch) == {"sql": MODEL_NAMES[engine]}


def test_so_do_they_choose_those_that_variables_name(
    machine: Machine, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable, key = ("SM_VLLM_LORA_MODULES", "name") if engine == "vllm" else ("SM_SGLANG_LORA_PATHS", "lora_name")
    values = json.dumps(["sql=org/sql", json.dumps({key: "chat", "path": "org/chat"})])
    names = served(machine, engine, monkeypatch, HF_MODEL_ID="org/model", **{variable: values})
    assert names == {"sql": MODEL_NAMES[engine], "chat": MODEL_NAMES[engine].replace("sql", "chat")}
    machine.holds_an_adapter("other")
    assert "put all into the folder, or none" in refusal(machine, engine, HF_MODEL_ID="org/model", **{variable: values})


def test_adapters_go_with_a_model_of_the_hub_too(machine: Machine) -> None:
    path = machine.holds_an_adapter("sql")
    arguments = machine.plan("vllm", HF_MODEL_ID="org/model")
    assert arguments[:1] == ["org/model"]
    assert f"sql={path}" in arguments


def test_the_largest_rank_of_all_adapters_counts(machine: Machine) -> None:
    machine.holds_a_model()
    machine.holds_an_adapter("chat", r=8)
    machine.holds_an_adapter("sql", r=100, rank_pattern={"q_proj": 100}, init_lora_weights="gaussian", bias="none")
    arguments = machine.plan("vllm")
    assert arguments[arguments.index("--max-lora-rank") + 1] == "128"


def test_what_the_user_says_of_ranks_and_room_holds(machine: Machine) -> None:
    machine.holds_a_model()
    machine.holds_an_adapter("sql")
    arguments = machine.plan("vllm", SM_VLLM_MAX_LORA_RANK=64, SM_VLLM_MAX_LORAS=3)
    assert arguments[arguments.index("--max-lora-rank") + 1] == "64"
    assert arguments[arguments.index("--max-loras") + 1] == "3"
    assert arguments.count("--max-loras") == 1


@pytest.mark.parametrize(
    ("name", "config", "says"),
    [
        ("model", {}, '"model" is the model itself'),
        ("a=b", {}, "cannot be an adapter's folder"),
        ("a b", {}, "cannot be an adapter's folder"),
        ("sql", {"peft_type": "IA3"}, "is of no LoRA adapter: its peft_type is 'IA3'"),
        ("sql", {"r": None}, "says no rank: its r is None"),
        ("sql", {"r": 0}, "says no rank: its r is 0"),
        ("sql", {"rank_pattern": {"q_proj": 8}}, 'sets rank_pattern to {"q_proj": 8}, which the engines do not serve'),
        ("sql", {"lora_alpha": 8, "alpha_pattern": {"q_proj": 128}}, 'sets alpha_pattern to {"q_proj": 128}'),
        ("sql", {"init_lora_weights": "pissa"}, 'sets init_lora_weights to "pissa"'),
        ("sql", {"layer_replication": [[0, 2]]}, "sets layer_replication to [[0, 2]]"),
        ("sql", {"use_dora": True}, "sets use_dora to true"),
        ("sql", {"bias": "all"}, 'sets bias to "all"'),
        ("sql", {"r": 1024}, "the adapter sql has rank 1024: vLLM takes 512 at most"),
    ],
)
def test_what_is_no_adapter_stops_the_start_with_one_line(
    machine: Machine, name: str, config: dict[str, object], says: str
) -> None:
    machine.holds_a_model()
    machine.holds_an_adapter(name, **config)
    assert says in refusal(machine)


def test_a_folder_without_its_config_or_with_a_broken_one_is_named(machine: Machine) -> None:
    machine.holds_a_model()
    folder = machine.holds_an_adapter("sql")
    (folder / "adapter_config.json").write_text("{")
    assert f"{folder}/adapter_config.json cannot be read" in refusal(machine)
    (folder / "adapter_config.json").write_text("[]")
    assert "is of no LoRA adapter: its peft_type is None" in refusal(machine)
    (folder / "adapter_config.json").unlink()
    assert f"{folder} holds no adapter: there is no adapter_config.json in it" in refusal(machine)


@pytest.mark.parametrize("given", ["1", " True "])
def test_adapters_are_loaded_at_run_time_where_vllm_is_told_so(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    machine.holds_a_model()
    variable = {"VLLM_ALLOW_RUNTIME_LORA_UPDATING": given}
    monkeypatch.setenv("PATH", machine.environment()["PATH"])

    def at_run_time(engine: str, **variables: object) -> object:
        plan = make_plan(ENGINES[engine][0], machine.environment(**variables))
        return json.loads(plan.environment["SERVED_ADAPTERS_AT_RUN_TIME"])

    said = refusal(machine, **variable)
    assert "set SM_VLLM_ENABLE_LORA=true and SM_VLLM_MAX_LORA_RANK" in said
    assert at_run_time("vllm", SM_VLLM_ENABLE_LORA="true", **variable) is True
    assert at_run_time("sglang", **variable) is False
    machine.holds_an_adapter("sql")
    assert at_run_time("vllm", **variable) is True
    assert at_run_time("vllm", VLLM_ALLOW_RUNTIME_LORA_UPDATING="0") is False
