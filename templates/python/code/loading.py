"""Loads the model, or says in one line why it cannot be loaded."""

import logging
import time
from pathlib import Path
from typing import Any

import model_handler
from errors import ModelError, first_line
from features import Features

log = logging.getLogger("loading")


def load_model(model_dir: Path) -> tuple[Any, Features]:
    """The model, and the features that it was trained on. Raises ModelError."""
    # A model written by another version of its library says so in a warning.
    logging.captureWarnings(True)
    started = time.monotonic()
    try:
        model = model_handler.load(model_dir)
        features = model_handler.features(model)
    except ModelError:
        raise
    except Exception as error:
        kind = type(error).__name__
        raise ModelError(f"model_handler: {kind}: {first_line(error)}") from error
    log.info("model loaded in %.1f s", time.monotonic() - started)
    return model, features
