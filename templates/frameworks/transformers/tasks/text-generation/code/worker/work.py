"""What a worker does: generates until the server is gone, and takes requests meanwhile."""

import select
import socket

import wire
from model_handler import AT_ONCE
from worker.predictor import Predictor


def work(server: socket.socket, loaded: tuple) -> None:
    """The server sends lists of numbered requests, and numbers of those to give up.

    It gets what each step brings, and even if that is nothing, as a sign of life.
    """
    predictor = Predictor(*loaded)
    server.sendall(wire.pack(["ready", AT_ONCE]))
    reader = wire.Reader()
    while True:
        while predictor.idle or readable(server):
            piece = server.recv(1 << 20)
            if not piece:
                return
            for message in reader.feed(piece):
                if isinstance(message, int):
                    predictor.give_up(message)
                else:
                    predictor.take(message)
        server.sendall(wire.pack(predictor.step()))


def readable(server: socket.socket) -> bool:
    return bool(select.select([server], [], [], 0)[0])
