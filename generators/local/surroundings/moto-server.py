"""moto's server on loopback: prints its port, and ends with its standard input.

Given a folder, it keeps there what moto knows, so that the next start has all of it again: moto has no files of its own,
and its recorder makes other ids, times and ARNs when it replays. A file for each service of AWS holds its objects,
pickled; what S3 holds beyond some size is a file of its own. A request that may have changed something is answered when
that is written.
"""

import io
import os
import pickle
import shutil
import sys
import threading
import uuid
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.moto_server import threaded_moto_server
from moto.s3.models import FakeKey, s3_backends

# Bytes of an object in S3 that go into a file of their own.
LARGE = 1 << 16
# Container logs come line by line, and are written so many seconds later: nobody waits for them.
LOGS = "logs"
LATER = 0.5
LOCKS = (type(threading.Lock()), type(threading.RLock()))


class Pickler(pickle.Pickler):
    """With locks made anew, and large objects of S3 by the name of their file."""

    def __init__(self, file: io.BytesIO, folder: Path) -> None:
        super().__init__(file)
        self.folder = folder
        self.named: set[str] = set()

    def reducer_override(self, obj):
        if isinstance(obj, LOCKS):
            return (threading.Lock if isinstance(obj, LOCKS[0]) else threading.RLock), ()
        if not isinstance(obj, FakeKey) or obj.contentsize <= LARGE or obj.disposed:
            return NotImplemented
        name = self.in_file(obj)
        self.named.add(name)
        state = {name: value for name, value in obj.__dict__.items() if name not in ("_value_buffer", "lock")}
        return (
            FakeKey.__new__,
            (FakeKey,),
            (state, str(self.folder), name),
            None,
            None,
            restore,
        )

    def in_file(self, key: FakeKey) -> str:
        """The name of the file that holds an object, which from now on is read from there."""
        buffer = key._value_buffer
        if not isinstance(buffer, Stored):
            path = self.folder / uuid.uuid4().hex
            buffer.seek(0)
            with path.open("wb") as file:
                shutil.copyfileobj(buffer, file, 1 << 20)
            buffer.close()
            key._value_buffer = buffer = Stored(path)
        return buffer.path.name


