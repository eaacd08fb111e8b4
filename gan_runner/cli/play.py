"""gan-play: the game on a page in the browser; a run while it trains; a latent space to walk through."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gan_runner.cli.groups import page_of_keys
from gan_runner.cli.printing import printable

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

PAGE = """
gan-play opens a page in the browser on which a game between two networks is played: points, the discriminator's answers
as colours, curves; loss, tricks, rates and data can be changed while it plays. It works without a network, and answers
this machine alone. Ctrl-C ends it.

  gan-play                                      a plain game on eight modes
  gan-play data=ring model=vanilla tricks=[ema] begins with settings of gan-train
  gan-play experiment=lesson/collapse           begins with a lesson or a recipe on points
  gan-play data=points data.path=mine.csv       your own points, two columns
  gan-play run=last                             looks at a run, finished or playing: curves, samples, modes, state
  gan-play explore=last                         walks through the latent space of a run
  gan-play lang=es                              in Spanish

Keys and their defaults (key=value on the command line; other keys are those of gan-train):

{keys}
"""
OWN = ("run", "explore", "lang", "port", "open", "outputs")
NEEDED = ("starlette", "uvicorn", "websockets")


class Request(NamedTuple):
    """What the command line asks for; overrides: what the game begins with."""

    overrides: tuple[str, ...] = ()
    run: str | None = None
    explore: str | None = None
    lang: str | None = None
    port: int = 0
    open: bool = True
    outputs: str = "outputs"

    @classmethod
    def of(cls, arguments: Sequence[str]) -> Request:
        """Raises ConfigError, one sentence that names the key."""
        from gan_runner.cli.asked import SWITCH, chosen, own_and_others
        from gan_runner.config.errors import ConfigError
        from gan_runner.strings.reading import LANGUAGES

        told, overrides = own_and_others("play", arguments, OWN)
        if wrong := [one for one in overrides if "=" not in one]:
            raise ConfigError(f"no key=value: {wrong[0]}: keys are given as key=value, see gan-play --help")
        given = {key: value for key, value in told.items() if value not in ("", "null")}
        lang = chosen(given, "lang", LANGUAGES, "") if "lang" in given else None
        port, opens = given.pop("port", "0"), chosen(given, "open", SWITCH, "true")
        if not (port.isdecimal() and int(port) < 2**16):
            raise ConfigError(f"port={port} is not valid: it should be a number from 0 (a free one) to 65535")
        if "run" in given and "explore" in given:
            raise ConfigError("run=… looks at a run and explore=… at its latent space: give one of them")
        return cls(tuple(overrides), lang=lang, port=int(port), open=opens == "true", **given)


def main() -> None:
    """The console script."""
    printable()
    if {"--help", "-h"} & set(sys.argv[1:]):
        print(PAGE.strip().replace("{keys}", page_of_keys("play")))
        return
    try:
        refuse_without_web()
        with suppress(KeyboardInterrupt):
            play(Request.of(sys.argv[1:]))
    except (OSError, ValueError) as error:
        print(f"gan-play: {error}", file=sys.stderr, flush=True)
        sys.exit(1)
    with suppress(BrokenPipeError):  # whoever read from here may have gone before
        print("\ngan-play has ended", flush=True)


def refuse_without_web() -> None:
    """Raises ConfigError where what serves pages is not installed."""
    from importlib.util import find_spec

    from gan_runner.config.errors import ConfigError

    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise ConfigError(f"pages need {', '.join(missing)}: pip install 'gan-runner[web]'")


def play(request: Request) -> None:
    """Serve the page until the process is told to stop. Raises ConfigError, OSError."""
    from functools import partial

    from gan_runner.config.errors import ConfigError
    from gan_runner.files import expanded
    from gan_runner.web import command, server
    from gan_runner.web.live import LiveGame

    start, outputs = command.start(of_game(request.overrides)), expanded(request.outputs)
    first, more = beside(request, outputs)
    if first == "/":
        try:
            command.refuse_at_once(start)
        except Exception as error:
            raise ConfigError(explained(error, command.overrides(start, "left"))) from error
    context = server.Context(start, outputs, partial(LiveGame, explained), request.lang, more)
    try:
        listener = server.listening(request.port)
    except OSError as error:
        raise ConfigError(
            f"port={request.port} is taken or not allowed ({error.strerror}): choose another, or leave port out"
        ) from error
    address = f"http://{server.HOST}:{listener.getsockname()[1]}{first}"
    print(f"gan-play is at {address} (Ctrl-C ends it)", flush=True)
    if request.open:
        open_soon(address)
    server.serve(context, listener)


def beside(request: Request, outputs: Path) -> tuple[str, list[BaseRoute]]:
    """The page that is opened, and both pages of a run where one is asked for.

    Raises FileNotFoundError or ValueError, one sentence, for a run that is not there or cannot be walked through.
    """
    from gan_runner.config.trust import vouched
    from gan_runner.runs.finding import found
    from gan_runner.runs.folder import RunFolder, refuse_no_folder

    asked = request.run or request.explore
    if asked is None:
        return "/", []
    folder, why = found(asked, outputs, "a record" if request.run else "weights")
    refuse_no_folder(folder)
    if why:
        print(f"{'run' if request.run else 'explore'}={asked}: {folder}, {why}", flush=True)
    from gan_runner.web import latent_space, watching

    run = RunFolder(folder)
    opened = latent_space.Opened(run, vouched(request.overrides))
    if request.explore:
        opened.space()  # what is wrong with it is said here, not on a page
    pages = [*watching.routes(run, outputs, request.lang), *latent_space.routes(opened, request.lang)]
    return "/run/" if request.run else "/explore/", pages


def of_game(overrides: Sequence[str]) -> list[str]:
    """Without trust=true, which vouches for the classes of a run that is looked at."""
    return [one for one in overrides if one.partition("=")[0] != "trust"]


def explained(error: BaseException, overrides: Sequence[str]) -> str:
    """The sentence that gan-train would say of a configuration; the game's process asks for it."""
    from gan_runner.cli.sentences import sentence
    from gan_runner.config.options import CONFIGS

    return sentence(error, CONFIGS, "train", overrides)


def open_soon(address: str) -> None:
    """Open a browser without waiting for it: the socket takes its request as soon as the server listens."""
    import webbrowser
    from threading import Timer

    timer = Timer(0.5, webbrowser.open, [address])
    timer.daemon = True
    timer.start()


if __name__ == "__main__":
    main()
