"""The web server: /ping, /invocations, /execution-parameters and /models."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

from formats import ENCODERS, Refused, choose_encoder, decode
from predictor import Predictor

MAX_BODY = 32 * 1024 * 1024
WIDTH = 4
SLOTS = threading.BoundedSemaphore(1000)
QUEUE = 1000

PARAMETERS = {"MaxConcurrentTransforms": 1, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6}

# What belongs to the request that a thread answers.
current = threading.local()


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, Handler)
        self.predictor: Predictor | None = None
        self.models: dict[str, SimpleNamespace] = {}
        self.busy = 0
        self.changed = threading.Condition()

    @contextmanager
    def in_flight(self):
        with self.changed:
            self.busy += 1
        try:
            yield
        finally:
            with self.changed:
                self.busy -= 1
                self.changed.notify_all()

    def wait_until_idle(self, seconds: float) -> None:
        with self.changed:
            self.changed.wait_for(lambda: self.busy == 0, seconds)

    def healthy(self) -> bool:
        return self.predictor is None or self.predictor.healthy()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An idle connection may stay open for so many seconds.
    timeout = 75

    def handle(self) -> None:
        with SLOTS:
            super().handle()

    def answer_request(self) -> None:
        with self.server.in_flight():
            try:
                body = self.read_body()
                status, content_type, answer = self.route(body)
            except Refused as refused:
                self.log_message("refused: %s", refused)
                status, content_type, answer = refused.status, "application/json", json.dumps({"error": str(refused)})
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer.encode())

    do_GET = do_POST = do_DELETE = answer_request

    def read_body(self) -> bytes:
        if self.headers["Transfer-Encoding"] == "chunked":
            return b"".join(iter(self.read_chunk, b""))
        length = int(self.headers["Content-Length"] or 0)
        if length > MAX_BODY:
            self.close_connection = True
            raise Refused(413, "the body is too large")
        return self.rfile.read(length)

    def read_chunk(self) -> bytes:
        chunk = self.rfile.read(int(self.rfile.readline(), 16))
        self.rfile.readline()
        return chunk

    def route(self, body: bytes) -> tuple[int, str, str]:
        match self.command, self.path.strip("/").split("/"):
            case "GET", ["ping"]:
                return (200 if self.server.healthy() else 503), "text/plain", ""
            case "POST", ["invocations"]:
                return self.invoke(self.server.predictor, body)
            case _, ["invocations"]:
                raise Refused(405, "POST only")
            case "GET", ["execution-parameters"]:
                return 200, "application/json", json.dumps(PARAMETERS)
            case _, ["models", *rest]:
                return self.manage(rest, body)
        raise Refused(404, "there is no such path")

    def invoke(self, predictor: Predictor | None, body: bytes) -> tuple[int, str, str]:
        if predictor is None or not predictor.healthy():
            raise Refused(503, "there is no model to ask")
        if self.server.busy > QUEUE:
            raise Refused(503, "too many requests")
        encoder = choose_encoder(self.headers["Accept"] or "application/json")
        current.rows = decode(body, self.headers["Content-Type"], WIDTH)
        with predictor.turn:
            # The model is busy: this is where requests queue.
            time.sleep(0.001)
        return 200, encoder, ENCODERS[encoder](predictor.predict(current.rows))

    def manage(self, rest: list[str], body: bytes) -> tuple[int, str, str]:
        models = self.server.models
        listed = [{"modelName": name, "modelUrl": model.url} for name, model in models.items()]
        if self.command == "GET" and not rest:
            return 200, "application/json", json.dumps({"models": listed})
        if self.command == "POST" and not rest:
            return self.load_model(**json.loads(body))
        name = rest[0]
        if name not in models:
            raise Refused(404, f"{name} is not loaded")
        if self.command == "POST":
            return self.invoke(models[name].predictor, body)
        if self.command == "DELETE":
            models.pop(name).predictor.end()
        return 200, "application/json", json.dumps({"modelName": name})

    def load_model(self, model_name: str, url: str) -> tuple[int, str, str]:
        if model_name in self.server.models:
            raise Refused(409, f"{model_name} is loaded")
        predictor = Predictor(url)
        if not predictor.wait_until_loaded():
            raise Refused(400, f"there is no model in {url}")
        self.server.models[model_name] = SimpleNamespace(url=url, predictor=predictor)
        return 200, "application/json", "{}"

    def log_message(self, form: str, *values: object) -> None:
        print(form % values, flush=True)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        if self.path != "/ping":
            super().log_request(code, size)
