"""Routes of the user's own in app.py."""

from pathlib import Path

from tests.projects import edited
from tests.server.conftest import BOTH, Start
from tests.talking import Connection, request

pytestmark = BOTH


def test_a_custom_route_reads_a_chunked_body_too(code: Path, web: str, tmp_path: Path, start: Start) -> None:
    route = (
        "import flask\n@app.post('/size')\ndef size():\n    return {'size': len(flask.request.get_data())}"
        if web == "flask"
        else "@app.post('/size')\nasync def size(request: Request):\n    return {'size': len(await request.body())}"
    )
    server = start(edited(code, tmp_path, ends={"app.py": route})).ready()
    assert server.ask("POST", "/size", b"x" * 5000).json == {"size": 5000}
    with Connection(server.port) as connection:
        head = request("GET", "/size", **{"Transfer-Encoding": "chunked"}).replace(b"GET", b"POST")
        connection.send(head + b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")
        assert connection.answer().json == {"size": 7}
