"""The container's start, with an engine that says how it was called."""

import json
import signal
import subprocess

import pytest

from tests.start.conftest import Machine

TELL = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))"
MODEL = "org/model"


def started(machine: Machine, **variables: object) -> tuple[list[str], dict[str, str], str]:
    """The arguments and the environment that vLLM got, and the log."""
    machine.program("vllm", TELL)
    ended = machine.serve("vllm", **variables)
    assert ended.returncode == 0, ended.stderr
    arguments, environment = json.loads(ended.stdout)
    return arguments, environment, ended.stderr


def refused(machine: Machine, **variables: object) -> str:
    """The one line with which the start says no."""
    machine.program("vllm", "print('started')")
    ended = machine.serve("vllm", **variables)
    assert ended.returncode == 1
    assert ended.stdout == ""
    [line] = ended.stderr.splitlines()
    return line


def after(arguments: list[str], flag: str) -> str:
    """The value of a flag that is there once."""
    assert arguments.count(flag) == 1
    return arguments[arguments.index(flag) + 1]


def test_the_models_folder_comes_before_the_hub_and_needs_nothing_from_it(machine: Machine) -> None:
    machine.holds_a_model()
    arguments, environment, log = started(machine, HF_MODEL_ID=MODEL, HF_MODEL_REVISION="abc")
    assert arguments[:2] == ["serve", str(machine.model)]
    assert "--revision" not in arguments
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert log.startswith("serve: vllm serve /") and log.count("\n") == 1


def test_a_model_of_the_hub_is_taken_at_its_revision(machine: Machine) -> None:
    arguments, environment, _ = started(machine, HF_MODEL_ID=MODEL, HF_MODEL_REVISION="abc")
    assert arguments[:2] == ["serve", MODEL]
    assert after(arguments, "--revision") == "abc"
    assert "HF_HUB_OFFLINE" not in environment


def test_it_listens_where_sagemaker_asks_under_one_name_with_our_middleware(machine: Machine) -> None:
    arguments, environment, _ = started(machine, HF_MODEL_ID=MODEL, SAGEMAKER_BIND_TO_PORT=9090)
    assert after(arguments, "--host") == "0.0.0.0"
    assert after(arguments, "--port") == "9090"
    assert after(arguments, "--served-model-name") == environment["SERVED_MODEL_NAME"] == "model"
    assert after(arguments, "--middleware") == "ml_serving.invocations.SageMaker"
    assert environment["PYTHONPATH"] == str(machine.code("vllm"))
    assert after(started(machine, HF_MODEL_ID=MODEL)[0], "--port") == "8080"


def test_every_gpu_takes_part_unless_the_user_divides_the_work(machine: Machine) -> None:
    machine.has_gpus("8.9", "8.9")
    counted = {"SM_NUM_GPUS": 7, "HF_MODEL_ID": MODEL}
    assert after(started(machine, **counted)[0], "--tensor-parallel-size") == "2"
    assert after(started(machine, **counted, SM_VLLM_TENSOR_PARALLEL_SIZE=1)[0], "--tensor-parallel-size") == "1"
    assert "--tensor-parallel-size" not in started(machine, **counted, SM_VLLM_DATA_PARALLEL_SIZE=2)[0]


def test_the_type_of_numbers_is_the_engines_choice_unless_the_user_makes_one(machine: Machine) -> None:
    machine.has_gpus("7.5")
    assert "--dtype" not in started(machine, HF_MODEL_ID=MODEL)[0]
    assert after(started(machine, HF_MODEL_ID=MODEL, SM_VLLM_DTYPE="float32")[0], "--dtype") == "float32"


def test_a_machine_without_gpus_or_with_an_old_driver_is_said_to_be_one(machine: Machine) -> None:
    machine.program("nvidia-smi", "import sys; sys.exit('NVIDIA-SMI has failed: no driver is running.')")
    assert "NVIDIA-SMI has failed: no driver is running." in refused(machine, HF_MODEL_ID=MODEL)
    machine.program("nvidia-smi", "print('Field \"compute_cap\" is not a valid field to query.')")
    assert "InferenceAmiVersion" in refused(machine, HF_MODEL_ID=MODEL)
    machine.has_gpus()
    assert "lists none" in refused(machine, HF_MODEL_ID=MODEL)
    (machine.bin / "nvidia-smi").unlink()
    assert "nvidia-smi is not there" in refused(machine, HF_MODEL_ID=MODEL)


def test_a_missing_model_is_told_with_what_was_found_instead(machine: Machine) -> None:
    assert f"{machine.model} is empty, and HF_MODEL_ID is not set" in refused(machine)
    (machine.model / "model.pkl").touch()
    assert "holds no config.json, only model.pkl" in refused(machine)
    machine.model = machine.model / "elsewhere"
    assert "elsewhere does not exist" in refused(machine)


@pytest.mark.parametrize("name", ["HOST", "PORT", "MODEL", "REVISION", "SERVED_MODEL_NAME", "MIDDLEWARE"])
def test_what_the_container_sets_itself_cannot_be_set(machine: Machine, name: str) -> None:
    assert f"SM_VLLM_{name} cannot be set" in refused(machine, HF_MODEL_ID=MODEL, **{f"SM_VLLM_{name}": "x"})


@pytest.mark.parametrize("name", ["API_KEY", "HF_TOKEN", "SSL_KEYFILE_PASSWORD", "CLIENT_SECRET"])
def test_a_secret_never_becomes_a_flag_nor_is_it_printed(machine: Machine, name: str) -> None:
    line = refused(machine, HF_MODEL_ID=MODEL, **{f"SM_VLLM_{name}": "hush-hush"})
    assert f"SM_VLLM_{name} cannot be set" in line
    assert "hush" not in line


def test_only_serving_is_understood(machine: Machine) -> None:
    machine.program("vllm", "print('started')")
    assert machine.serve("vllm", "serve", HF_MODEL_ID=MODEL).stdout == "started\n"
    trained = machine.serve("vllm", "train", HF_MODEL_ID=MODEL)
    assert (trained.returncode, trained.stdout) == (1, "")


def test_sigterm_reaches_the_engine_and_its_exit_code_comes_back(machine: Machine) -> None:
    machine.program(
        "vllm",
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        "print('up', flush=True)\n"
        "time.sleep(60)",
    )
    command = [str(machine.code("vllm") / "serve"), "serve"]
    environment = machine.environment(HF_MODEL_ID=MODEL)
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout and process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(50) == 7
