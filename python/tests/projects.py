"""A project's code/: the package, and beside it what generated projects have, as rendered/ holds it."""

import importlib.util
import re
import shutil
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
RENDERED = HERE / "rendered"
PACKAGE = HERE.parent / "ml_serving"
# What projects with an engine ask their endpoints with.
SCRIPTS = HERE.parents[1] / "templates/engine/test"
# What Python is compiling in another process.
UNFINISHED = shutil.ignore_patterns("*.pyc.*")


def put_together(folder: Path, server: str, handler: str | None = None) -> Path:
    """The code/ of a project, in a new folder. server, handler: names in rendered/; without a handler, the model
    is an engine's."""
    code = folder / "code"
    shutil.copytree(PACKAGE, code / "ml_serving", ignore=UNFINISHED)
    shutil.copy(RENDERED / "serve" / f"{server}.py", code / "serve")
    (code / "serve").chmod(0o755)
    if handler:
        shutil.copy(RENDERED / "handlers" / f"{handler}.py", code / "model_handler.py")
        shutil.copy(RENDERED / "apps" / f"{server}.py", code / "app.py")
    return code


def handler_of(name: str) -> ModuleType:
    """model_handler.py of rendered/, imported."""
    path = RENDERED / "handlers" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"tests.rendered.handlers.{name}", path)
    assert spec and spec.loader
    handler = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(handler)
    return handler


def edited(
    code: Path, folder: Path, *, predict: str = "", load: str = "", top: str = "", ends: dict[str, str] | None = None
) -> Path:
    """A copy of code/. predict, load: put at the start of these functions in model_handler.py, top: of the file.
    ends: what other files get at their end, where it can replace what they define."""
    copy = folder / "code"
    shutil.copytree(code, copy, ignore=UNFINISHED)
    handler = copy / "model_handler.py"
    content = handler.read_text()
    for name, line in (("predict", predict), ("load", load)):
        pattern = re.compile(rf"(\ndef {name}\([^:]*:.*?\n    \"\"\".*?\"\"\"\n)", re.DOTALL)
        content, count = pattern.subn(lambda found, line=line: f"{found[1]}    {line or 'pass'}\n", content)
        assert count == 1, name
    handler.write_text(f"import os\nimport signal\nimport time\n{top}\n{content}")
    for name, addition in (ends or {}).items():
        with (copy / name).open("a") as file:
            file.write(f"\n\n{addition}\n")
    return copy
