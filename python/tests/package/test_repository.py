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
