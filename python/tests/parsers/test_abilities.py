"""What the generator says of the engines is what their code says."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
import vllm.envs
import vllm.platforms
from transformers import Gemma3TextConfig, LlamaConfig
from vllm.platforms.cpu import CpuPlatform

# It looks for what it will run on, and there is no GPU here.
vllm.platforms.current_platform = CpuPlatform()

from vllm.config import model
from vllm.config.model import _FLOAT16_NOT_SUPPORTED_MODELS, _get_and_verify_dtype
from vllm.model_executor.layers.quantization import QUANTIZATION_METHODS as OF_VLLM
from vllm.transformers_utils.config import _CONFIG_REGISTRY

from ml_serving.vllm.engine import VLLM
from tests.projects import RENDERED

ABLE = json.loads((RENDERED / "engines/able.json").read_text())
# Of which files speak by names that engines have an own one for.
OTHER_NAMES = {"auto-round", "auto_round"}


def test_vllm_reads_what_is_said_of_it() -> None:
    assert set(ABLE["vllm"]["reads"]) - OTHER_NAMES <= set(OF_VLLM)
    assert {"awq", "gptq", "fp8", "modelopt", "compressed-tensors", "mxfp4"} <= set(ABLE["vllm"]["reads"])
    assert "bitsandbytes" not in OF_VLLM


def test_sglang_reads_what_is_said_of_it() -> None:
    # Its module imports what is for GPUs only: its text is read.
    spec = find_spec("sglang")
    assert spec and spec.origin
    text = (Path(spec.origin).parent / "srt/layers/quantization/__init__.py").read_text()
    assert set(ABLE["sglang"]["reads"]) <= set(re.findall(r'"([\w-]+)": \w+Config', text))


def test_vllm_loads_adapters_at_run_time_by_this_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    variable = ABLE["vllm"]["adaptersAtRunTime"]
    assert variable == VLLM.adapters_variable
    assert getattr(vllm.envs, variable) is False
    monkeypatch.setenv(variable, "true")
    assert getattr(vllm.envs, variable) is True


def test_vllm_refuses_float16_for_these_types() -> None:
    assert set(ABLE["vllm"]["notInFloat16"]["types"]) == set(_FLOAT16_NOT_SUPPORTED_MODELS)


def test_vllm_has_configurations_of_its_own_for_these_types() -> None:
    assert set(ABLE["vllm"]["types"]) <= set(_CONFIG_REGISTRY)


def test_vllm_itself_takes_a_type_that_the_model_and_an_old_gpu_have(monkeypatch: pytest.MonkeyPatch) -> None:
    class T4(CpuPlatform):
        supported_dtypes = (torch.float16, torch.float32)

    monkeypatch.setattr(model, "current_platform", T4())

    def taken(config: LlamaConfig | Gemma3TextConfig) -> torch.dtype:
        return _get_and_verify_dtype("model", config, "auto", is_pooling_model=False)

    for given in (torch.bfloat16, torch.float32):
        assert taken(LlamaConfig(dtype=given)) == torch.float16
        assert taken(Gemma3TextConfig(dtype=given)) == torch.float32
