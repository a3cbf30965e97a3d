"""What model_handler.py gives, for each kind of model: the one place that says it.

A handler is a module with the functions and values of its kind's protocol (values stand there as properties). The
server holds it against that when it starts: see `checked`.
"""

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast, get_origin

from ml_serving.documents import Json
from ml_serving.errors import ModelError

if TYPE_CHECKING:
    # Each kind's own libraries: other projects have neither them nor these folders.

    from ml_serving.pretrained.loading import Pretrained
    from ml_serving.rows.features import Features
    from ml_serving.texts.batches import Encoded
    from ml_serving.texts.checks import Check


class RowsHandler(Protocol):
    """KIND = "rows": a model that predicts for rows of values.

    Beside these, REQUEST_TYPES may list further content types that it reads (RequestType in
    rows/forms/content_types.py), and classes(model) what the columns of probabilities are for: answers in JSON say it.
    """

    @property
    def KIND(self) -> str: ...

    def load(self, model_dir: Path) -> Any:
        """The model, loaded once, when the container starts. Raises ModelError."""
        ...

    def features(self, model: Any) -> "Features":
        """What the rows of a request must hold: requests that differ are refused with 400."""
        ...

    def prepare(self, model: Any) -> None:
        """Called by each worker when it starts, before it predicts: the only place for what starts threads, since
        workers are forked from the process that called load."""
        ...

    def predict(self, model: Any, data: Any) -> Any:
        """Predicts for rows in the form that features() names: a (rows, features) array (float64; int64 where all
        values are whole and the model tells these from others; objects where some are texts), a pandas data frame,
        or a list of texts.

        Returns an array, or what becomes one, with an entry for each row. A ValueError or TypeError is the model's
        way of refusing rows, and answered with 400; anything else with 500.
        """
        ...


class TextsHandler(Protocol):
    """KIND = "texts": a model of transformers that answers after one pass."""

    @property
    def KIND(self) -> str: ...

    @property
    def PARAMETERS(self) -> Mapping[str, "Check"]:
        """The parameters of requests, and what each may be."""
        ...

    @property
    def OUTPUTS(self) -> Sequence[str]:
        """Names of the model's outputs that are looked at."""
        ...

    @property
    def PER_TOKEN(self) -> bool:
        """Whether these have an entry for each token."""
        ...

    @property
    def SINGLE_IN_LIST(self) -> bool:
        """Whether the answer to a single input comes in a list all the same."""
        ...

    def load(self, model_dir: Path) -> "Pretrained":
        """The model and its tokenizer, loaded once, when the container starts. Raises ModelError."""
        ...

    def prepare(self, pretrained: "Pretrained") -> Any:
        """Called by each worker when it starts, with the model where it will run: what encode and answer work with."""
        ...

    def encode(
        self, task: Any, given: Json, parameters: dict[str, Any]
    ) -> "list[Encoded]":
        """What the model is to run on for one input of a request. Raises RequestError."""
        ...

    def answer(
        self, task: Any, outputs: list[dict[str, Any]], parameters: dict[str, Any]
    ) -> Any:
        """The answer to that input, as JSON has it. outputs: one for each that encode gave."""
        ...


class GenerationHandler(Protocol):
    """KIND = "generation": a model of transformers that continues texts."""

    @property
    def KIND(self) -> str: ...

    @property
    def MAX_NEW_TOKENS(self) -> int:
        """Tokens that are generated unless a request says how many."""
        ...

    @property
    def AT_ONCE(self) -> int:
        """Texts that one worker generates at the same time."""
        ...

    def load(self, model_dir: Path) -> "Pretrained":
        """The model and its tokenizer, loaded once, when the container starts. Raises ModelError."""
        ...


Handler = TypeVar("Handler")
Model = TypeVar("Model")


def returned(model: Model | None) -> Model:
    """What load gave. Raises ModelError where it forgot to return it."""
    if model is None:
        raise ModelError(
            "model_handler.py: load returned None: it must return the model"
        )
    return model


def checked(handler: ModuleType, protocol: type[Handler]) -> Handler:
    """The module as what its kind's protocol says. Raises ModelError with all that it lacks, in one line."""
    members = {
        name: member
        for name, member in vars(protocol).items()
        if isinstance(member, property | FunctionType) and not name.startswith("_")
    }
    problems = (
        wrong_value(handler, name, type_of(member))
        if isinstance(member, property)
        else wrong_function(handler, name, member)
        for name, member in members.items()
    )
    wrong = [problem for problem in problems if problem]
    if wrong:
        raise ModelError(
            f"model_handler.py: {'; '.join(wrong)} (see ml_serving/handler.py)"
        )
    return cast(Handler, handler)


def type_of(value: property) -> Any:
    """As the protocol has it; text where that is for type checkers only."""
    return inspect.get_annotations(value.fget)["return"] if value.fget else None


def wrong_value(handler: ModuleType, name: str, expected: Any) -> str | None:
    """expected: its type."""
    if not hasattr(handler, name):
        return f"{name} is missing"
    value = getattr(handler, name)
    kind = get_origin(expected) or expected
    # A text is a sequence of texts, too, and never meant as one; a bool is an int.
    mistaken = {Sequence: str, int: bool}.get(kind)
    if isinstance(value, kind) and not (mistaken and isinstance(value, mistaken)):
        return None
    words = inspect.formatannotation(expected).removeprefix("collections.abc.")
    return f"{name} is {value!r}, not {words}"


def wrong_function(
    handler: ModuleType, name: str, expected: FunctionType
) -> str | None:
    """expected: the protocol's own, with self before what the handler's takes."""
    parameters = [
        one for one in inspect.signature(expected).parameters if one != "self"
    ]
    call = f"({', '.join(parameters)})"
    if not hasattr(handler, name):
        return f"{name}{call} is missing"
    given = getattr(handler, name)
    if not callable(given):
        return f"{name} is no function, but {given!r}"
    if inspect.iscoroutinefunction(given) or inspect.isasyncgenfunction(given):
        return f"{name} is async: it is called as a plain function, in a process of its own, so write def, not async def"
    if inspect.isgeneratorfunction(given):
        return f"{name} is a generator: what it gives is taken as a whole, so write return, not yield"
    try:
        inspect.signature(given).bind(*parameters)
    except TypeError as error:
        return f"{name} is called with {call}: {error}"
    except ValueError:
        # A function of a library in C that tells no signature.
        return None
    return None
