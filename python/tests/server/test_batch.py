"""Batch transform, which joins answers by line, and what its jobs are told."""

import pytest

from tests.server.conftest import Start
from tests.server.models import Lookup
from tests.serving import Served


@pytest.mark.parametrize("content_type", ["text/csv", "application/jsonlines"])
def test_batch_transform_gets_a_line_for_each_line(start: Start, lookup: Lookup, content_type: str) -> None:
    server = start(SAGEMAKER_BATCH="true").ready()
    keys = list(range(50))
    line = "{0},{0}" if content_type == "text/csv" else "[{0}, {0}]"
    body = "\n".join(line.format(key) for key in keys)
    for content in (body, body + "\n", body.replace("\n", "\r\n")):
        for accept in ({}, {"Accept": "*/*"}):
            answer = server.invoke(content, **{"Content-Type": content_type}, **accept)
            assert (answer.status, answer.headers["content-type"]) == (200, content_type)
            lines = answer.body.decode().splitlines()
            if content_type == "text/csv":
                assert [float(line) for line in lines] == lookup.values(keys)
            else:
                assert lines == [f'{{"prediction":{value}}}' for value in lookup.values(keys)]
    json = server.invoke(content, **{"Content-Type": content_type, "Accept": "application/json"})
    assert json.predictions == lookup.values(keys)
    assert server.ask("GET", "/execution-parameters").json["MaxPayloadInMB"] == 100


def test_endpoints_answer_json_unless_asked(server: Served, lookup: Lookup) -> None:
    for content_type, body in (("text/csv", "4,4"), ("application/jsonlines", "[4, 4]")):
        answer = server.invoke(body, **{"Content-Type": content_type})
        assert answer.headers["content-type"] == "application/json"
        assert answer.predictions == lookup.values([4])


@pytest.mark.parametrize("megabytes", [1, 6, 25, 100, 1024])
def test_jobs_are_told_no_more_than_the_server_takes(start: Start, megabytes: int) -> None:
    told = start(SERVER_MAX_BODY_MB=megabytes, SERVER_WORKERS=3).ready().ask("GET", "/execution-parameters").json
    assert told["BatchStrategy"] in ("MULTI_RECORD", "SINGLE_RECORD")
    assert 1 <= told["MaxPayloadInMB"] <= min(megabytes, 100)
    assert told["MaxConcurrentTransforms"] >= 1
    # SageMaker's own limit for both together.
    assert told["MaxConcurrentTransforms"] * told["MaxPayloadInMB"] <= 100
