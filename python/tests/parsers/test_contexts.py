"""How long texts may be is derived by the engines as the generator does it."""

import json
from pathlib import Path
from typing import Any

import pytest
import vllm.platforms
from sglang.srt.utils.hf_transformers.common import get_context_length
from vllm.platforms.cpu import CpuPlatform

# It looks for what it will run on, and there is no GPU here.
vllm.platforms.current_platform = CpuPlatform()

from vllm.config.model import _get_and_verify_max_len
from vllm.transformers_utils.config import get_config, get_hf_text_config
from vllm.transformers_utils.model_arch_config_convertor import (
    MODEL_ARCH_CONFIG_CONVERTORS,
    ModelArchConfigConvertorBase,
)

CASES = json.loads((Path(__file__).parents[1] / "facts/contexts.json").read_text())


@pytest.mark.parametrize("name", CASES)
def test_lengths(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    (tmp_path / "config.json").write_text(json.dumps(case["config"]))
    config = get_config(str(tmp_path), trust_remote_code=False)
    text = get_hf_text_config(config)
    by_vllm = by(config, text, None)
    # What works in each of them.
    assert case["length"] == min(by_vllm, get_context_length(text))
    if case["limit"]:
        assert by(config, text, case["limit"]) == case["limit"]
    longer = max(by_vllm, case["limit"] or 0) + 1
    if case["config"].keys() == {"model_type"}:
        assert by(config, text, longer) == longer
    else:
        with pytest.raises(ValueError, match="greater than the derived"):
            by(config, text, longer)


def by(config: Any, text: Any, length: int | None) -> int:
    convertor = MODEL_ARCH_CONFIG_CONVERTORS.get(config.model_type, ModelArchConfigConvertorBase)
    return _get_and_verify_max_len(text, convertor(config, text).convert(), None, length, False, None)
