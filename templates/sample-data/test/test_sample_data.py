"""Rows of the training data: the server answers them as the model itself does."""

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def test_the_server_answers_as_the_model_in_each_content_type(model_dir: Path) -> None:
    [data] = PROJECT.glob("sample_data.*")
    check = subprocess.run(
        [sys.executable, PROJECT / "code" / "serve", "check", data],
        env={**os.environ, "SM_MODEL_DIR": str(model_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stdout + check.stderr
