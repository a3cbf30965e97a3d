"""Whatever is asked at the same time: each request gets the answer that it gets alone."""

import io
import json
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression

from tests.server.conftest import Start
from tests.server.models import Lookup, save
from tests.talking import Answer, Connection, invocation

CONNECTIONS = 12
X = np.random.default_rng(0).normal(size=(500, 2)) * 500
BAD = ["[[1]]", "[[1, 2], [3]]", "[]", "nonsense", '[["x", 1]]', '{"a": 1}', "[[1, null]]", "[[1, 2, 3]]"]


def npy(rows: list) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array(rows, dtype=float))
    return stream.getvalue()


values = st.integers(0, 999) | st.floats(-1000, 1000, width=32)
good = st.tuples(
    st.lists(st.lists(values, min_size=2, max_size=2), min_size=1, max_size=40),
    st.sampled_from(["application/json", "text/csv", "application/jsonlines", "application/x-npy"]),
    st.sampled_from(["application/json", "text/csv", "application/jsonlines", "application/x-npy"]),
)


def written(rows: list, content_type: str) -> bytes:
    if content_type == "application/x-npy":
        return npy(rows)
    if content_type == "application/json":
        return json.dumps(rows).encode()
    lines = (json.dumps(row) for row in rows)
    return "\n".join(line.strip("[]") if content_type == "text/csv" else line for line in lines).encode()


messages = good.map(lambda of: invocation(written(of[0], of[1]), of[1], Accept=of[2])) | st.sampled_from(BAD).map(invocation)  # fmt: skip


def same(one: Answer, other: Answer, exact: bool) -> bool:
    of_type = one.headers["content-type"]
    if (one.status, of_type) != (other.status, other.headers["content-type"]):
        return False
    if exact or one.status != 200:
        return one.body == other.body
    pair = [numbers(answer.body, of_type) for answer in (one, other)]
    return pair[0].shape == pair[1].shape and np.allclose(*pair, rtol=1e-12, atol=0)


def numbers(body: bytes, of_type: str) -> np.ndarray:
    if of_type == "application/x-npy":
        return np.load(io.BytesIO(body))
    if of_type == "application/json":
        return np.array(json.loads(body)["predictions"])
    lines = body.decode().splitlines()
    return np.array([float(line) if of_type == "text/csv" else json.loads(line)["prediction"] for line in lines])


@pytest.mark.parametrize("kind", ["tree", "labels", "linear"])
def test_each_request_gets_exactly_the_answer_that_it_gets_alone(
    tmp_path: Path, start: Start, lookup: Lookup, kind: str
) -> None:
    if kind == "labels":
        names = np.array(["left", "right, or", 'so"'])[np.digitize(X[:, 0], [-100, 100])]
        folder = save(RandomForestClassifier(20).fit(X, names), tmp_path)
    elif kind == "linear":
        folder = save(LinearRegression().fit(X, X @ [3, 1] + 5), tmp_path)
    else:
        folder = lookup.folder
    server = start(SM_MODEL_DIR=folder, SERVER_ACCESS_LOG=0).ready()
    connections = [Connection(server.port) for _ in range(CONNECTIONS)]

    @settings(max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(messages, min_size=CONNECTIONS, max_size=3 * CONNECTIONS))
    def ask(asked: list[bytes]) -> None:
        alone = []
        for message in asked:
            connections[0].send(message)
            alone.append(connections[0].answer())
        together: dict[int, Answer] = {}
        barrier = threading.Barrier(CONNECTIONS)

        def run(place: int) -> None:
            barrier.wait()
            for number in range(place, len(asked), CONNECTIONS):
                connections[place].send(asked[number])
            for number in range(place, len(asked), CONNECTIONS):
                together[number] = connections[place].answer()

        threads = [threading.Thread(target=run, args=(place,)) for place in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for number, message in enumerate(asked):
            assert same(together[number], alone[number], kind != "linear"), (message, together[number], alone[number])

    ask()
    for connection in connections:
        connection.socket.close()
    batches, answered = (server.metric("server_batch_requests_count"), server.metric("server_requests_total"))
    # Else nothing was held against anything.
    assert answered > 1.2 * batches
