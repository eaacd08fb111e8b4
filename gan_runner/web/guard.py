"""Who may ask the server, and for which files: this machine's own pages, and paths below given folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from gan_runner.config.errors import ConfigError
from gan_runner.files import expanded

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Names of this machine. Others that lead here are other people's (DNS rebinding)."""
HEADERS = (
    (b"content-security-policy", b"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
     b"connect-src 'self' ws://127.0.0.1:* ws://localhost:*; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
)  # fmt: skip


class GuardMiddleware:
    """Refuses requests and sockets whose Host is not this machine, or whose Origin is not this very server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if not is_ours(headers.get("host", ""), headers.get("origin")):
            return await _refuse(scope, receive, send)

        async def with_headers(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]  # type: ignore[misc]
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)  # type: ignore[arg-type]


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await PlainTextResponse("gan-play answers its own pages alone.", 403)(scope, receive, send)


def is_ours(host: str, origin: str | None) -> bool:
    """Whether a request was meant for this machine and comes from a page of this server. Programs send no Origin."""
    if _name(f"//{host}") not in LOOPBACK:
        return False
    return origin is None or origin == f"http://{host}"


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def inside(path: str | Path, folders: Sequence[Path]) -> Path:
    """A path with its links followed, which lies below one of the folders. Raises ConfigError for any other."""
    try:
        found = expanded(path).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ConfigError(f"{path!r} is no path") from error
    if not any(found.is_relative_to(folder.resolve()) for folder in folders):
        raise ConfigError(f"{path} lies outside what gan-play was given: {', '.join(map(str, folders))}")
    return found
