"""What an engine fetches for a request: nothing, unless whoever deploys it has named the domain."""

import asyncio
import json
import socket
import time
import tracemalloc
from typing import Any

import pytest

from ml_serving.invocations.errors import RequestError
from ml_serving.invocations.media import Media
from tests.invocations.engines import Recorded, answer_of

ANSWER = [b'{"choices": []}']
PICTURE = "data:image/png;base64,iVBORw0KGgo="
# Of the container's credentials, of the machine, of its files; and what other readers may read as such.
ELSEWHERE = [
    "http://169.254.170.2/v2/credentials",
    "http://[fd00:ec2::254]/latest/meta-data",
    "http://localhost:8080/",
    "https://example.org/picture.png",
    "file:///etc/passwd",
    "/etc/passwd",
    "ftp://images.example.com/a.png",
    "http://0251.0376.0251.0376/",
    "http:169.254.169.254/",
    "//169.254.169.254/",
    " data:image/png;base64,iVBORw0KGgo=",
    "DATA:image/png;base64,iVBORw0KGgo=",
]
# With the name of an allowed domain in them.
LOOKALIKES = [
    "http://169.254.169.254\\@images.example.com/",
    "http://images.example.com@169.254.169.254/",
    "http://images.example.com:x@169.254.169.254/",
    "http://images.example.com:8080/",
    "http://images.example.com.evil.org/",
    "http://evil.images.example.com/",
    "http://images.example.com\r\nHost: evil.org/",
    "http://images.example.com\t.evil.org/",
    "http://images.example.com./",
    "http:///images.example.com/",
    "https://images.example.com\uff0f.evil.org/",
]


def parts_with(url: str) -> list[Any]:
    """The forms in which engines take an address."""
    return [
        {"type": "image_url", "image_url": {"url": url}},
        {"type": "image_url", "image_url": url},
        {"image_url": {"url": url}},
        {"type": "input_image", "image_url": url, "detail": "low"},
        {"type": "video_url", "video_url": {"url": url, "max_dynamic_patch": 3}},
        {"type": "audio_url", "audio_url": {"url": url}},
        {"type": "image", "image": url},
        {"type": "file", "file": {"file_data": url}},
        {"type": "text", "text": "a", "image_url": [[{"url": url}]]},
    ]


def asked(part: Any) -> tuple[int, Any, Any]:
    """The status, the answer, and what the engine was asked, if it was."""
    engine = Recorded(ANSWER)
    text = {"type": "text", "text": "What is this? http://169.254.169.254/"}
    messages = [{"role": "system", "content": "short"}, {"role": "user", "content": [text, part]}]
    status, answer = answer_of(engine, {"messages": messages})
    return status, answer, engine.asked.get("messages") if engine.asked else None


