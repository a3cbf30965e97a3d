"""Whatever bytes come, what reads them refuses them by RequestError, in bounded time and memory: two minutes of libFuzzer."""

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import generated, targets
from tests.fuzz.seeds import seeds

# Of each target: two minutes in all, two at a time.
SECONDS = 14
# Of one input, and of the process, which has up to 750 before it begins.
TIMEOUT, MEMORY_MB = 5, 1200
TARGETS = [(module.__name__.rpartition(".")[2], name) for module in (targets, generated) for name in module.TARGETS]
PYTHON = Path(__file__).parents[2]


@pytest.mark.parametrize(("module", "target"), TARGETS)
def test_no_bytes_whatever_are_more_than_refused(module: str, target: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, body in enumerate(seeds(target)):
        (corpus / str(number)).write_bytes(body)
    seed = random.SystemRandom().randrange(1, 2**31)
    options = [
        *(f"-max_total_time={SECONDS}", f"-timeout={TIMEOUT}", f"-rss_limit_mb={MEMORY_MB}", f"-seed={seed}"),
        *(f"-artifact_prefix={tmp_path}/", "-print_final_stats=1", "-max_len=8192", "-verbosity=1"),
    ]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.fuzz.run", module, target, str(corpus), *options],
        check=False,
        cwd=PYTHON,
        env={**os.environ, "SERVER_MAX_BODY_MB": "1"},
        capture_output=True,
        text=True,
        errors="replace",
    )
    found = [f"{one.name}: {one.read_bytes()!r}" for one in tmp_path.iterdir() if one.is_file()]
    assert done.returncode == 0, "\n".join([f"seed {seed}", done.stdout[-3000:], done.stderr[-3000:], *found])
    executions = int(re.findall(r"number_of_executed_units:\s*(\d+)", done.stderr)[0])
    memory = re.findall(r"peak_rss_mb:\s*(\d+)", done.stderr)[0]
    reached, branches = re.findall(r"cov: (\d+) ft: (\d+)", done.stderr)[-1]
    print(f"{target}: {executions} inputs, {reached} edges, {branches} features, {memory} MB, seed {seed}")
    assert executions > 500
