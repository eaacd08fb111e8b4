"""The server of gan-play: pages, their files and words, and one socket for each browser. It binds to loopback alone."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from gan_runner.strings.reading import FOLDER, LANGUAGES
from gan_runner.web import command
from gan_runner.web.arena import Arena, Plays
from gan_runner.web.controls import controls
from gan_runner.web.guard import GuardMiddleware
from gan_runner.web.protocol import State
from gan_runner.web.recording import shell
from gan_runner.web.seat import Seat

HERE = Path(__file__).parent
STATIC = HERE / "static"
HOST = "127.0.0.1"
LARGEST = 4 * 2**20
"""Bytes of a message of a browser: more than an address holds, so that one with too much in it gets a sentence."""


@dataclass
class Context:
    """What a server shows: the game's start, the folder that outputs lie in, the language (None: the browser's), and
    pages beside the game's.
    """

    start: State
    outputs: Path
    make_game: Callable[[], Plays]
    language: str | None = None
    more: Sequence[BaseRoute] = field(default_factory=list)


def application(context: Context) -> Starlette:
    """The pages. A game begins with the first browser that asks for it."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.arena = Arena(context.start, context.outputs, context.make_game)
        yield
        await asyncio.to_thread(app.state.arena.close)

    routes: list[BaseRoute] = [
        Route("/", partial(_page, "index.html")),
        Route("/options.json", partial(_options, context)),
        Route("/strings/{language}.json", _strings),
        Route("/recording.html", _recording),
        WebSocketRoute("/ws", _browser),
        *context.more,
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    return Starlette(routes=routes, middleware=[Middleware(GuardMiddleware)], lifespan=lifespan)


async def _page(name: str, request: Request) -> Response:
    return FileResponse(STATIC / name)


async def _options(context: Context, request: Request) -> Response:
    """What a page may set, and in which language it begins."""
    offered = await asyncio.to_thread(controls)
    return JSONResponse(
        {"controls": offered, "start": command.OWN, "language": context.language, "languages": LANGUAGES}
    )


async def _strings(request: Request) -> Response:
    language = request.path_params["language"]
    if language not in LANGUAGES:
        return JSONResponse({"error": f"there are words in {', '.join(LANGUAGES)}"}, status_code=404)
    return FileResponse(FOLDER / f"{language}.json")


async def _recording(request: Request) -> Response:
    """The page of a recording, into which the browser puts the frames that it has kept."""
    return HTMLResponse(await asyncio.to_thread(shell))


async def _browser(websocket: WebSocket) -> None:
    arena: Arena = websocket.app.state.arena
    await websocket.accept()
    seat = await arena.join()
    hearing = asyncio.create_task(_hear(websocket, arena, seat))
    others = [asyncio.create_task(_send(websocket, seat.next)), asyncio.create_task(seat.gone.wait())]
    try:
        await asyncio.wait([hearing, others[1]], return_when=asyncio.FIRST_COMPLETED)
        if hearing.done():
            hearing.result()
    finally:
        arena.leave(seat)
        for task in (hearing, *others):
            task.cancel()


async def _hear(websocket: WebSocket, arena: Arena, seat: Seat) -> None:
    """Until the browser has gone."""
    while (message := await websocket.receive())["type"] != "websocket.disconnect":
        try:
            if message.get("text") is None:
                raise ValueError("this message cannot be read: it should be a text")
            await asyncio.shield(arena.hear(message["text"]))  # a game that begins is begun, whoever leaves
        except (OSError, ValueError) as error:
            seat.say(json.dumps({"event": "error", "sentence": str(error)}))


async def _send(websocket: WebSocket, following: Callable[[], object]) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):  # the browser has gone
        while True:
            message = await following()  # type: ignore[misc]
            if isinstance(message, bytes):
                await websocket.send_bytes(message)
            else:
                await websocket.send_text(message)


# ---- on a port ------------------------------------------------------------------------------------------------------


def listening(port: int) -> socket.socket:
    """A socket on this machine alone; port 0: a free one. Raises OSError where the port is taken."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
        found.listen()
    except OSError:
        found.close()
        raise
    return found


def serve(context: Context, listener: socket.socket) -> None:
    """Answer until the process is told to stop."""
    config = uvicorn.Config(
        application(context),
        log_level="warning",
        access_log=False,
        lifespan="on",
        ws_max_size=LARGEST,
        timeout_graceful_shutdown=1,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listener])
