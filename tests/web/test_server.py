"""The server as a browser meets it, with a game that costs nothing."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from fixtures.fake_game import FakeGame
from gan_runner.web import command, server
from gan_runner.web.arena import Arena
from gan_runner.web.seat import MOST

HERE = {"host": "127.0.0.1:8000"}


@pytest.fixture
def games() -> list[FakeGame]:
    return []


@pytest.fixture
def client(tmp_path: Path, games: list[FakeGame]) -> Iterator[TestClient]:
    def make() -> FakeGame:
        games.append(FakeGame())
        return games[-1]

    app = server.application(server.Context(command.start([]), tmp_path, make))
    with TestClient(app, base_url="http://127.0.0.1:8000") as one:
        yield one


def words(socket: Any, until: str) -> dict[str, Any]:
    while True:
        message = socket.receive()
        if message.get("text") and (told := json.loads(message["text"]))["event"] == until:
            return dict(told)


@pytest.mark.parametrize(
    ("path", "part"),
    [("/", "<title>gan-play</title>"), ("/static/look.css", "--real"), ("/static/game/main.js", "connect"),
     ("/strings/es.json", "discriminador"), ("/options.json", "minibatch_discrimination"),
     ("/recording.html", "showRecording")],
)  # fmt: skip
def test_pages_and_their_files_are_there_and_fetch_nothing_from_elsewhere(
    client: TestClient, path: str, part: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert part in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "https://" not in answer.text


@pytest.mark.parametrize(
    "path", ["/static/../server.py", "/static/%2e%2e/server.py", "/strings/../en.json", "/strings/xx.json"]
)
def test_no_other_file_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_other_hosts_and_origins_are_refused(client: TestClient) -> None:
    assert client.get("/", headers={"host": "evil.example"}).status_code == 403
    assert client.get("/", headers={"origin": "http://evil.example"}).status_code == 403
    for headers in ({"origin": "http://evil.example"}, {"host": "evil.example"}):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/ws", headers=headers) as socket:
            socket.receive_text()


def test_the_socket_binds_to_this_machine_alone() -> None:
    listener = server.listening(0)
    host, port = listener.getsockname()
    assert host == "127.0.0.1"
    with pytest.raises(OSError, match="in use"):
        server.listening(port)
    listener.close()


FOREIGN = ("paths.outputs=/etc", "loss._target_=os.system", "seed", "a b=c", "data.path=/etc/passwd", "~x=1",
           "hydra.run.dir=/", "loss=${oc.env:HOME}", "trainer=ddp", "tricks=[ada]", "tricks=ema'")  # fmt: skip


def malformed() -> list[str | bytes]:
    """200 messages that nobody should send."""
    cut = json.dumps({"do": "rate", "side": "left", "player": "generator", "value": 0.01})
    found: list[str | bytes] = [cut[:length] for length in range(len(cut))]
    found += [json.dumps({"do": word}) for word in ("", "fly", "new", "step", "rate", "speed", "__init__", "PLAY")]
    found += [json.dumps({"do": "rate", "side": "left", "player": "generator", "value": value})
              for value in (-1, 11, "1", None, [], {}, True, "1e400")]  # fmt: skip
    found += [json.dumps({"do": "new", "state": {"shared": [], "left": [one]}}) for one in FOREIGN]
    found += [b"", b"\x00\xff", b"{}", "\x00", "[" * 5000, "9" * 5000, "null", "true", '"play"', "[]", "{}"]
    while len(found) < 200:
        found.append(json.dumps({"do": "steps", "side": "left", "value": len(found) * 1000}))
    return found[:200]


def test_200_malformed_messages_get_an_error_each_and_change_nothing(client: TestClient, games: list[FakeGame]) -> None:
    with client.websocket_connect("/ws", headers=HERE) as socket:
        before = words(socket, "state")
        words(socket, "began")
        heard = list(games[0].heard)
        for message in malformed():
            if isinstance(message, bytes):
                socket.send_bytes(message)
            else:
                socket.send_text(message)
            assert words(socket, "error")["sentence"]
        assert games[0].heard == heard
        with client.websocket_connect("/ws", headers=HERE) as other:
            assert words(other, "state") == before
        socket.send_text('{"do":"play"}')
        assert words(socket, "playing")["playing"] is True


def test_a_closed_tab_ends_nothing(client: TestClient, games: list[FakeGame]) -> None:
    with client.websocket_connect("/ws", headers=HERE) as socket:
        words(socket, "began")
        socket.send_text('{"do":"play"}')
        words(socket, "playing")
    with client.websocket_connect("/ws", headers=HERE) as socket:
        assert words(socket, "state")["playing"] is True
    assert games[0].playing
    assert len(games) == 1


def test_a_browser_that_reads_nothing_is_let_go(tmp_path: Path) -> None:
    class Stuck:
        """Its browser takes the first word and no other."""

        def __init__(self, app: Any) -> None:
            self.app, self.taken = app, 0

        async def accept(self) -> None: ...

        async def send_text(self, text: str) -> None:
            self.taken += 1
            await asyncio.Event().wait()

        async def receive(self) -> dict[str, Any]:
            await asyncio.Event().wait()
            return {}

    async def play() -> None:
        arena = Arena(command.start([]), tmp_path, FakeGame)
        app = Starlette()
        app.state.arena = arena
        meeting = asyncio.create_task(server._browser(Stuck(app)))  # type: ignore[arg-type]
        while not arena.seats:
            await asyncio.sleep(0.01)
        for _ in range(2 * MOST):
            await arena.hear('{"do": "pause"}')
        await asyncio.wait_for(meeting, 5)
        assert not arena.seats
        arena.close()

    asyncio.run(play())
