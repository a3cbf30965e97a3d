"""Texts that are sent while they are generated, and the clients who read or leave them."""

import json
import os
import signal
import time

from tests.generation.conftest import SLOW_TOKENS, Start
from tests.generation.streams import Stream
from tests.serving import Served, until
from tests.talking import Connection, invocation

SLOW = {"ml_serving/generation/batch.py": SLOW_TOKENS}


def inputs(tokens: int, prompt: str = "the quick brown fox") -> dict:
    return {"inputs": prompt, "parameters": {"max_new_tokens": tokens}}


def test_the_first_event_is_there_long_before_the_last_token_is_made(slow: Served) -> None:
    stream = Stream(slow.port, inputs(40)).read()
    first, last = (stream.events[place].at - stream.started for place in (0, -1))
    print(f"first event after {first:.2f} s, last after {last:.2f} s, {len(stream.events)} events")
    assert stream.whole
    assert last > 40 * 0.05 - 0.1
    assert first < last / 4
    assert stream.text == stream.events[-1].data["generated_text"]
    assert stream.text == slow.invoke(json.dumps(inputs(40))).json[0]["generated_text"]


def test_two_clients_stream_at_once_and_a_short_request_does_not_wait_for_them(slow: Served) -> None:
    streams = [Stream(slow.port, inputs(60, prompt)) for prompt in ("the lazy dog", "a model")]
    for stream in streams:
        stream.read(3)
    asked = time.monotonic()
    assert slow.invoke(json.dumps(inputs(3))).status == 200
    answered = time.monotonic() - asked
    ends = [stream.read().events[-1].at for stream in streams]
    print(f"the short one took {answered:.2f} s, the others {[round(end - asked, 2) for end in ends]} s longer")
    assert all(end > asked + 2 * answered for end in ends)
    # One after the other, the first would end in the middle of all that time.
    assert abs(ends[0] - ends[1]) < (max(ends) - streams[0].started) / 4


def test_the_connection_is_kept_after_a_stream(slow: Served) -> None:
    stream = Stream(slow.port, inputs(3)).read()
    stream.connection.send(invocation(json.dumps(inputs(3))))
    assert stream.connection.answer().json == [{"generated_text": stream.text}]


def test_a_chat_at_openais_path_is_one_at_invocations(slow: Served) -> None:
    chat = json.dumps({"messages": [{"role": "user", "content": "the fox"}], "max_tokens": 5, "model": ""})
    by_path = slow.ask("POST", "/v1/chat/completions", chat.encode(), **{"Content-Type": "application/json"})
    assert by_path.status == 200, by_path.body
    assert by_path.json["choices"] == slow.invoke(chat).json["choices"]
    assert slow.ask("GET", "/v1/chat/completions").status == 405


def test_clients_of_http_1_0_read_until_the_end(slow: Served) -> None:
    stream = Stream(slow.port, inputs(5), version="1.0").read()
    assert "transfer-encoding" not in stream.head.lower()
    assert stream.whole
    assert stream.events[-1].data["generated_text"] == stream.text


def test_a_stream_that_is_left_frees_the_worker_and_is_logged_once(start: Start) -> None:
    server = start({**SLOW, "model_handler.py": "AT_ONCE = 1"})
    left = Stream(server.port, inputs(200)).read(2)
    left.close()
    asked = time.monotonic()
    assert server.invoke(json.dumps(inputs(2))).status == 200
    # It had 10 s to go.
    print(f"the next one was answered after {time.monotonic() - asked:.2f} s")
    assert time.monotonic() - asked < 8
    assert len(server.log(event="request", status=499)) == 1
    assert server.metric('server_requests_total{status="499"}') == 1
    assert server.metric("server_worker_deaths_total") == 0


def test_a_worker_that_dies_breaks_what_it_streams_and_others_are_tried_again(start: Start) -> None:
    server = start(SLOW)
    stream = Stream(server.port, inputs(200)).read(2)
    with Connection(server.port) as other:
        other.send(invocation(json.dumps(inputs(10))))
        stream.read(6)
        os.kill(server.workers[0], signal.SIGKILL)
        stream.read()
        assert not stream.whole
        assert stream.events[-1].data["generated_text"] is None
        assert other.answer().status == 200
    assert len(server.log(event="request", status=500)) == 1
    assert server.metric("server_requests_total") == 2


def test_a_model_that_hangs_and_one_that_is_too_slow_are_given_up_in_time(start: Start) -> None:
    hangs = "usual = Batches.step\ndef hang(self):\n    import time\n    usual(self)\n    " + (
        "longest = max([one.new_tokens for batch in self._batches for one in batch.sequences], default=0)\n"
        "    time.sleep(1000 if longest == 41 else 0.05)\nBatches.step = hang"
    )
    server = start({"ml_serving/generation/batch.py": hangs}, SERVER_PREDICT_SECONDS=1)
    # 35 tokens take more than a second: a stream may, since it moves; one who waits for all may not.
    moving = Stream(server.port, inputs(35))
    assert server.invoke(json.dumps(inputs(35))).status == 504
    assert moving.read().whole
    assert server.metric("server_worker_deaths_total") == 0
    assert not Stream(server.port, inputs(200)).read().whole
    until(lambda: server.ping() == 200, "another worker is there")
    assert server.invoke(json.dumps(inputs(2))).status == 200


def test_a_client_that_does_not_read_fills_no_memory(start: Start) -> None:
    large = "small = event\ndef event(document):\n    return b':' + b'x' * 500_000 + b'\\n' + small(document)"
    server = start({"ml_serving/generation/forms.py": large})
    before = server.memory
    # 120 MB.
    stream = Stream(server.port, inputs(240))
    until(lambda: server.log(event="request", status=499), "it is given up")
    print(f"{server.memory - before:.0f} MB more")
    assert server.memory - before < 60
    assert not stream.read().whole
    assert server.invoke(json.dumps(inputs(2))).status == 200


def test_a_server_that_stops_lets_streams_end(start: Start) -> None:
    server = start(SLOW)
    stream = Stream(server.port, inputs(40)).read(2)
    server.process.send_signal(signal.SIGTERM)
    assert stream.read().whole
    assert server.wait() == 0
