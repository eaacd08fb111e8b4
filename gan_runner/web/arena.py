"""The arena: one or two games, and all browsers that watch and steer them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Any, Protocol

from gan_runner.web import command, drawn, protocol
from gan_runner.web.pace import Pace
from gan_runner.web.protocol import SIDES, Side, State
from gan_runner.web.seat import Seat

Header = dict[str, Any]


class Plays(Protocol):
    """What a game in a process of its own can do (web/live.py)."""

    def new(self, overrides: Sequence[str]) -> None: ...
    def send(self, command: dict[str, Any]) -> None: ...
    def receive(self, timeout: float | None) -> tuple[Header, list[bytes]] | None: ...
    def close(self) -> None: ...


class Place:
    """A game of the arena: its process, what it last told, and how far it is."""

    def __init__(self, game: Plays) -> None:
        self.game = game
        self.news: dict[str, str] = {}
        """The last word of each kind of this game, for whoever comes later."""
        self.frame: bytes | None = None
        self.batch = 0
        self.number = 0
        """How many games its process was asked for; what an earlier one still says is dropped."""
        self.waits = False
        self.over = False
        """Whether its settings were refused or it has ended: there is nothing to wait for."""


class Arena:
    """Begins games, passes on what browsers ask for and what games tell. All but `receive` is done in the event loop.

    begin: what is played first. outputs: below it lies what is saved. make_game: starts a game's process.
    """

    def __init__(self, begin: State, outputs: Path, make_game: Callable[[], Plays]) -> None:
        self.state, self.outputs, self.make_game = begin, outputs, make_game
        self.trusted = [*begin.shared, *begin.left]
        self.playing = False
        self.speed: float | None = None
        self.places: dict[Side, Place] = {}
        self.seats: list[Seat] = []
        self.pace = Pace()
        self.values: dict[Side, dict[str, Any]] = {}
        self._turn = asyncio.Lock()
        self._over = Event()
        self._held: list[tuple[Side, Place, Header, list[bytes]]] | None = None
        """What games tell while a new state has not been told yet; None: nothing is held back."""

    # ---- browsers ---------------------------------------------------------------------------------------------------

    async def join(self) -> Seat:
        """A browser sits down; the first one has the game begin."""
        if not self.places:
            async with self._turn:
                if not self.places:
                    await self._begin(self.state)
        seat = Seat()
        self.seats.append(seat)
        seat.say(self._told())
        for side, place in self.places.items():
            for word in place.news.values():
                seat.say(word)
            if place.frame is not None:
                seat.show(side, place.frame)
        return seat

    def leave(self, seat: Seat) -> None:
        """The game goes on."""
        if seat in self.seats:
            self.seats.remove(seat)

    async def hear(self, text: str) -> None:
        """Do what a browser asks for. Raises ValueError, one sentence, and then nothing has changed."""
        said = protocol.read(text)
        async with self._turn:
            if isinstance(said, protocol.New):
                await self._begin(said.state)
            elif isinstance(said, protocol.Play):
                await self._play(said.do)
            elif isinstance(said, protocol.Step):
                self._pause()
                self._send({"do": "step", "players": list(said.players)})
            elif isinstance(said, protocol.Speed):
                self.speed = said.batches_per_second
                self._send(said.model_dump())
            elif isinstance(said, protocol.Rate | protocol.Steps):
                self._steer(said)

    # ---- games ------------------------------------------------------------------------------------------------------

    async def _begin(self, state: State) -> None:
        """Begin all games of a state anew, paused, or playing where one has been."""
        points = self.outputs / "points"
        command.refuse_foreign(state, self.trusted, [points])
        if state.drawn:
            path = drawn.save(state.drawn, points)
            kept = [one for one in state.shared if command.key_of(one) not in ("data", "data.path")]
            state = state.model_copy(update={"shared": [*kept, "data=points", command.path_of("data.path", path)]})
        self.state, self.values, self._held = state, {}, []
        try:
            for side in SIDES:
                if state.of(side) is not None:
                    self._new(side, command.overrides(state, side))
                elif side in self.places:
                    self._rest(side)
            await self._read_values()
        finally:
            held, self._held = self._held, None
        self._say(self._told(begins=True))
        for came in held or ():
            self._arrived(*came)

    async def _read_values(self) -> None:
        """What the settings come to; of a configuration that is refused nothing is known."""
        for side in SIDES:
            if self.state.of(side) is not None:
                try:
                    self.values[side] = await asyncio.to_thread(command.values, self.state, side)
                except Exception:  # the game itself says why, in one sentence
                    self.values[side] = {}

    def _new(self, side: Side, overrides: Sequence[str]) -> None:
        place = self.places.get(side)
        if place is None:
            place = self.places[side] = Place(self.make_game())
            loop = asyncio.get_running_loop()
            Thread(target=self._receive, args=(side, place, loop), daemon=True).start()
        place.number += 1
        place.batch, place.waits, place.over, place.frame, place.news = 0, False, False, None, {}
        place.game.new(overrides)
        if self.speed is not None:
            place.game.send({"do": "speed", "batches_per_second": self.speed})
        if self.playing:
            place.game.send({"do": "play"})

    def _rest(self, side: Side) -> None:
        """A game that is not on the page any more; its process is kept for the next one."""
        place = self.places[side]
        place.game.send({"do": "pause"})
        place.frame, place.news, place.batch = None, {}, 0

    async def _play(self, what: str) -> None:
        if what == "reset":
            await self._begin(self.state)
        elif what == "play":
            self.playing = True
            for place in self._on_the_page().values():
                place.waits = False
                place.game.send({"do": "play"})
            self._say(json.dumps({"event": "playing", "playing": True}))
        else:
            self._pause()
            self._send({"do": "pause"})

    def _pause(self) -> None:
        self.playing = False
        self._say(json.dumps({"event": "playing", "playing": False}))

    def _steer(self, said: protocol.Rate | protocol.Steps) -> None:
        """A rate or a number of steps: from the next batch on, and in the command line to copy."""
        if self.state.of(said.side) is None:
            raise ValueError(f"there is no game on the {said.side}: add one to compare")
        if isinstance(said, protocol.Rate):
            key, told = f"optimizer.{said.player}.lr", {"do": "rate", "player": said.player, "value": said.value}
        else:
            key, told = "system.discriminator_steps", {"do": "steps", "value": said.value}
        own = [one for one in self.state.of(said.side) or () if command.key_of(one) != key]
        changed = self.state.model_copy(update={said.side: [*own, f"{key}={said.value:g}"]})
        command.refuse_foreign(changed, self.trusted, [self.outputs / "points"])
        self.state = changed
        self.places[said.side].game.send(told)
        if self.values.get(said.side):
            self.values[said.side][key] = said.value
        self._say(self._told())

    def _on_the_page(self) -> dict[Side, Place]:
        return {side: place for side, place in self.places.items() if self.state.of(side) is not None}

    def _send(self, told: dict[str, Any]) -> None:
        for place in self._on_the_page().values():
            place.game.send(told)

    # ---- what games tell --------------------------------------------------------------------------------------------

    def _receive(self, side: Side, place: Place, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: pass on what a game tells until the arena closes."""
        while not self._over.is_set():
            try:
                came = place.game.receive(0.2)
            except (EOFError, OSError):
                return
            if came is not None and not loop.is_closed():
                loop.call_soon_threadsafe(self._arrived, side, place, *came)

    def _arrived(self, side: Side, place: Place, header: Header, arrays: list[bytes]) -> None:
        if self._held is not None:
            self._held.append((side, place, header, arrays))
            return
        if header.get("game", place.number) != place.number or self.state.of(side) is None:
            return
        header = protocol.finite({**header, "side": side})
        if header["event"] == "frame":
            place.frame, place.batch = protocol.frame(header, arrays), int(header["batch"])
            for seat in self.seats:
                seat.show(side, place.frame)
            self._keep_step()
            return
        reals = {"reals": _pairs(arrays[0])} if arrays else {}  # of `began`
        word, event = json.dumps(header | reals), str(header["event"])
        if event == "ended" or (event == "refused" and "began" not in place.news):
            place.over = True
        place.news[event] = word
        self._say(word)
        if place.over:
            self._keep_step()

    def _keep_step(self) -> None:
        if not self.playing:
            return
        there = {side: place for side, place in self._on_the_page().items() if not place.over}
        waiting = self.pace.look({side: place.batch for side, place in there.items()})
        for side, place in there.items():
            if place.waits != (side in waiting):
                place.waits = side in waiting
                place.game.send({"do": "pause" if place.waits else "play"})

    def _told(self, begins: bool = False) -> str:
        """The state, what it comes to, and how it is played from a shell. begins: whether its games begin anew."""
        sides = [side for side in SIDES if self.state.of(side) is not None]
        return json.dumps(protocol.finite({
            "event": "state",
            "begins": begins,
            "state": self.state.model_dump(),
            "values": self.values,
            "commands": {side: command.command(self.state, side) for side in sides},
            "playing": self.playing,
            "speed": self.speed,
        }))  # fmt: skip

    def _say(self, word: str) -> None:
        for seat in self.seats:
            seat.say(word)

    def close(self) -> None:
        """End the games' processes."""
        self._over.set()
        for place in self.places.values():
            place.game.close()


def _pairs(array: bytes) -> list[list[float]]:
    """float32 (N, 2) as lists, to 4 decimals."""
    import numpy as np

    pairs: list[list[float]] = np.frombuffer(array, dtype="<f4").reshape(-1, 2).astype(float).round(4).tolist()
    return pairs
