"""The log and the metrics: all that is needed to find out what happened, and nothing of what was sent."""

from datetime import datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.projects import edited
from tests.server.conftest import Start
from tests.server.models import Lookup
from tests.serving import Served, until

SECRET = {"X-Amzn-SageMaker-Custom-Attributes": "sesame-attribute"}
INFERENCE = {"X-Amzn-SageMaker-Inference-Id": "inference-7"}


def requests_in(server: Served, count: int) -> list[dict]:
    until(lambda: len(server.log(event="request")) >= count, f"{count} requests are in the log")
    assert len(server.log(event="request")) == count, server.output
    return server.log(event="request")


def test_every_line_is_an_object_and_tells_of_a_request_all_but_its_content(start: Start, lookup: Lookup) -> None:
    server = start().ready()
    answer = server.invoke(lookup.body([987, 986]), **SECRET, **INFERENCE)
    assert answer.headers["x-amzn-sagemaker-custom-attributes"] == "sesame-attribute"
    assert server.invoke('[["sesame-body", 1]]', **SECRET).status == 400
    assert server.invoke("sesame-csv", **{"Content-Type": "text/csv"}).status == 400
    first, *failed = requests_in(server, 3)
    for line in server.log():
        assert datetime.fromisoformat(line["time"]).tzinfo
        assert line["level"] in ("INFO", "WARNING", "ERROR", "CRITICAL")
        assert line["event"]
    assert first["request"] == 1
    assert first["inference_id"] == "inference-7"
    assert (first["status"], first["rows"], first["content_type"]) == (200, 2, "application/json")
    assert 0 <= first["queue_ms"] <= first["total_ms"]
    assert 0 < first["predict_ms"] <= first["total_ms"]
    assert [(line["status"], line["rows"], line["level"]) for line in failed] == [(400, 0, "WARNING")] * 2
    assert "sesame" not in server.output
    assert "987" not in "".join(str(line) for line in server.log(event="request") if line.pop("time"))


@pytest.mark.parametrize(
    "setting",
    [{"SERVER_ACCESS_LOG": "0"}, {"SM_LOG_LEVEL": "warning"}, {"SM_LOG_LEVEL": "30"}],
    ids=lambda setting: "=".join(*setting.items()),
)
def test_only_failures_are_logged_where_that_is_asked_for(start: Start, lookup: Lookup, setting: dict) -> None:
    server = start(**setting).ready()
    for key in range(20):
        assert server.invoke(lookup.body([key])).status == 200
    server.invoke("[[1]]")
    assert [line["status"] for line in requests_in(server, 1)] == [400]
    assert bool(server.log(event="serving")) == ("SM_LOG_LEVEL" not in setting)


def test_a_refusal_that_never_reaches_the_model_is_logged_and_counted_too(start: Start, lookup: Lookup) -> None:
    server = start(SERVER_MAX_BODY_MB=1).ready()
    assert server.invoke(lookup.body([1]).ljust(2_000_000)).status == 413
    assert requests_in(server, 1)[0]["status"] == 413
    assert server.metric('server_requests_total{status="413"}') == 1


def test_metrics_are_what_prometheus_reads_and_agree_with_what_was_sent(start: Start, lookup: Lookup) -> None:
    server = start().ready()
    # It is ready with one.
    until(lambda: server.metric("server_workers") == 2, "both workers are ready")
    for key in range(30):
        server.invoke(lookup.body([key]))
    for _ in range(4):
        server.invoke("[[1]]")
    server.invoke("[[1]]", **{"Content-Type": "image/png"})
    answer = server.ask("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }
    assert samples["server_requests_total", "200"] == 30
    assert samples["server_requests_total", "400"] == 4
    assert samples["server_requests_total", "415"] == 1
    assert samples["server_request_seconds_count",] == samples["server_request_seconds_bucket", "+Inf"] == 35
    assert samples["server_batch_requests_sum",] == 35
    assert samples["server_queue_requests",] == samples["server_worker_deaths_total",] == 0
    assert samples["server_workers",] == 2
    buckets = [value for (name, *_), value in samples.items() if name == "server_request_seconds_bucket"]
    assert buckets == sorted(buckets)


def test_a_failure_of_the_model_is_one_line_with_its_trace_from_every_worker(
    code: Path, tmp_path: Path, start: Start
) -> None:
    server = start(edited(code, tmp_path, predict="raise RuntimeError('x' * 20000)")).ready()
    for _ in range(10):
        answer = server.invoke("[[1, 1]]")
        assert (answer.status, answer.json) == (500, {"error": "the model failed; the container's log says why"})
    assert len(requests_in(server, 10)) == 10
    failures = server.log(event="the model failed")
    assert len(failures) == 10
    assert all("RuntimeError" in line["exception"] for line in failures)
