"""Which functions inference.py has, and how each of them is called."""

import importlib
import importlib.util
import inspect
import logging
import os
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ml_serving.errors import ModelError, first_line
from ml_serving.scripts.aws import of_aws
from ml_serving.settings import settings

log = logging.getLogger(__name__)

MODULE = "inference"
FILE = f"{MODULE}.py"
# What the containers call, and with what; each may take the context after that.
CALLS: Mapping[str, tuple[str, ...]] = {
    "pre_model_fn": ("model_dir",),
    "model_fn": ("model_dir",),
    "model_warmup_fn": ("model_dir", "model"),
    "input_fn": ("body", "content_type"),
    "predict_fn": ("data", "model"),
    "output_fn": ("prediction", "accept"),
    "transform_fn": ("model", "body", "content_type", "accept"),
}
# One of them is enough; the other two are called beside them.
MAIN = ("model_fn", "input_fn", "predict_fn", "output_fn", "transform_fn")
STEPS = ("input_fn", "predict_fn", "output_fn")


@dataclass(frozen=True)
class Function:
    """One of them. with_context: whether it takes the context after its other arguments."""

    name: str
    call: Callable[..., Any]
    with_context: bool

    def __call__(self, *given: Any, context: Any) -> Any:
        return self.call(*given, *([context] if self.with_context else []))


def read_script() -> Mapping[str, Function]:
    """Imports inference.py. Its functions by their names. Raises ModelError."""
    # The images of AWS set it, and scripts count on that.
    os.environ.setdefault("SM_MODEL_DIR", settings.model_dir)
    script = imported()
    found = {
        name: function(name, getattr(script, name))
        for name in CALLS
        if hasattr(script, name)
    }
    if not found.keys() & set(MAIN):
        raise ModelError(f"{FILE} has none of {', '.join(MAIN)}: define those you need")
    both = [name for name in STEPS if name in found]
    if "transform_fn" in found and both:
        raise ModelError(
            f"{FILE} has transform_fn and {', '.join(both)}: transform_fn does all that "
            "these do, so keep one or the other"
        )
    ours = [name for name in ("model_fn", *STEPS) if name not in found]
    if "transform_fn" in found:
        ours = [name for name in ours if name not in STEPS]
    fields = {"called": list(found), "done by the server": ours}
    log.info("%s is read", FILE, extra={"fields": fields})
    return found


def imported() -> ModuleType:
    try:
        return importlib.import_module(MODULE)
    except ModuleNotFoundError as error:
        if error.name == MODULE:
            raise ModelError(f"there is no {FILE} beside model_handler.py") from error
        raise ModelError(missing(error)) from error
    except ImportError as error:
        raise ModelError(f"{where(error)}: {first_line(error)}") from error
    except SyntaxError as error:
        raise ModelError(
            f"{where(error)}: {type(error).__name__}: {error.msg}"
        ) from error
    except (Exception, SystemExit) as error:
        log.exception("%s cannot be imported", FILE)
        kind = type(error).__name__
        raise ModelError(
            f"{where(error)}: {kind}: {first_line(error)}; what is only for training goes "
            'below `if __name__ == "__main__":`'
        ) from error


def missing(error: ModuleNotFoundError) -> str:
    """Which line imports what is not here, and what to do about it."""
    name = error.name or str(error)
    return f"{where(error)}: no module {name!r}: " + (
        of_aws(name)
        or "put your own beside inference.py, and the name of a library into requirements.txt"
    )


def where(error: BaseException) -> str:
    """The line of inference.py, or of a module of the user's that it imports, that failed."""
    file, line, text = FILE, None, None
    if isinstance(error, SyntaxError) and error.filename:
        file, line, text = os.path.basename(error.filename), error.lineno, error.text
    else:
        spec = importlib.util.find_spec(MODULE)
        code = os.path.dirname(spec.origin) if spec and spec.origin else FILE
        frames = traceback.extract_tb(error.__traceback__)
        own = [one for one in frames if os.path.dirname(one.filename) == code]
        if own:
            file, line, text = (
                os.path.basename(own[-1].filename),
                own[-1].lineno,
                own[-1].line,
            )
    return f"{file}, line {line} (`{(text or '').strip()}`)" if line else file


def function(name: str, given: Any) -> Function:
    """Raises ModelError where it cannot be called."""
    arguments = CALLS[name]
    says = f"{FILE}: {name}"
    if not callable(given):
        raise ModelError(f"{says} is no function, but {given!r}")
    if inspect.iscoroutinefunction(given) or inspect.isasyncgenfunction(given):
        raise ModelError(
            f"{says} is async: it is called as a plain function, in a process of its own, so write def, not async def"
        )
    if inspect.isgeneratorfunction(given):
        raise ModelError(
            f"{says} is a generator: what it gives is taken as a whole, so write return, not yield"
        )
    try:
        signature = inspect.signature(given)
    except ValueError:
        # A function of a library in C that tells no signature.
        return Function(name, given, False)
    context = takes_context(signature, len(arguments))
    try:
        signature.bind(*arguments, *(["context"] if context else []))
    except TypeError as error:
        shown = ", ".join(arguments)
        raise ModelError(
            f"{says} is called with ({shown}), or with ({shown}, context): {error}"
        ) from error
    return Function(name, given, context)


def takes_context(signature: inspect.Signature, count: int) -> bool:
    """Whether there is one more parameter than arguments. One of another name that has a default is the script's own."""
    parameters = [
        one
        for one in signature.parameters.values()
        if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)
    ]
    if len(parameters) != count + 1:
        return False
    last = parameters[-1]
    return last.default is last.empty or last.name in ("context", "ctx")
