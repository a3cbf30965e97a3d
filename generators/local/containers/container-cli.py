#!/usr/bin/env python3
"""Stands for docker where nothing is built: what deploy/build_and_push.sh asks of it, for the project's own server.

An image is a record of the folder it was asked to be built from; pushed, it is an image that stands for that folder.
"""

import json
import platform
import sys
import urllib.parse
import urllib.request
from pathlib import Path

BUILDS = Path(__file__).parent / "builds"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
TYPE = "application/vnd.ml-container-creator.stand-in+json"


def main(*args: str) -> None:
    match args:
        case ["--version"]:
            print("ml-container-creator local --process, which builds nothing")
        case ["build", *options]:
            here = f"linux/{ARCHITECTURES.get(platform.machine(), platform.machine())}"
            record = {"folder": str(Path(options[-1]).resolve()), "platform": value_of("--platform", options, here)}
            BUILDS.mkdir(exist_ok=True)
            file_of(value_of("--tag", options, "latest")).write_text(json.dumps(record))
            print(f"Nothing is built: the server of the project in {record['folder']} takes the image's place")
        case ["image", "inspect", "--format", "{{.Os}}/{{.Architecture}}", name]:
            print(record_of(name)["platform"])
        case ["tag", name, other]:
            file_of(other).write_text(json.dumps(record_of(name)))
        case ["image", "rm", name]:
            file_of(name).unlink()
        case ["login", *_]:
            sys.stdin.read()
        case ["push", name]:
            push(name)
        case _:
            sys.exit(
                f"ml-container-creator local --process runs no containers, so there is no {' '.join(args[:2])}: leave "
                "--process out where Docker is there, or unset CONTAINER_CLI"
            )


def value_of(option: str, options: list[str], default: str) -> str:
    return options[options.index(option) + 1] if option in options else default


def file_of(name: str) -> Path:
    return BUILDS / urllib.parse.quote(name, safe="")


def record_of(name: str) -> dict[str, str]:
    try:
        return json.loads(file_of(name).read_text())
    except FileNotFoundError:
        sys.exit(f"there is no image {name}")


def push(name: str) -> None:
    path, tag = name.rsplit(":", 1)
    host, repository = path.split("/", 1)
    request = urllib.request.Request(
        f"http://{host}/v2/{repository}/manifests/{tag}",
        json.dumps(record_of(name)).encode(),
        {"Content-Type": TYPE},
        method="PUT",
    )
    # A proxy would look for this address on its own machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(request).close()
    except urllib.request.HTTPError as error:
        sys.exit(f"{name} is refused: {error.read().decode()}")


main(*sys.argv[1:])
