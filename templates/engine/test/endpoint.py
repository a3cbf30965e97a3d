"""Sends a request to a container's URL or to a SageMaker endpoint, by its name."""

import http.client
import json
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# Streams may take 8 minutes on SageMaker.
TIMEOUT_S = 500


class CallError(Exception):
    """The call failed: one line that says why."""


def streamed(target: str, payload: bytes) -> Iterator[bytes]:
    """The pieces of the answer as they arrive; they end anywhere.

    Raises CallError when there is no answer, or when it breaks off.
    """
    if target.startswith("http://"):
        return _from_url(target, payload)
    return _from_endpoint(target, payload)


def _from_url(target: str, payload: bytes) -> Iterator[bytes]:
    connection = http.client.HTTPConnection(urlsplit(target).netloc, timeout=TIMEOUT_S)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/invocations", payload, headers)
        response = connection.getresponse()
        if response.status != 200:
            raise CallError(f"status {response.status}: {_said(response.read())}")
        while piece := response.read1():
            yield piece
    except (OSError, http.client.HTTPException) as error:
        raise CallError(f"{target}: {error or type(error).__name__}") from error
    finally:
        connection.close()


def _from_endpoint(name: str, payload: bytes) -> Iterator[bytes]:
    try:
        answer = _client().invoke_endpoint_with_response_stream(
            EndpointName=name, ContentType="application/json", Body=payload
        )
        for event in answer["Body"]:
            if "PayloadPart" not in event:
                raise CallError(f"{name}: the stream broke off: {event}")
            yield event["PayloadPart"]["Bytes"]
    except (BotoCoreError, ClientError) as error:
        raise CallError(f"{name}: {error}") from error


@cache
def _client() -> Any:
    # A load test counts every call once, and holds as many connections as it is told.
    options = Config(
        read_timeout=TIMEOUT_S,
        retries={"total_max_attempts": 1},
        max_pool_connections=512,
    )
    return boto3.client("sagemaker-runtime", config=options)


def _said(body: bytes) -> str:
    try:
        return json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return body[:200].decode(errors="replace")
