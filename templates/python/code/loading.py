"""Loads the model, or says in one line why it cannot be loaded."""

import logging
import time
from pathlib import Path
from typing import Any

import model_handler
from errors import ModelError, first_line

log = logging.getLogger("loading")


def load_model(model_dir: Path) -> Any:
    """What model_handler.load returns. Raises ModelError."""
    # A model written by another version of its library says so in a warning.
    logging.captureWarnings(True)
    started = time.monotonic()
    try:
        model = model_handler.load(model_dir)
    except ModelError:
        raise
    except Exception as error:
        kind = type(error).__name__
        raise ModelError(f"model_handler.load: {kind}: {first_line(error)}") from error
    log.info("model loaded in %.1f s", time.monotonic() - started)
    return model
