"""The project's streaming client at a SageMaker endpoint: boto3 itself, with the service's bytes made here."""

import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from zlib import crc32

import pytest

from tests.invocations.recorded import CHAT, DONE
from tests.projects import SCRIPTS

STREAM = b"".join([*CHAT, DONE])


def frame(payload: bytes, **headers: str) -> bytes:
    """A message of Amazon's event stream encoding."""
    named = b"".join(
        bytes([len(name) + 1])
        + f":{name.replace('_', '-')}".encode()
        + struct.pack(">BH", 7, len(value))
        + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack(">II", 16 + len(named) + len(payload), len(named))
    message = prelude + struct.pack(">I", crc32(prelude)) + named + payload
    return message + struct.pack(">I", crc32(message))


class Service(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert self.path == f"/endpoints/{self.path.split('/')[2]}/invocations-response-stream"
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.amazon.eventstream")
        self.end_headers()
        # Parts of 7 bytes: none is a whole event.
        parts = [STREAM[start : start + 7] for start in range(0, len(STREAM), 7)]
        for part in parts if "/whole/" in self.path else parts[:30]:
            self.wfile.write(frame(part, message_type="event", event_type="PayloadPart"))
        if "/broken/" in self.path:
            error = b'{"ErrorCode": "StreamBroken", "Message": "it broke"}'
            self.wfile.write(frame(error, message_type="exception", exception_type="ModelStreamError"))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{service.server_port}"
        service.shutdown()


def stream(url: str, endpoint: str) -> subprocess.CompletedProcess[str]:
    script = SCRIPTS / "stream.py"
    env = {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
    }
    return subprocess.run(
        [sys.executable, script, endpoint], capture_output=True, text=True, timeout=120, check=False, env=env
    )


def test_the_parts_of_an_endpoints_stream_are_put_together(url: str) -> None:
    streamed = stream(url, "whole")
    assert (streamed.returncode, streamed.stderr) == (0, "")
    assert streamed.stdout == 'an "error": none.\n'


def test_a_stream_that_sagemaker_breaks_off_is_an_error(url: str) -> None:
    broken = stream(url, "broken")
    assert broken.returncode == 1
    assert "it broke" in broken.stderr
    assert "Traceback" not in broken.stderr
