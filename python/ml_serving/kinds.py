"""The kinds of models. model_handler.py says by `KIND = "…"` of which one its model is."""

import ast
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path


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
            case ast.Assign(
                targets=[ast.Name("KIND")], value=ast.Constant(str(kind))
            ) if kind in KINDS:
                return kind
            case ast.Assign(targets=[ast.Name("KIND")], value=value):
                sys.exit(f"model_handler.py: KIND is {ast.unparse(value)}: {ALLOWED}")
            case _:
                pass
    sys.exit(f"model_handler.py has no KIND: {ALLOWED}")


ALLOWED = f"it takes one of {', '.join(repr(name) for name in KINDS)}"
