"""The log: one JSON object a line on standard output, where SageMaker collects it."""

import asyncio
import logging
import os
import random
import sys
from datetime import UTC, datetime

import orjson

from ml_serving.settings import settings


class JsonLines(logging.Formatter):
    """time, level, event, and whatever `extra={"fields": {…}}` adds."""

    def format(self, record: logging.LogRecord) -> str:
        document = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            document["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(document, default=str).decode()


def configure() -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    # A model written by another version of its library says so in a warning.
    logging.captureWarnings(True)


class AccessLog:
    """A line for each answer; those of one round of the event loop are written at once.

    All failures are in it, and of the rest the share that SERVER_ACCESS_LOG says.
    """

    def __init__(self) -> None:
        self._lines: list[bytes] = []

    def takes(self, status: int) -> bool:
        if level_of(status) < settings.log_level:
            return False
        share = settings.access_log
        return status >= 400 or share == 1 or random.random() < share

    def add(self, status: int, fields: dict[str, object]) -> None:
        """fields: None stands for one that the request does not have."""
        if not self._lines:
            asyncio.get_running_loop().call_soon(self._write)
        line: dict[str, object] = {
            "time": datetime.now(UTC),
            "level": logging.getLevelName(level_of(status)),
            "event": "request",
            "status": status,
        }
        line.update(item for item in fields.items() if item[1] is not None)
        self._lines.append(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def _write(self) -> None:
        lines, self._lines = b"".join(self._lines), []
        while lines:
            lines = lines[os.write(1, lines) :]


def level_of(status: int) -> int:
    if status < 400:
        return logging.INFO
    return logging.WARNING if status < 500 else logging.ERROR
