"""The AWS CLI, loaded once: `cli.py FOLDER` makes a program FOLDER/aws, and runs each call of it in a fork of itself.

A call is the CLI's own code, with the arguments, environment, folder and files of whoever calls; its commands, and the
models of AWS's services, are there already. It takes a thirtieth of a second instead of half a second of CPU, and the
scripts that are tested make thousands. It does not wait before it tries a call again. It ends with its input.
"""

import contextlib
import gc
import os
import select
import signal
import socket
import stat
import sys
import time
import traceback
from pathlib import Path

import awscli.clidriver
import awscli.customizations.s3.subcommands

# Of modules that are a part of Python's program: others take longer than the call.
CLIENT = """#!{python} -IS
import _socket, array, posix, sys

call = _socket.socket(_socket.AF_UNIX)
call.connect({path!r})
args = [arg.encode(errors="surrogateescape") for arg in sys.argv[1:]]
env = [name + b"=" + value for name, value in posix.environ.items()]
what = b"\\0".join([posix.getcwdb(), b"%d" % len(args), *args, *env])
files = array.array("i", [0, 1, 2])
call.sendmsg([len(what).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
call.sendall(what)
# Nothing comes when it was killed.
posix._exit((call.recv(1) or b"\\xff")[0])
"""

# Of each service that the scripts use.
SOME_CALLS = (
    "sts get-caller-identity",
    "sagemaker list-models",
    "s3api list-buckets",
    "ecr describe-repositories",
    "iam list-roles",
    "logs describe-log-groups",
)


def main(args: list[str]) -> int:
    """Runs the CLI as its own program does; returns its exit code."""
    try:
        return driver.main(args)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ended.code is not None


def answer(call: socket.socket) -> None:
    """Does what a client asks for, in its place."""
    size, files, *_ = socket.recv_fds(call, 4, 3)
    with call.makefile("rb") as reader:
        folder, count, *words = reader.read(int.from_bytes(size, "big")).split(b"\0")
    args, env = words[: int(count)], words[int(count) :]
    for to, file in enumerate(files):
        os.dup2(file, to)
    # Set as it is imported: where it finds its data.
    data = os.environ["AWS_DATA_PATH"]
    os.environ.clear()
    os.environb.update(one.split(b"=", 1) for one in env)
    os.environ["AWS_DATA_PATH"] = data
    # Read from files that the environment names.
    driver.session._config = driver.session._profile_map = driver.session._credentials = None
    os.chdir(folder)
    code = main([os.fsdecode(arg) for arg in args])
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    call.sendall(bytes([code & 0xFF]))


folder = Path(sys.argv[1])
path = str(folder / "socket")
driver = awscli.clidriver.create_clidriver()
with socket.create_server(path, family=socket.AF_UNIX, backlog=100) as server:
    # What the first call would import and read, without asking anything; no thread is left that a fork would miss.
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        for call in SOME_CALLS:
            if main([*call.split(), "--generate-cli-skeleton"]) != 0:
                sys.exit(f"the AWS CLI does not work: {call}")
            driver.session.create_client(
                call.split()[0].replace("s3api", "s3"), "us-east-1", aws_access_key_id="-", aws_secret_access_key="-"
            )
    time.sleep = lambda _seconds: None
    gc.freeze()
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
