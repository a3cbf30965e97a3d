"""The forms in which clients of other containers ask."""

import csv
import io
import json
import logging
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_serving.errors import RequestError
from ml_serving.settings import Settings
from ml_serving.texts.decoders import Asked, decode_csv, decode_json_lines
from ml_serving.worker import others
from tests.texts.asked import PARAMETERS, TEXTS, as_inputs, ask, request

JSON, CSV, LINES = b"application/json", b"text/csv", b"application/jsonlines"


def of(task: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("task", [task], indirect=True, scope="session")


def document(content: Any, content_type: bytes = JSON) -> tuple[bytes, bytes, None, None]:
    body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
    return body, content_type, None, None


def test_inputs_have_the_names_that_other_servers_give_them(task: str, predicting: Any) -> None:
    inputs, parameters = as_inputs(task, TEXTS), PARAMETERS[task][0]
    [expected] = ask(predicting, request(inputs, parameters))
    assert expected[0] == 200
    named = [document({name: inputs, "parameters": parameters}) for name in ("instances", "data")]
    assert ask(predicting, *named) == [expected] * 2


@of("question-answering")
def test_a_question_may_come_as_it_is_with_its_parameters(predicting: Any) -> None:
    question = {"question": "bade figo?", "context": TEXTS[0]}
    [expected] = ask(predicting, request(question, {"top_k": 2}))
    assert expected[0] == 200
    assert ask(predicting, document({**question, "parameters": {"top_k": 2}})) == [expected]
    assert ask(predicting, document(json.dumps({**question, "parameters": {"top_k": 2}}), LINES)) == [expected]


@of("question-answering")
def test_a_table_of_questions_is_answered_row_by_row(predicting: Any) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["context", "question"])
    writer.writerows([text, 'bade, "figo"?'] for text in TEXTS)
    asked = [{"question": 'bade, "figo"?', "context": text} for text in TEXTS]
    assert ask(predicting, document(text.getvalue(), CSV)) == ask(predicting, request(asked))


@of("text-classification")
def test_a_column_of_inputs_is_answered_row_by_row(predicting: Any) -> None:
    expected = ask(predicting, request(TEXTS[:2]))
    body = f'inputs\n"{TEXTS[0]}"\n\n{TEXTS[1]}\n'
    assert ask(predicting, document(body, CSV)) == expected
    assert ask(predicting, document(body.removeprefix("inputs\n"), b"text/csv; header=absent")) == expected


@of("text-classification")
def test_what_is_wrong_with_the_first_line_is_said_before_the_others_are_read(predicting: Any) -> None:
    lines = '{"inputs": 5}\n' + "no JSON\n" * 3
    [(status, answer)] = ask(predicting, document(lines, LINES))
    assert (status, answer["error"]) == (400, "expected a text")


@of("text-classification")
def test_keys_that_mean_something_elsewhere_are_ignored_and_the_log_says_so_once(
    predicting: Any, caplog: pytest.LogCaptureFixture
) -> None:
    others.say.cache_clear()
    asked = {"inputs": TEXTS[0], "options": {"wait_for_model": True}}
    with caplog.at_level(logging.WARNING):
        assert ask(predicting, document(asked), document(asked)) == ask(predicting, request(TEXTS[0])) * 2
    [line] = [record for record in caplog.records if record.name == others.__name__]
    assert vars(line)["fields"] == {"key": "options"}


@of("text-classification")
@pytest.mark.parametrize(
    ("content", "content_type", "said"),
    [
        ({"inputs": "a", "paramters": {"top_k": 2}}, JSON, '"paramters" is unknown; did you mean "parameters"?'),
        ({"inputs": "a", "top_k": 2}, JSON, '"top_k" goes into "parameters"'),
        ({"inputs": "a", "data": "b"}, JSON, 'expected {"inputs": …}'),
        ({"question": "a"}, JSON, 'expected {"inputs": …}'),
        ([{"inputs": "a"}], JSON, 'expected {"inputs": …}'),
        ({"question": "a", "context": "b"}, JSON, 'expected {"text": "…", "text_pair": "…"}'),
        ("a text\nanother", CSV, "the first line of CSV must name its columns: inputs, or question and context"),
        ("", CSV, "the first line of CSV must name its columns"),
        ("inputs\n", CSV, "there is no line below the names of columns"),
        ("inputs\na,b\n", CSV, "row 1 has 2 fields, expected 1"),
        ("text,text_pair\na,b\na\n", CSV, "row 2 has 1 fields, expected 2"),
        ("a,b", b"text/csv; header=absent", "row 1 has 2 fields, expected 1"),
    ],
)
def test_what_would_change_the_answer_without_a_word_is_refused(
    predicting: Any, content: Any, content_type: bytes, said: str
) -> None:
    [(status, answer)] = ask(predicting, document(content, content_type))
    assert (status, said in answer["error"]) == (400, True), answer


@settings(max_examples=200, deadline=None)
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_any_texts_come_out_of_csv_as_they_went_in(texts: list[str]) -> None:
    body = io.StringIO()
    csv.writer(body, quoting=csv.QUOTE_ALL).writerows([["inputs"], *([text] for text in texts)])
    assert decode_csv(body.getvalue().encode(), {}) == [Asked(list(texts), False, {}, [])]


@pytest.mark.parametrize(
    ("decode", "start", "line"),
    [
        (decode_csv, b"inputs\n", b"a\n"),
        (decode_csv, b"inputs\n", b"a\r"),
        (decode_csv, b"inputs\n", b","),
        (decode_csv, b"", b"\r"),
        (decode_json_lines, b"", b"1\n"),
        (decode_json_lines, b'{"inputs": "a"}', b"\n"),
    ],
)
def test_more_lines_than_can_be_held_are_refused_before_they_are_read(
    decode: Any, start: bytes, line: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Settings, "max_body_bytes", 1024 * 1024)
    body = start + line * (1024 * 1024 // len(line) - len(start))
    with pytest.raises(RequestError, match="more than 262144 values"):
        list(decode(body, {}))
