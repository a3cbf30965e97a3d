"""The command lines are read by the real argument parsers of the versions that the images have."""

import argparse
import json
from collections.abc import Callable
from importlib.metadata import version

import pytest
import vllm.platforms
from sglang.srt.server_args import ServerArgs
from vllm.platforms.cpu import CpuPlatform

from ml_serving.engine.flags import SECRET
from tests.projects import RENDERED
from tests.start.conftest import Machine

# Its parser looks for what it will run on, and there is no GPU here.
vllm.platforms.current_platform = CpuPlatform()

from vllm.entrypoints.cli.serve import ServeSubcommand
from vllm.utils.argparse_utils import FlexibleArgumentParser

Parse = Callable[..., argparse.Namespace]


@pytest.fixture(scope="module")
def parsers() -> dict[str, argparse.ArgumentParser]:
    vllm_parser = ServeSubcommand().subparser_init(FlexibleArgumentParser().add_subparsers())
    sglang_parser = argparse.ArgumentParser()
    ServerArgs.add_cli_args(sglang_parser)
    return {"vllm": vllm_parser, "sglang": sglang_parser}


@pytest.fixture
def parse(machine: Machine, engine: str, parsers: dict[str, argparse.ArgumentParser]) -> Parse:
    """What the engine makes of its command line, where the container has these variables."""

    def parse(**variables: object) -> argparse.Namespace:
        prefixed = {name.replace("SM_", f"SM_{engine.upper()}_"): value for name, value in variables.items()}
        return parsers[engine].parse_args(machine.plan(engine, **prefixed))

    return parse


def test_these_are_the_versions_in_the_images(engine: str) -> None:
    assert (RENDERED / "engines" / f"{engine}.txt").read_text() == f"{engine}=={version(engine)}\n"


def test_a_model_folder_is_served_on_the_port_with_all_gpus(machine: Machine, engine: str, parse: Parse) -> None:
    machine.holds_a_model()
    machine.has_gpus("7.5", "7.5")
    read = parse(SAGEMAKER_BIND_TO_PORT=9090)
    assert (read.model_tag if engine == "vllm" else read.model_path) == str(machine.model)
    assert (read.host, read.port, read.dtype) == ("0.0.0.0", 9090, "auto" if engine == "vllm" else "half")
    assert (read.tensor_parallel_size if engine == "vllm" else read.tp_size) == 2
    assert read.served_model_name in ("model", ["model"])
    assert engine == "sglang" or read.middleware == ["ml_serving.invocations.SageMaker"]


def test_a_model_of_the_hub_is_read_with_its_revision(engine: str, parse: Parse) -> None:
    read = parse(HF_MODEL_ID="org/model", HF_MODEL_REVISION="0123abc")
    assert (read.model_tag if engine == "vllm" else read.model_path, read.revision) == ("org/model", "0123abc")


@pytest.mark.parametrize("quantization", ["awq", "gptq", "fp8", "bitsandbytes"])
def test_the_generators_settings_are_flags_of_the_engine(engine: str, parse: Parse, quantization: str) -> None:
    context, gpus = (
        ("SM_MAX_MODEL_LEN", "SM_TENSOR_PARALLEL_SIZE") if engine == "vllm" else ("SM_CONTEXT_LENGTH", "SM_TP_SIZE")
    )
    settings = {context: 4096, gpus: 2, "SM_QUANTIZATION": quantization, "SM_DTYPE": "bfloat16"}
    read = parse(HF_MODEL_ID="org/model", **settings)
    assert (read.quantization, read.dtype) == (quantization, "bfloat16")
    assert (read.max_model_len if engine == "vllm" else read.context_length) == 4096
    assert (read.tensor_parallel_size if engine == "vllm" else read.tp_size) == 2


def test_a_chat_template_with_spaces_and_a_json_object_arrive_whole(engine: str, parse: Parse) -> None:
    template, overrides = ("{% for m in messages %}-- {{ m }}\n{% endfor %}", {"rope": {"factor": 2.0}})
    objects = "SM_HF_OVERRIDES" if engine == "vllm" else "SM_JSON_MODEL_OVERRIDE_ARGS"
    read = parse(HF_MODEL_ID="org/model", SM_CHAT_TEMPLATE=template, **{objects: json.dumps(overrides)})
    assert read.chat_template == template
    assert (read.hf_overrides if engine == "vllm" else json.loads(read.json_model_override_args)) == overrides


def test_true_false_and_lists(engine: str, parse: Parse) -> None:
    loras = ["a=/opt/ml/model/a", "b=/opt/ml/model/b"]
    path = "SM_LORA_MODULES" if engine == "vllm" else "SM_LORA_PATHS"
    read = parse(
        HF_MODEL_ID="org/model", SM_TRUST_REMOTE_CODE="true", SM_ENABLE_LORA="false", **{path: json.dumps(loras)}
    )
    assert read.trust_remote_code is True
    assert not read.enable_lora
    assert len(read.lora_modules if engine == "vllm" else read.lora_paths) == 2


def test_adapters_in_the_models_folder_are_read_with_a_rank_that_the_engine_takes(
    machine: Machine, engine: str, parse: Parse
) -> None:
    machine.holds_a_model()
    paths = {name: machine.holds_an_adapter(name, r=rank) for name, rank in {"sql": 24, "chat-v1.2": 8}.items()}
    read = parse()
    assert read.enable_lora is True
    if engine == "vllm":
        assert {lora.name: lora.path for lora in read.lora_modules} == {name: str(paths[name]) for name in paths}
        assert (read.max_lora_rank, read.max_loras, read.max_cpu_loras) == (32, 2, None)
    else:
        assert sorted(read.lora_paths) == [f"{name}={paths[name]}" for name in sorted(paths)]


def test_more_adapters_than_the_gpu_has_room_for_wait_in_the_hosts_memory(machine: Machine, parse: Parse) -> None:
    machine.holds_a_model()
    for number in range(12):
        machine.holds_an_adapter(f"a{number}")
    read = parse()
    assert not hasattr(read, "max_cpu_loras") or (read.max_loras, read.max_cpu_loras) == (8, 12)
    assert len(read.lora_modules if hasattr(read, "lora_modules") else read.lora_paths) == 12


def test_of_the_engines_flags_those_with_secrets_are_held_back_and_no_others(
    engine: str, parsers: dict[str, argparse.ArgumentParser]
) -> None:
    secrets = {
        "vllm": {"--api-key", "--hf-token"},
        "sglang": {"--api-key", "--admin-api-key", "--ssl-keyfile-password"},
    }
    assert {flag for flag in parsers[engine]._option_string_actions if SECRET.search(flag)} == secrets[engine]