class Stored:
    """What an object of S3 holds, in the place of moto's buffer: its file is open only while it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.at = 0
        self.closed = False

    def seek(self, at: int) -> None:
        self.at = at

    def read(self, size: int = -1) -> bytes:
        if self.closed:
            # As moto's buffer: of what was deleted it keeps no content.
            raise ValueError("closed")
        with self.path.open("rb") as file:
            file.seek(self.at)
            content = file.read(size)
        self.at += len(content)
        return content

    def close(self) -> None:
        """Its file goes once nothing that is written names it."""
        self.closed = True


def restore(key: FakeKey, state: tuple[dict[str, object], str, str]) -> None:
    attributes, folder, name = state
    key.__dict__.update(attributes)
    key.lock = threading.Lock()
    key._value_buffer = Stored(Path(folder) / name)


class Keeper:
    """What moto knows, in a folder; `wrapped` is moto's app, which keeps what its requests change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.objects = folder / "objects"
        self.objects.mkdir(parents=True, exist_ok=True)
        self.written: dict[str, bytes] = {}
        self.refused: set[str] = set()
        # One request at a time, and none while what it may change is read to be written.
        self.lock = threading.Lock()
        self.failure: Exception | None = None
        self.ending = False
        self.changed = threading.Condition()
        # How often something was changed, and which of these changes are written.
        self.changes = {"logs": 0, "others": 0}
        self.done = {"logs": 0, "others": 0}

    def restore(self) -> None:
        for path in self.folder.glob("*.pickle"):
            for account, region, backend in pickle.loads(path.read_bytes()):
                get_backend(path.stem)[account][region] = backend
                if path.stem == "s3":
                    owner = backend.partition, account
                    s3_backends.bucket_accounts.update(dict.fromkeys(backend.buckets, owner))

    def start(self) -> None:
        threading.Thread(target=self.write_forever, daemon=True).start()

    def wrapped(self, app):
        def keeping(environ, start_response):
            read_body(environ)
            # A queue may be asked for its messages for long.
            with nullcontext() if is_for(environ, "sqs") else self.lock:
                answer = app(environ, start_response)
            if environ["REQUEST_METHOD"] not in ("GET", "HEAD", "OPTIONS"):
                self.keep(LOGS if is_for(environ, LOGS) else "others")
            return answer

        return keeping

    def keep(self, what: str) -> None:
        """Has something written that was changed; waits for it, but for logs."""
        with self.changed:
            self.changes[what] += 1
            mine = self.changes[what]
            self.changed.notify_all()
            if what != LOGS:
                self.changed.wait_for(lambda: self.done[what] >= mine)
                if self.failure:
                    raise RuntimeError("not kept") from self.failure

    def is_urgent(self) -> bool:
        return self.ending or self.changes["others"] != self.done["others"]

    def end(self) -> None:
        """Waits until all is written."""
        with self.changed:
            self.ending = True
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.changes == self.done)

    def write_forever(self) -> None:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.changes != self.done)
                self.changed.wait_for(self.is_urgent, timeout=LATER)
                asked = dict(self.changes)
            failure = None
            try:
                self.write(of_logs=asked["logs"] != self.done["logs"])
            except Exception as error:  # noqa: BLE001
                # A full disk, for one: whoever waits for it is told.
                failure = error
            with self.changed:
                self.failure = failure
                self.done = asked
                self.changed.notify_all()

    def write(self, of_logs: bool) -> None:
        for backends in list(BackendDict._instances):
            if backends.service_name == LOGS and not of_logs:
                continue
            try:
                self.write_service(backends)
            except (TypeError, pickle.PicklingError) as error:
                # What cannot be pickled, such as keys of KMS: all else is kept.
                what = f"{backends.service_name} is not kept: {error}"
                if what not in self.refused:
                    print(what, file=sys.stderr, flush=True)
                self.refused.add(what)

    def write_service(self, backends: BackendDict) -> None:
        with self.lock:
            content, named = self.pickled(backends)
        service = backends.service_name
        if self.written.get(service) == content:
            return
        path = self.folder / f"{service}.pickle"
        new = path.with_suffix(".new")
        new.write_bytes(content)
        new.replace(path)
        self.written[service] = content
        if service == "s3":
            for file in self.objects.iterdir():
                if file.name not in named:
                    file.unlink()

    def pickled(self, backends: BackendDict) -> tuple[bytes, set[str]]:
        file = io.BytesIO()
        pickler = Pickler(file, self.objects)
        pickler.dump(list(backends.iter_backends()))
        return file.getvalue(), pickler.named


def is_for(environ: dict[str, str], service: str) -> bool:
    return f"/{service}/aws4_request" in environ.get("HTTP_AUTHORIZATION", "")


def read_body(environ: dict[str, Any]) -> None:
    """Reads what a client may be slow to send before others have to wait for it."""
    length = environ.get("CONTENT_LENGTH")
    body = environ["wsgi.input"]
    if length:
        environ["wsgi.input"] = io.BytesIO(body.read(int(length)))
    elif environ.get("wsgi.input_terminated"):
        environ["wsgi.input"] = io.BytesIO(body.read())


def guarded(app, key: str):
    """Answers nobody who does not know the key: programs of other users, pages in a browser."""

    def answer(environ, start_response):
        if environ.get("HTTP_X_ML_CONTAINER_CREATOR_KEY") == key:
            return app(environ, start_response)
        start_response("403 Forbidden", [("Content-Length", "0")])
        return []

    return answer


def main() -> None:
    key = os.environ.pop("MOTO_KEY")
    server = threaded_moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    keeper = Keeper(Path(sys.argv[1])) if len(sys.argv) > 1 else None
    if keeper:
        keeper.restore()
        keeper.start()
    make_app = threaded_moto_server.DomainDispatcherApplication
    keeping = keeper.wrapped if keeper else lambda app: app
    threaded_moto_server.DomainDispatcherApplication = lambda create: guarded(keeping(make_app(create)), key)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    sys.stdin.read()
    if keeper:
        keeper.end()
    os._exit(0)


main()
