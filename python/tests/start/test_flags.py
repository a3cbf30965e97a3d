"""Variables become flags: whatever a user writes comes out of a parser as it went in."""

import argparse
import json

from hypothesis import given
from hypothesis import strategies as st

from ml_serving.engine.flags import arguments, read_flags

PREFIX = "SM_VLLM_"

# What an environment can hold, except the words and lists that mean something else.
texts = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1)


def means_something_else(text: str) -> bool:
    # Python's parser drops a value of two dashes, however it is given.
    if text.lower() in ("true", "false", "--"):
        return True
    try:
        return isinstance(json.loads(text), list)
    except ValueError:
        return False


def flags_of(**variables: str) -> list[str]:
    return arguments(read_flags({PREFIX + name: text for name, text in variables.items()}, PREFIX))


def parsed(arguments: list[str], **option: object) -> object:
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("--foo-bar", **option)
    return parser.parse_args(arguments).foo_bar


@given(texts.filter(lambda text: not means_something_else(text)))
def test_any_text_stays_one_value(text: str) -> None:
    assert parsed(flags_of(FOO_BAR=text)) == text


@given(st.dictionaries(texts, st.recursive(st.none() | st.booleans() | st.integers() | texts, st.lists)))
def test_a_json_object_stays_one_value_as_it_was_written(value: dict) -> None:
    text = json.dumps(value, indent=1)
    assert parsed(flags_of(FOO_BAR=text)) == text


@given(st.lists(texts.filter(lambda text: not text.startswith("-")), min_size=1))
def test_a_json_list_is_several_values(values: list[str]) -> None:
    assert parsed(flags_of(FOO_BAR=json.dumps(values)), nargs="+") == values


def test_true_is_the_flag_alone_and_false_no_flag() -> None:
    assert flags_of(A="true", B="True", C="", D="false", E="False") == ["--a", "--b", "--c"]


def test_objects_and_numbers_in_a_list_stay_json() -> None:
    assert flags_of(LORA_MODULES='[{"name": "a"}, 2]') == ["--lora-modules", '{"name": "a"}', "2"]


def test_other_variables_are_none_of_the_engines_business() -> None:
    assert read_flags({"SM_SGLANG_A": "1", "SM_MODEL_DIR": "/x", "VLLM_CACHE_ROOT": "/y"}, PREFIX) == {}
