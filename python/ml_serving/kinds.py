"""The kinds of models. model_handler.py says by `KIND = "…"` of which one its model is."""

import ast
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn


@dataclass(frozen=True)
class Kind:
    """adapter: the module that loads such models and answers with them (see worker/adapter.py).

    joining: whether a worker takes more requests while it is at others.
    """

    adapter: str
    joining: bool = False


KINDS = {
    # Rows of values, each with its prediction.
    "rows": Kind("ml_serving.rows.adapter"),
    # Texts, answered after one pass through a model of transformers.
    "texts": Kind("ml_serving.texts.adapter"),
    # Texts that a model of transformers continues, token by token.
    "generation": Kind("ml_serving.generation.adapter", joining=True),
}


def kind_of_handler() -> str | None:
    """Which kind model_handler.py is of: read, not imported, since that takes its libraries.

    None where the file cannot be read: importing it, later, says why. Ends the process where it names no kind.
    """
    spec = importlib.util.find_spec("model_handler")
    if not spec or not spec.origin:
        return None
    try:
        module = ast.parse(Path(spec.origin).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    for statement in module.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name("KIND")], value=ast.expr() as value)
                | ast.AnnAssign(target=ast.Name("KIND"), value=ast.expr() as value)
            ):
                if isinstance(value, ast.Constant) and value.value in KINDS:
                    return str(value.value)
                refuse(f"is {ast.unparse(value)}")
            case _:
                pass
    refuse("is missing")


def refuse(wrong: str) -> NoReturn:
    allowed = ", ".join(repr(name) for name in KINDS)
    sys.exit(
        f"model_handler.py: KIND {wrong}: it takes one of {allowed}, written as such in a "
        "line of its own, since it is read before the file is run (see ml_serving/handler.py)"
    )
