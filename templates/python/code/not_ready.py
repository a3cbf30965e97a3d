"""Answers 503 on the server's port until the model is loaded.

Without it a health check would wait for its timeout: the port is open, nobody answers.
"""

import selectors
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

ANSWER = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"Content-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
)


@contextmanager
def answering_503(listeners: Sequence[socket.socket]) -> Iterator[None]:
    loaded = threading.Event()
    thread = threading.Thread(target=_answer_until, args=(loaded, listeners))
    thread.start()
    try:
        yield
    finally:
        # The thread must be gone before gunicorn forks its workers.
        loaded.set()
        thread.join()


def _answer_until(loaded: threading.Event, listeners: Sequence[socket.socket]) -> None:
    with selectors.DefaultSelector() as selector:
        for listener in listeners:
            selector.register(listener, selectors.EVENT_READ)
        while not loaded.is_set():
            for key, _ in selector.select(timeout=0.05):
                with suppress(OSError):
                    _answer(key.fileobj)


def _answer(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.settimeout(0.05)
        connection.recv(65536)
        connection.sendall(ANSWER)
