"""Every setting of the server: its environment variable, its default, its limits, its meaning.

A value that cannot be used stops the container at once, with one clear line. The project's README and the
generator's docs are made from what stands here.
"""

import ipaddress
import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any, NoReturn, TypeVar

from ml_serving.kinds import KINDS, kind_of_handler
from ml_serving.machine import available_cpus, available_memory, has_gpu

Value = TypeVar("Value")

cpus = available_cpus()
multi_model = os.environ.get("SAGEMAKER_MULTI_MODEL", "").lower() == "true"
batch_transform = os.environ.get("SAGEMAKER_BATCH", "").lower() == "true"


@dataclass(frozen=True)
class Default:
    """A value, or how it is found on this machine; and how it is told, in Markdown."""

    value: object
    shown: str = ""

    def now(self) -> object:
        return self.value() if callable(self.value) else self.value

    def __str__(self) -> str:
        value = self.value
        written = str(value).lower() if isinstance(value, bool) else str(value)
        return self.shown or f"`{written}`"


@dataclass(frozen=True)
class Setting:
    """An environment variable. read: from its text to its value; ends the process where that cannot be.

    meaning: in Markdown. often: whether it is one that people change. kinds: of models that have it; none: all. by_kind:
    their own defaults and meanings. elsewhere: what SageMaker's own containers call it, read where it is not set.
    """

    variable: str
    read: Callable[[str, str], Any]
    default: Default
    meaning: str
    often: bool
    kinds: tuple[str, ...]
    by_kind: Mapping[str, tuple[Default, str]]
    elsewhere: tuple[str, ...]

    def for_kind(self, kind: str | None) -> tuple[Default, str]:
        return self.by_kind.get(kind or "", (self.default, self.meaning))

    @property
    def names(self) -> tuple[str, ...]:
        """The variables that say it, strongest first."""
        return (self.variable, *self.elsewhere)

    def value(self, kind: str | None) -> Any:
        """As the environment has it; ends the process where that cannot be."""
        for variable in self.names:
            if text := os.environ.get(variable):
                return self.read(variable, text)
        return self.read(self.variable, str(self.for_kind(kind)[0].now()))


def setting(
    variable: str,
    read: Callable[[str, str], Value],
    default: Default,
    meaning: str,
    often: bool = False,
    kinds: tuple[str, ...] = tuple(KINDS),
    by_kind: Mapping[str, tuple[Default, str]] | None = None,
    elsewhere: tuple[str, ...] = (),
) -> Value:
    """A field of Settings, of the type that read gives: see Setting."""
    declared = Setting(
        variable, read, default, meaning, often, kinds, by_kind or {}, elsewhere
    )
    return field(metadata={"setting": declared})


# How the text of a variable becomes its value.


def whole_number(least: int, most: int) -> Callable[[str, str], int]:
    def read(variable: str, text: str) -> int:
        digits = text.isascii() and text.isdigit() and len(text) < 10
        if not digits or not least <= int(text) <= most:
            refuse(variable, text, f"a whole number from {least} to {most}")
        return int(text)

    return read


