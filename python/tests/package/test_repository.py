"""What stands in two places is the same in both."""

import json

import facts
import ml_serving
from tests.projects import HERE

REPOSITORY = HERE.parents[1]


def test_the_package_has_the_version_of_the_generator() -> None:
    assert ml_serving.__version__ == json.loads((REPOSITORY / "package.json").read_text())["version"]


def test_the_generator_tells_of_the_server_what_the_server_says_of_itself() -> None:
    """Else: python facts.py > ../generators/serving-facts.ts"""
    assert (REPOSITORY / "generators/serving-facts.ts").read_text() == facts.module()


def test_every_rendered_handler_is_held_against_its_protocol_by_the_type_checker() -> None:
    typed = "".join(path.read_text() for path in (HERE / "typing").glob("*.py"))
    names = [path.stem for path in (HERE / "rendered/handlers").glob("*.py")]
    assert names
    assert [name for name in names if f"    {name},\n" not in typed and f"import {name}\n" not in typed] == []
