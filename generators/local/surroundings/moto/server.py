"""moto's server on loopback: prints its port, and ends with its standard input.

Given a folder, it keeps there what moto knows, for the next start.
"""

import os
import sys
from pathlib import Path

from keeper import Keeper
from moto.logs.models import LogStream
from moto.moto_server import threaded_moto_server

# Lines of a stream of CloudWatch Logs: beyond the most, the newest are kept.
MOST_LINES, KEPT_LINES = 20_000, 10_000


def guarded(app, key: str):
    """Answers nobody who does not know the key: programs of other users, pages in a browser."""

    def answer(environ, start_response):
        if environ.get("HTTP_X_ML_CONTAINER_CREATOR_KEY") == key:
            return app(environ, start_response)
        start_response("403 Forbidden", [("Content-Length", "0")])
        return []

    return answer


def bounded(put):
    """Has a stream of logs forget its oldest lines: moto holds all of them in memory, and writes them all each time."""

    def put_log_events(self, log_events):
        token = put(self, log_events)
        if len(self.events) > MOST_LINES:
            del self.events[:-KEPT_LINES]
        return token

    return put_log_events


def main() -> None:
    LogStream.put_log_events = bounded(LogStream.put_log_events)
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