def read_share(variable: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        refuse(variable, text, "a number from 0 to 1")
    return value


def read_yes_or_no(variable: str, text: str) -> bool:
    if text.lower() not in ("true", "1", "yes", "false", "0", "no"):
        refuse(variable, text, "true or false")
    return text.lower() in ("true", "1", "yes")


def read_text(_: str, text: str) -> str:
    return text


def read_log_level(variable: str, text: str) -> int:
    """SageMaker's own containers take numbers too: 20 is INFO."""
    names = logging.getLevelNamesMapping()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    if text.upper() not in names:
        refuse(variable, text.upper(), f"a number, or one of {', '.join(names)}")
    return names[text.upper()]


def read_address(variable: str, text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        refuse(variable, text, "an IP address, such as 127.0.0.1")


def refuse(variable: str, text: str, allowed: str) -> NoReturn:
    sys.exit(f"{variable} is {text!r}: it takes {allowed}")


# Defaults that depend on the machine, or on what SageMaker uses the container for.
ONE_FOR_EACH_CPU = Default(lambda: 1 if multi_model else cpus, "one for each CPU")
ONE_ON_GPU = Default(
    lambda: 1 if multi_model or has_gpu() else cpus, "one for each CPU, `1` with a GPU"
)
# The most that SageMaker sends.
LARGEST_BODY = Default(lambda: 100 if batch_transform else 25, "`25`")
MOST_MEMORY = Default(
    lambda: available_memory() * 8 // 10 // 2**20, "80 % of the memory"
)

COPIES = (
    "processes that run the model, each with its share of the CPUs; they share the loaded "
    "model's memory, but each has its own copy on a GPU"
)

SHARE = (
    "so many of the requests that wait go to one worker, before another one that is free "
    "gets some"
)


@dataclass(frozen=True)
class Settings:
    """The settings in force."""

    workers: int = setting(
        "SERVER_WORKERS",
        whole_number(1, 256),
        ONE_FOR_EACH_CPU,
        "processes that predict; they share the loaded model's memory. One for each model on "
        "multi-model endpoints",
        often=True,
        # Texts that are generated together cost hardly more than one.
        by_kind={"texts": (ONE_ON_GPU, COPIES), "generation": (Default(1), COPIES)},
        elsewhere=("SAGEMAKER_MODEL_SERVER_WORKERS",),
    )
    max_body_mb: int = setting(
        "SERVER_MAX_BODY_MB",
        whole_number(1, 1024),
        LARGEST_BODY,
        "larger requests, and compressed ones that unpack to more, are refused with 413. "
        "SageMaker sends 25 MB at most, batch transform 100 MB: the default there",
        often=True,
    )
    share: int = setting(
        "SERVER_SHARE",
        whole_number(1, 256),
        Default(16),
        SHARE,
        # A text costs much more than a call: two workers are faster than one from about so many on.
        by_kind=dict.fromkeys(("texts", "generation"), (Default(8), SHARE)),
    )
    batch_delay_ms: int = setting(
        "SERVER_BATCH_DELAY_MS",
        whole_number(0, 1000),
        Default(0),
        "how long a request waits for others to be predicted with; by default only while all "
        "workers are busy",
        # Clients that were answered together ask again together, but not in the same instant: without it, a
        # worker is busy with the first of them alone. A text takes ten times as long as a row.
        by_kind={
            "texts": (
                Default(2),
                "how long a request waits for others to be answered with",
            )
        },
    )
    batch_rows: int = setting(
        "SERVER_BATCH_ROWS",
        whole_number(1, 100_000),
        Default(4096),
        "rows of several requests that are predicted in one call; `1`: each request by itself",
        kinds=("rows",),
    )
    probabilities: bool = setting(
        "SERVER_PROBABILITIES",
        read_yes_or_no,
        Default(False),
        "`true`: answer with each class's probability",
        often=True,
        kinds=("rows",),
    )
    bare_list: bool = setting(
        "SERVER_BARE_LIST",
        read_yes_or_no,
        Default(False),
        "`true`: the answer in JSON is the list of predictions alone, as SageMaker's own containers give it",
        kinds=("rows",),
    )
    schema: bool = setting(
        "SERVER_SCHEMA",
        read_yes_or_no,
        Default(True),
        "`false`: `GET /schema` and `GET /openapi.json` say nothing of the model's columns, categories and examples",
        kinds=("rows",),
    )
    queue: int = setting(
        "SERVER_QUEUE",
        whole_number(1, 100_000),
        Default(1000),
        "requests that wait for a worker; those beyond are refused with 503",
    )
    predict_seconds: int = setting(
        "SERVER_PREDICT_SECONDS",
        whole_number(1, 3600),
        Default(60),
        "after which a worker that still predicts is replaced, and its requests get 504. SageMaker waits 60 s",
        often=True,
        elsewhere=(
            "SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS",
            "SAGEMAKER_MODEL_SERVER_TIMEOUT",
        ),
    )
    access_log: float = setting(
        "SERVER_ACCESS_LOG",
        read_share,
        Default(1),
        "the share of answered requests that get a line in the log, from 0 to 1; those that fail always get one",
        often=True,
    )
    default_accept: str = setting(
        "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT",
        read_text,
        Default("", "`application/json`; in batch transform, lines for lines"),
        "the content type of answers to requests without `Accept`, or with `*/*`; serial pipelines set it",
        kinds=("rows", "texts"),
    )
    models_mb: int = setting(
        "SERVER_MODELS_MB",
        whole_number(1, 100_000_000),
        MOST_MEMORY,
        "on multi-model endpoints, what all models together may hold",
    )
    log_level: int = setting(
        "SM_LOG_LEVEL",
        read_log_level,
        Default("INFO"),
        "a name or a number. Requests are `INFO`, those refused `WARNING`, those that failed here `ERROR`",
        often=True,
        elsewhere=("SAGEMAKER_CONTAINER_LOG_LEVEL",),
    )
    model_dir: str = setting(
        "SM_MODEL_DIR",
        read_text,
        Default("/opt/ml/model"),
        "the folder that holds the model",
    )
    port: int = setting(
        "SAGEMAKER_BIND_TO_PORT",
        whole_number(1, 65_535),
        Default(8080),
        "the port, the only one that is opened; set by SageMaker where several containers share a host",
    )
    host: str = setting(
        "SERVER_HOST",
        read_address,
        Default("0.0.0.0"),
        "the address that is listened on. SageMaker needs all of them; `127.0.0.1` is for this machine alone",
    )

    @property
    def threads(self) -> int:
        """Of one worker: workers times threads must not exceed the CPUs."""
        return 1 if multi_model else max(1, cpus // self.workers)

    @property
    def max_body_bytes(self) -> int:
        return self.max_body_mb * 1024 * 1024

    @property
    def max_rows_bytes(self) -> int:
        """What the rows of a request may take in a form that holds once what repeats, or leaves values out: as much as
        the largest body of all others, whose shortest field is a comma, and a number of 64 bits."""
        return 8 * self.max_body_bytes

    @property
    def max_values(self) -> int:
        """So many values of CSV that are not all numbers, or lines of JSON or text, a body may have: each takes a
        hundred bytes or more, and may be one byte there."""
        return self.max_body_bytes // 4


DECLARED: Mapping[str, Setting] = {
    one.name: one.metadata["setting"] for one in fields(Settings)
}


def read_settings(kind: str | None) -> Settings:
    return Settings(**{name: one.value(kind) for name, one in DECLARED.items()})


# What other servers and platforms call a setting. It may well be meant for something else beside this server.
NOT_READ = {"PORT": "port"}


def without_effect(kind: str | None) -> list[str]:
    """What to say of the environment's SERVER_* variables that no setting of such models reads, and of those that
    another one precedes."""
    declared = [one for one in DECLARED.values() if kind in (None, *one.kinds)]
    known = [one.variable for one in declared]
    unknown = [name for name in os.environ if name.startswith("SERVER_")]
    return (
        [
            f"{name} has no effect: it is no setting of this server"
            + "".join(
                f"; did you mean {near}?" for near in get_close_matches(name, known, 1)
            )
            for name in sorted(set(unknown) - set(known))
        ]
        + [
            f"{name} has no effect: {given[0]} is set"
            for one in declared
            if (given := [name for name in one.names if os.environ.get(name)])
            for name in given[1:]
            if os.environ[name] != os.environ[given[0]]
        ]
        + [
            f"{name} has no effect: the setting is called {DECLARED[setting].variable} here, and is {in_force}"
            for name, setting in NOT_READ.items()
            for in_force in [getattr(settings, setting)]
            if os.environ.get(name, "") not in ("", str(in_force))
        ]
    )


kind = kind_of_handler()
settings = read_settings(kind)