@pytest.fixture
def domains(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two that may be fetched from, at public addresses."""
    allowed = ["images.example.com", "films.example.com"]
    monkeypatch.setenv("SERVED_MEDIA_DOMAINS", json.dumps(allowed))
    resolve_to(monkeypatch, "93.184.216.34", "2606:2800:220:1::1")
    return allowed


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    async def getaddrinfo(_: Any, host: str, port: int) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize("url", ELSEWHERE)
def test_no_address_and_no_file_of_a_request_reaches_the_engine(url: str) -> None:
    for part in parts_with(url):
        status, answer, reached = asked(part)
        assert (status, reached) == (400, None), part
        assert "messages[1].content[1]" in answer["error"]
        assert "this endpoint fetches nothing" in answer["error"]
        assert "data:image/png;base64" in answer["error"]


@pytest.mark.parametrize("url", ELSEWHERE + LOOKALIKES)
def test_with_domains_that_are_allowed_no_other_is_fetched_from(url: str, domains: list[str]) -> None:
    for part in parts_with(url):
        status, answer, reached = asked(part)
        assert (status, reached) == (400, None), part
        assert ", ".join(domains) in answer["error"]


@pytest.mark.parametrize("url", ["https://images.example.com/a/b.png?c=d&e=%20#f", "HTTP://Films.Example.com"])
def test_what_lies_at_an_allowed_domain_is_asked_for_as_it_was_sent(url: str, domains: list[str]) -> None:
    for part in parts_with(url):
        status, _, reached = asked(part)
        assert status == 200
        assert reached[1]["content"][1] == part


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.5",
        "169.254.169.254",
        "127.0.0.1",
        "100.64.0.1",
        "fd00:ec2::254",
        "fe80::1%eth0",
        "::ffff:10.0.0.5",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
    ],
)
def test_an_allowed_domain_with_a_private_address_beside_its_public_one_is_refused(
    address: str, domains: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_to(monkeypatch, "93.184.216.34", address)
    status, answer, reached = asked({"image_url": {"url": f"https://{domains[0]}/a.png"}})
    assert (status, reached) == (400, None)
    assert f"{domains[0]} is in a private network" in answer["error"]


def test_an_allowed_domain_with_a_public_address_that_a_network_translates_is_asked_for(
    domains: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_to(monkeypatch, "64:ff9b::5db8:d822", "93.184.216.34")
    assert asked({"image_url": {"url": f"https://{domains[0]}/a.png"}})[0] == 200


def test_an_allowed_domain_without_an_address_is_named(domains: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    async def getaddrinfo(*_: Any) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)
    status, answer, _ = asked({"image_url": {"url": f"https://{domains[0]}/a.png"}})
    assert (status, answer["error"]) == (400, f"the address of {domains[0]} was not found")


@pytest.mark.parametrize(
    "part",
    [
        *parts_with(PICTURE),
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
        {"type": "image_embeds", "image_embeds": {"pixel_values": "UEsDBA=="}},
        {"type": "image_url", "image_url": None, "uuid": "picture-1"},
        {"type": "thinking", "thinking": "http://169.254.169.254/"},
        {"type": "refusal", "refusal": "/etc/passwd"},
    ],
)
def test_content_that_is_in_the_request_itself_passes(part: Any) -> None:
    status, _, reached = asked(part)
    assert status == 200
    assert reached[1]["content"][1] == part


def test_arguments_of_tools_may_hold_any_address() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "get", "arguments": '{"url": "http://10.0.0.1/"}'}}
    engine = Recorded(ANSWER)
    messages = [{"role": "assistant", "content": None, "tool_calls": [call]}]
    assert answer_of(engine, {"messages": messages})[0] == 200
    assert engine.asked["messages"] == messages


def test_parts_nested_as_deep_as_json_is_read_are_answered() -> None:
    depth = 900
    body = '{"messages": [{"content": [{"image_url": ' + "[" * depth + '"/etc/passwd"' + "]" * depth + "}]}]}"
    status, answer = answer_of(Recorded(ANSWER), body.encode())
    assert status == 400
    assert len(answer["error"]) <= 500


def test_the_place_of_what_is_refused_is_named_among_all_that_passes() -> None:
    part = {"a": [1, {"b": ["c"]}, "d"], "image_url": [[PICTURE], {"type": "x", "url": [PICTURE, "/etc/passwd"]}, 1]}
    status, answer, _ = asked(part)
    assert status == 400
    assert answer["error"].startswith("messages[1].content[1].image_url[1].url[1]: this endpoint")


def check(messages: Any) -> tuple[int, int]:
    """The status, and the most memory that was taken meanwhile, in bytes."""
    tracemalloc.start()
    try:
        asyncio.run(Media([]).check({"messages": messages}))
        status = 200
    except RequestError as error:
        status = error.status
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return status, most


def test_long_names_around_many_values_take_no_more_than_the_request() -> None:
    part = {"type": "text", "text": "a", "x" * 5000: [0] * 90_000}
    status, most = check([{"role": "user", "content": [part]}])
    assert (status, most < 1024 * 1024) == (200, True), most


@pytest.mark.parametrize(
    "messages",
    [
        [{"content": [{"x": [0] * 100_000}]}],
        [{"content": [{"image_url": [[]] * 100_000}]}],
        [{"content": "a"}] * 100_001,
        [{"content": [dict.fromkeys(map(str, range(100_000)), 0)]}],
    ],
    ids=["numbers", "lists", "messages", "names"],
)
def test_more_values_than_a_conversation_has_are_413(messages: Any) -> None:
    started = time.process_time()
    status, most = check(messages)
    assert (status, most < 2 * 1024 * 1024) == (413, True), most
    assert time.process_time() - started < 1
