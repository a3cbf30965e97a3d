"""The Hub's token comes from Secrets Manager: a real client of it, against an API server on this machine."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.start.conftest import Machine
from tests.start.test_start import MODEL, refused, started

TOKEN = "hf_abcdefghijkl"
REGION = "eu-west-1"
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(url: str) -> dict[str, str]:
    """The container's variables for AWS; no region: hosting does not always set one."""
    return {**KEYS, "AWS_ENDPOINT_URL": url, "HF_MODEL_ID": MODEL}


def secret(url: str, text: str) -> str:
    """The ARN of a new secret."""
    keys = {name.lower(): value for name, value in KEYS.items()}
    client = boto3.client("secretsmanager", region_name=REGION, endpoint_url=url, **keys)
    return client.create_secret(Name=f"secret-{abs(hash(text))}", SecretString=text)["ARN"]


@pytest.mark.parametrize("text", [TOKEN, f"{TOKEN}\n", json.dumps({"HF_TOKEN": TOKEN})])
def test_the_token_reaches_the_engines_environment_and_nothing_else(
    machine: Machine, aws: dict[str, str], url: str, text: str
) -> None:
    arguments, environment, log = started(machine, **aws, HF_TOKEN_SECRET_ARN=secret(url, text))
    assert environment["HF_TOKEN"] == TOKEN
    assert TOKEN not in log + " ".join(arguments)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"HF_TOKEN": 7}',
        '{"HF_TOKEN',
        "two words",
        "hf_two\nlines",
        json.dumps({"HF_TOKEN": "hf_two\r\nlines"}),
        "hf_two\x7f",
    ],
)
def test_a_secret_without_a_token_is_refused_and_not_printed(
    machine: Machine, aws: dict[str, str], url: str, text: str
) -> None:
    line = refused(machine, **aws, HF_TOKEN_SECRET_ARN=secret(url, text or " "))
    assert "holds no token" in line
    assert "two" not in line


def test_a_model_that_is_already_there_needs_no_token(machine: Machine) -> None:
    machine.holds_a_model()
    _, environment, _ = started(machine, HF_TOKEN_SECRET_ARN=f"arn:aws:secretsmanager:{REGION}:1:secret:x")
    assert "HF_TOKEN" not in environment


def test_a_secret_that_is_not_there_is_said_to_be_missing(machine: Machine, aws: dict[str, str]) -> None:
    arn = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:none-AbCdEf"
    assert "ResourceNotFoundException" in refused(machine, **aws, HF_TOKEN_SECRET_ARN=arn)


def test_a_role_that_may_not_read_the_secret_is_told_what_it_lacks(machine: Machine, aws: dict[str, str]) -> None:
    class Deny(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.dumps({"__type": "AccessDeniedException", "Message": "not authorized"}).encode()
            self.send_response(400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Deny) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        arn = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:x-AbCdEf"
        variables = {**aws, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"}
        line = refused(machine, **variables, HF_TOKEN_SECRET_ARN=arn)
        server.shutdown()
    assert "secretsmanager:GetSecretValue" in line


def test_without_credentials_network_isolation_is_named_as_the_cause(machine: Machine, url: str) -> None:
    arn = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:x-AbCdEf"
    without = {"AWS_ENDPOINT_URL": url, "AWS_EC2_METADATA_DISABLED": "true", "HF_MODEL_ID": MODEL}
    assert "network isolation" in refused(machine, **without, HF_TOKEN_SECRET_ARN=arn)


def test_what_is_no_arn_of_a_secret_is_refused(machine: Machine, aws: dict[str, str]) -> None:
    assert "not the ARN of a secret" in refused(machine, **aws, HF_TOKEN_SECRET_ARN="hf/token")
