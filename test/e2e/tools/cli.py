"""The AWS CLI, loaded once: `cli.py FOLDER` makes a program FOLDER/aws, and runs each call of it in a fork of itself.

A call is the CLI's own code from its main() on, with the arguments, environment, folder and files of whoever calls. It
takes a tenth of a second instead of half a second of CPU, and the scripts that are tested make hundreds. It ends with its
input.
"""

import contextlib
import json
import os
import select
import signal
import socket
import stat
import sys
import traceback
from pathlib import Path

import awscli.clidriver
import awscli.customizations.s3.subcommands

CLIENT = """#!{python} -IS
import json, os, socket, sys

with socket.socket(socket.AF_UNIX) as call:
    call.connect({path!r})
    what = json.dumps({{"args": sys.argv, "env": dict(os.environ), "folder": os.getcwd()}}).encode()
    socket.send_fds(call, [len(what).to_bytes(4, "big")], [0, 1, 2])
    call.sendall(what)
    # Nothing comes when it was killed.
    sys.exit((call.recv(1) or b"\\xff")[0])
"""


def main() -> int:
    """Runs the CLI as its own program does; returns its exit code."""
    try:
        return awscli.clidriver.main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ended.code is not None


def answer(call: socket.socket) -> None:
    """Does what a client asks for, in its place."""
    size, files, *_ = socket.recv_fds(call, 4, 3)
    with call.makefile("rb") as reader:
        asked = json.loads(reader.read(int.from_bytes(size, "big")))
    for to, file in enumerate(files):
        os.dup2(file, to)
    # Set as it is imported: where it finds its data.
    data = os.environ["AWS_DATA_PATH"]
    os.environ.clear()
    os.environ.update(asked["env"], AWS_DATA_PATH=data)
    os.chdir(asked["folder"])
    sys.argv = asked["args"]
    code = main()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    call.sendall(bytes([code & 0xFF]))


folder = Path(sys.argv[1])
path = str(folder / "socket")
with socket.create_server(path, family=socket.AF_UNIX, backlog=100) as server:
    # What the first call would import, without asking anything; no thread is left that a fork would miss.
    sys.argv = ["aws", "sts", "get-caller-identity", "--generate-cli-skeleton"]
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        if main() != 0:
            sys.exit("the AWS CLI does not work")
    client = folder / "aws"
    client.write_text(CLIENT.format(python=sys.executable, path=path))
    client.chmod(client.stat().st_mode | stat.S_IXUSR)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    while select.select([server, sys.stdin], [], [])[0] == [server]:
        call, _ = server.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            server.close()
            try:
                answer(call)
            except BaseException:  # noqa: BLE001
                # This is not to return to the loop, whatever happens.
                traceback.print_exc()
            os._exit(0)
        call.close()
