"""Keeps in a folder what moto knows, so that the next start has all of it again.

moto has no files of its own, and its recorder makes other ids, times and ARNs when it replays. A file for each service of
AWS holds its objects, pickled; what S3 holds beyond some size is a file of its own. A request that may have changed
something is answered when that is written.
"""

import errno
import io
import pickle
import sys
import threading
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.s3.models import s3_backends
from pickled import Pickler

# Container logs come line by line, and are written so many seconds later: nobody waits for them.
LOGS = "logs"
LATER = 0.5


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
                begun: list[tuple] = []
                answer = app(environ, lambda *how: begun.append(how))
            if environ["REQUEST_METHOD"] not in ("GET", "HEAD", "OPTIONS"):
                failure = self.keep(LOGS if is_for(environ, LOGS) else "others")
                if failure:
                    return refused(start_response, failure)
            start_response(*begun[0])
            return answer

        return keeping

    def keep(self, what: str) -> Exception | None:
        """Has something written that was changed; waits for it, but for logs. Why that cannot be, if it cannot."""
        with self.changed:
            self.changes[what] += 1
            mine = self.changes[what]
            self.changed.notify_all()
            if what != LOGS:
                self.changed.wait_for(lambda: self.done[what] >= mine)
            return None if what == LOGS else self.failure

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
            except OSError:
                raise
            except Exception as error:  # noqa: BLE001
                # What cannot be pickled, such as keys of KMS, says so by many a class of errors: all else is kept.
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
        try:
            new.write_bytes(content)
            new.replace(path)
        except OSError:
            new.unlink(missing_ok=True)
            raise
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


def refused(start_response, failure: Exception) -> list[bytes]:
    """What could not be written; clients of AWS do not try again at this status, and show its words."""
    full = isinstance(failure, OSError) and failure.errno in (errno.ENOSPC, errno.EDQUOT)
    why = "there is no room on the disk" if full else str(failure)
    text = f"this is done, but not written down: {why}. Until it is, the next start of local does not know it".encode()
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))]
    start_response("507 Insufficient Storage", headers)
    return [text]


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
