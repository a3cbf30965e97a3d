"""SageMaker's paths in a server that generates: transformers' own, with a tiny model."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from streaming import events, text_of
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.openai.conftest import SECONDS_PER_TOKEN, Server
from tests.projects import SCRIPTS

CHAT = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 20}
SECRET = "a-secret-in-the-prompt"


@pytest.fixture(scope="module")
def greedy(server: Server) -> Any:
    """What the model itself generates."""
    folder = server.folder / "model"
    tokenizer, model = (AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder))

    def generate(prompt: str, tokens: int) -> str:
        inputs = tokenizer(prompt, return_tensors="pt")
        output = model.generate(**inputs, max_new_tokens=tokens, do_sample=False)
        return tokenizer.decode(output[0, inputs["input_ids"].shape[1] :])

    return generate


def test_inputs_are_answered_with_what_the_model_generates(server: Server, greedy: Any) -> None:
    assert server.invoke({"inputs": "Hello"}).json() == [{"generated_text": greedy("Hello", 100)}]


def test_a_list_of_inputs_is_answered_with_an_entry_each_in_its_order(server: Server, greedy: Any) -> None:
    parameters = {"max_new_tokens": 7, "return_full_text": True, "details": True}
    answer = server.invoke({"inputs": ["One", "Two", "Three"], "parameters": parameters})
    assert answer.json() == [
        {"generated_text": prompt + greedy(prompt, 7), "details": {"finish_reason": "length"}}
        for prompt in ("One", "Two", "Three")
    ]


def test_openai_requests_are_answered_as_the_engine_answers_them(server: Server, greedy: Any) -> None:
    for document, path in ((CHAT, "chat/completions"), ({"prompt": "Hello", "max_tokens": 9}, "completions")):
        greedily = {**document, "temperature": 0}
        direct = httpx.post(f"{server.url}/v1/{path}", json=greedily).json()
        for model in ({}, {"model": "another"}):
            answer = server.invoke({**greedily, **model}).json()
            assert answer["choices"] == direct["choices"]
            assert answer["usage"] == direct["usage"]
    assert direct["choices"][0]["text"] == greedy("Hello", 9)


@pytest.mark.parametrize(
    "document",
    [
        {"inputs": "Hello", "parameters": {"max_new_tokens": 100}},
        {"prompt": "Hello", "max_tokens": 100, "temperature": 0},
        {**CHAT, "max_tokens": 100, "temperature": 0},
    ],
)
def test_a_streams_first_event_arrives_before_the_last_token_is_made(server: Server, document: Any) -> None:
    before = server.tokens()
    start = time.monotonic()
    arrived, made, pieces = [], [], []
    with httpx.stream("POST", f"{server.url}/invocations", json={**document, "stream": True}, timeout=60) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for piece in answer.iter_raw():
            if not arrived:
                made.append(server.tokens() - before)
            arrived.append(time.monotonic() - start)
            pieces.append(piece)
    whole = server.invoke(document).json()
    text = "".join(text_of(event) for event in events(pieces))
    if "inputs" in document:
        *tokens, last = events(pieces)
        assert [last["generated_text"]] == [text] == [whole[0]["generated_text"]]
        assert {token["generated_text"] for token in tokens} == {None}
    else:
        choice = whole["choices"][0]
        assert text == (choice["text"] if "text" in choice else choice["message"]["content"])
    print(f"first event after {arrived[0]:.3f} s and {made[0]} tokens of 100, last after {arrived[-1]:.3f} s")
    assert made[0] < 50
    assert arrived[0] < arrived[-1] - 40 * SECONDS_PER_TOKEN
    assert len(arrived) > 50


@pytest.mark.parametrize("shape", [{"inputs": "Hello", "parameters": {"max_new_tokens": 1000}}, CHAT])
def test_generation_stops_when_the_client_of_a_stream_leaves(server: Server, shape: Any) -> None:
    before = server.tokens()
    document = {**shape, "stream": True} | ({"max_tokens": 1000} if "messages" in shape else {})
    with httpx.stream("POST", f"{server.url}/invocations", json=document, timeout=60) as answer:
        next(answer.iter_raw())
    time.sleep(0.5)
    stopped = server.tokens()
    time.sleep(0.5)
    assert server.tokens() == stopped
    assert stopped - before < 500


@pytest.mark.parametrize(
    ("body", "content_type", "status", "words"),
    [
        (b'{"inputs": ', "application/json", 400, "not JSON"),
        (b"\xff", "application/json", 400, "not JSON"),
        (b"[" * 100_000, "application/json", 400, "not JSON"),
        (b"[1]", "application/json", 400, "not a JSON object"),
        (b'{"instances": [[1]]}', "application/json", 400, '"inputs"'),
        (b'{"inputs": "a", "prompt": "b"}', "application/json", 400, '"messages"'),
        (b'{"inputs": []}', "application/json", 400, '"prompt"'),
        (b'{"inputs": "a", "options": {}}', "application/json", 400, "options"),
        (b'{"inputs": ["a", "b"], "stream": true}', "application/json", 400, "one input"),
        (b'{"inputs": "a"}', "text/plain", 415, "application/json"),
        (b" " * (25 * 2**20 + 1), "application/json", 413, "25 MB"),
        (b'{"prompt": "a", "no_such_member": 1}', "application/json", 422, "no_such_member"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_sentence(
    server: Server, body: bytes, content_type: str, status: int, words: str
) -> None:
    headers = {"Content-Type": content_type}
    answer = httpx.post(f"{server.url}/invocations", content=body, headers=headers, timeout=60)
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    assert words in answer.json()["error"]


def test_a_body_of_unknown_length_is_measured_as_it_comes(server: Server) -> None:
    pieces = (b" " * 2**20 for _ in range(26))
    assert httpx.post(f"{server.url}/invocations", content=pieces, timeout=60).status_code == 413


@pytest.mark.parametrize("content_type", [None, "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_read_whatever_its_content_type_is_written_like(server: Server, content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    body = json.dumps({"inputs": SECRET, "parameters": {"max_new_tokens": 1}}).encode()
    assert httpx.post(f"{server.url}/invocations", content=body, headers=headers).status_code == 200


def test_other_paths_are_the_engines_own(server: Server) -> None:
    assert httpx.get(f"{server.url}/v1/models").json()["data"][0]["id"] == "model"
    assert httpx.get(f"{server.url}/invocations").status_code == 404
    assert httpx.get(f"{server.url}/ping").content == b""


def test_the_log_has_no_prompts(server: Server) -> None:
    assert server.invoke({"inputs": SECRET, "parameters": {"max_new_tokens": "many"}}).status_code == 400
    assert SECRET not in server.log()


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs a script of the project's test/ folder."""
    command = [sys.executable, SCRIPTS / script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def payloads(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The project's sample payloads, with short answers."""
    folder = SCRIPTS / "payloads"
    short = tmp_path_factory.mktemp("payloads")
    for path in folder.iterdir():
        text = re.sub(r'(max_(?:new_)?tokens": )\d+', r"\g<1>20", path.read_text())
        (short / path.name).write_text(text)
    return sorted(short.iterdir())


def test_every_sample_payload_is_answered_and_can_be_streamed(server: Server, payloads: list[Path]) -> None:
    assert [path.stem for path in payloads] == ["chat", "completion", "inputs", "stream"]
    for path in payloads:
        answer = httpx.post(f"{server.url}/invocations", content=path.read_bytes(), timeout=60)
        assert answer.status_code == 200
        streamed = run("stream.py", server.url, path)
        assert (streamed.returncode, streamed.stderr) == (0, "")
        assert len(streamed.stdout) == 20 + 1


def test_the_streaming_client_says_why_there_is_no_answer(server: Server, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"inputs": 3}')
    for target, words in ((server.url, "status 400"), ("http://127.0.0.1:1", "refused")):
        failed = run("stream.py", target, bad)
        assert failed.returncode == 1
        assert words in failed.stderr
        assert "Traceback" not in failed.stderr


def test_the_load_test_counts_what_the_server_did(server: Server, payloads: list[Path]) -> None:
    before = server.tokens()
    inputs = next(path for path in payloads if path.stem == "inputs")
    report = run("load.py", server.url, "--requests", 8, "--concurrency", 4, "--payload", inputs)
    print(report.stdout)
    assert (report.returncode, report.stderr) == (0, "")
    lines = {line.split("  ")[0]: line.split()[-3:] for line in report.stdout.splitlines() if line}
    assert lines["errors"][-1] == "0"
    for name in ("first token, ms", "last token, ms", "tokens/s, each answer"):
        p50, p90, p99 = map(float, lines[name])
        assert sorted((p50, p90, p99), reverse=name.startswith("tokens/s")) == [p50, p90, p99]
    seconds = float(report.stdout.split(" s\n")[0].rsplit(" ", 1)[1])
    tokens = float(lines["tokens/s"][-1]) * seconds
    assert server.tokens() - before == 8 * 20
    assert tokens == pytest.approx(8 * 20, rel=0.2)


def test_the_load_test_fails_when_requests_do(server: Server, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"inputs": 3}')
    report = run("load.py", server.url, "--requests", 3, "--concurrency", 2, "--payload", bad)
    assert report.returncode == 1
    assert "3 requests failed" in report.stderr
    assert "3 x status 400" in report.stderr
