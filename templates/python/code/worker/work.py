"""What a worker does: answers requests until the server is gone."""

import socket

import wire
from worker import predictor


def work(server: socket.socket, loaded: tuple) -> None:
    """Answers batches of requests, one after the other."""
    predicting = predictor.Predictor(*loaded)
    server.sendall(wire.pack(["ready"]))
    with server.makefile("rb") as batches:
        while (batch := wire.read(batches)) is not None:
            server.sendall(wire.pack(predicting.answer(batch)))
