"""Projects with an engine, and a machine with GPUs: programs that say what a real one would."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ml_serving.engine.plan import make_plan
from ml_serving.sglang.engine import SGLANG
from ml_serving.vllm.engine import VLLM
from tests.projects import put_together

# With the words that a command starts with.
ENGINES = {"vllm": (VLLM, ["vllm", "serve"]), "sglang": (SGLANG, [sys.executable, "-m", "ml_serving.sglang.start"])}


@pytest.fixture(params=["vllm", "sglang"])
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


class Machine:
    """A folder of programs to find first, a folder for the model, and the environment of a container."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
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

    def holds_an_adapter(self, name: str, **config: object) -> Path:
        folder = self.model / "adapters" / name
        folder.mkdir(parents=True)
        (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": 16, **config}))
        return folder

    def environment(self, **variables: object) -> dict[str, str]:
        return {
            "PATH": f"{self.bin}:{os.path.dirname(sys.executable)}:/usr/bin:/bin",
            "SM_MODEL_DIR": str(self.model),
            **{name: str(value) for name, value in variables.items()},
        }

    def code(self, engine: str) -> Path:
        """The code/ of a project with this engine."""
        code = self.folder / engine / "code"
        return code if code.exists() else put_together(code.parent, engine)

    def serve(self, engine: str, *arguments: str, **variables: object) -> subprocess.CompletedProcess[str]:
        command = [str(self.code(engine) / "serve"), *(arguments or ["serve"])]
        environment = self.environment(**variables)
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    def plan(self, engine: str, **variables: object) -> list[str]:
        """The arguments that the engine would get."""
        with pytest.MonkeyPatch.context() as patch:
            environment = self.environment(**variables)
            patch.setenv("PATH", environment["PATH"])
            called, program = ENGINES[engine]
            command = make_plan(called, environment).command
            assert command[: len(program)] == program
            return command[len(program) :]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)
