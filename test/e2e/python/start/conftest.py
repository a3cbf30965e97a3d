"""The projects under test, from the environment, and a machine with GPUs: programs that say what a real one would."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PRINT_PLAN = "import json, os, plan; print(json.dumps(plan.make_plan(os.environ).command))"


@pytest.fixture(params=["vllm", "sglang"])
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


def code_of(engine: str) -> Path:
    """The project's code/."""
    return Path(os.environ[engine.upper()]) / "code"


# What all engines have in common is imported from there.
sys.path.append(str(code_of("vllm")))


class Machine:
    """A folder of programs to find first, a folder for the model, and the environment of a container."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.model = folder / "bin", folder / "model"
        self.bin.mkdir()
        self.model.mkdir()
        self.has_gpus("8.9", "8.9", "8.9", "8.9")

    def program(self, name: str, python: str) -> None:
        path = self.bin / name
        path.write_text(f"#!{sys.executable}\n{python}\n")
        path.chmod(0o755)

    def has_gpus(self, *capabilities: str) -> None:
        self.program("nvidia-smi", f"print({chr(10).join(capabilities)!r})")

    def holds_a_model(self) -> None:
        (self.model / "config.json").write_text("{}")

    def environment(self, **variables: object) -> dict[str, str]:
        return {
            "PATH": f"{self.bin}:{os.path.dirname(sys.executable)}:/usr/bin:/bin",
            "SM_MODEL_DIR": str(self.model),
            **{name: str(value) for name, value in variables.items()},
        }

    def serve(self, engine: str, *arguments: str, **variables: object) -> subprocess.CompletedProcess[str]:
        command = [str(code_of(engine) / "serve"), *(arguments or ["serve"])]
        environment = self.environment(**variables)
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    def plan(self, engine: str, **variables: object) -> list[str]:
        """What would be executed, without the two words that it starts with."""
        printed = subprocess.run(
            [sys.executable, "-c", PRINT_PLAN],
            env={**self.environment(**variables), "PYTHONPATH": str(code_of(engine))},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return json.loads(printed.stdout)[2:]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)
