"""Browsers and games of one arena, with games that cost nothing."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.fake_game import FakeGame
from gan_runner.web import command
from gan_runner.web.arena import Arena
from gan_runner.web.pace import AHEAD
from gan_runner.web.seat import Seat

Told = list[dict[str, Any]]


class Scene:
    """An arena with one browser that watches."""

    def __init__(self, folder: Path) -> None:
        self.games: list[FakeGame] = []
        self.arena = Arena(command.start([]), folder, self.make)

    def make(self) -> FakeGame:
        self.games.append(FakeGame())
        return self.games[-1]

    async def say(self, **said: Any) -> None:
        await self.arena.hear(json.dumps(said))


async def words(seat: Seat, until: str) -> Told:
    """What a browser is told, frames aside, up to a kind of word."""
    told: Told = []
    while not told or told[-1]["event"] != until:
        said = await asyncio.wait_for(seat.next(), 5)
        if isinstance(said, str):
            told.append(json.loads(said))
    return told


def played(folder: Path, play: Callable[[Scene, Seat], Awaitable[None]]) -> Scene:
    async def whole() -> Scene:
        scene = Scene(folder)
        seat = await scene.arena.join()
        try:
            await play(scene, seat)
        finally:
            scene.arena.close()
        return scene

    return asyncio.run(whole())


def test_the_first_browser_has_the_game_begin_and_is_told_the_state_before_it(tmp_path: Path) -> None:
    async def play(scene: Scene, seat: Seat) -> None:
        told = await words(seat, "began")
        assert [one["event"] for one in told] == ["state", "began"]
        assert told[0]["commands"]["left"].startswith("gan-train model=vanilla ")
        assert told[0]["values"]["left"]["loss"] == "non_saturating"
        assert len(told[1]["reals"]) == told[1]["real"]
        assert isinstance(await asyncio.wait_for(seat.next(), 5), bytes)

    assert played(tmp_path, play).games[0].heard == [[*command.OWN, "data=ring"]]


def test_a_second_browser_watches_the_same_game_and_may_leave(tmp_path: Path) -> None:
    async def play(scene: Scene, seat: Seat) -> None:
        await words(seat, "began")
        other = await scene.arena.join()
        assert [one["event"] for one in await words(other, "began")] == ["state", "began"]
        await scene.say(do="play")
        await words(other, "playing")
        scene.arena.leave(other)
        scene.arena.leave(other)
        assert scene.games[0].playing

    assert len(played(tmp_path, play).games) == 1


def test_play_goes_on_with_new_settings_and_pauses_for_a_step(tmp_path: Path) -> None:
    async def play(scene: Scene, seat: Seat) -> None:
        await scene.say(do="speed", batches_per_second=50)
        await scene.say(do="play")
        state = scene.arena.state.model_copy(update={"left": [*command.OWN, "loss=hinge"]})
        await scene.say(do="new", state=state.model_dump())
        await scene.say(do="step", players=["discriminator"])

    heard = played(tmp_path, play).games[0].heard
    assert heard[1:3] == [{"do": "speed", "batches_per_second": 50.0}, {"do": "play"}]
    assert heard[3][-2:] == ["loss=hinge", "data=ring"]
    assert heard[4:] == [
        {"do": "speed", "batches_per_second": 50.0},
        {"do": "play"},
        {"do": "step", "players": ["discriminator"]},
    ]


def test_a_second_game_has_the_same_data_and_is_put_away_again(tmp_path: Path) -> None:
    async def play(scene: Scene, seat: Seat) -> None:
        await scene.say(do="play")
        state = scene.arena.state.model_copy(update={"right": [*command.OWN, "tricks=[r1]"]})
        await scene.say(do="new", state=state.model_dump())
        told = (await words(seat, "began"))[-1]
        assert told["side"] in ("left", "right")
        await scene.say(do="new", state={**state.model_dump(), "right": None})
        await scene.say(do="pause")

    left, right = played(tmp_path, play).games
    assert right.heard[0] == [*command.OWN, "tricks=[r1]", "data=ring"]
    assert right.heard[1:] == [{"do": "play"}, {"do": "pause"}]
    assert left.heard[-1] == {"do": "pause"}


def test_rates_and_steps_act_at_once_and_are_in_the_command(tmp_path: Path) -> None:
    async def play(scene: Scene, seat: Seat) -> None:
        await words(seat, "began")
        await scene.say(do="rate", side="left", player="generator", value=0.002)
        await scene.say(do="steps", side="left", value=5)
        with pytest.raises(ValueError, match="no game on the right"):
            await scene.say(do="steps", side="right", value=5)
        told = (await words(seat, "state"))[-1]
        assert told["values"]["left"]["optimizer.generator.lr"] == 0.002
        assert "optimizer.generator.lr=0.002" in scene.arena.state.left
        assert "system.discriminator_steps=5" in scene.arena.state.left

    heard = played(tmp_path, play).games[0].heard
    assert heard[1:] == [{"do": "rate", "player": "generator", "value": 0.002}, {"do": "steps", "value": 5}]


def test_a_drawing_becomes_the_data(tmp_path: Path) -> None:
    async def play(scene: Scene, seat: Seat) -> None:
        state = scene.arena.state.model_copy(update={"drawn": [[0.0, 0.5], [0.25, 0.5]]})
        await scene.say(do="new", state=state.model_dump())

    heard = played(tmp_path, play).games[0].heard
    kind, path = heard[-1][-2:]
    assert kind == "data=points"
    assert Path(path.removeprefix("data.path=")).parent == tmp_path / "points"


def test_what_is_foreign_changes_nothing(tmp_path: Path) -> None:
    async def play(scene: Scene, seat: Seat) -> None:
        before = scene.arena.state
        with pytest.raises(ValueError, match="cannot be set"):
            await scene.say(do="new", state={"shared": [], "left": ["paths.outputs=/etc"], "drawn": [[0.0, 0.0]]})
        assert not list(tmp_path.iterdir())
        assert scene.arena.state is before

    assert len(played(tmp_path, play).games[0].heard) == 1


def test_a_refusal_reaches_the_browser(tmp_path: Path) -> None:
    async def play(scene: Scene, seat: Seat) -> None:
        await words(seat, "began")
        state = scene.arena.state.model_copy(update={"left": [*command.OWN, "loss.wrong=1"]})
        await scene.say(do="new", state=state.model_dump())
        assert (await words(seat, "refused"))[-1]["sentence"] == "this is wrong: choose right"

    played(tmp_path, play)


@pytest.mark.parametrize("word", ["loss.wrong=1", "loss.ends=1"])
def test_a_game_that_is_over_is_not_waited_for(tmp_path: Path, word: str) -> None:
    async def play(scene: Scene, seat: Seat) -> None:
        await words(seat, "began")
        state = scene.arena.state.model_copy(update={"right": [*command.OWN, word]})
        await scene.say(do="new", state=state.model_dump())
        await words(seat, "began")
        await scene.say(do="play")
        if word == "loss.ends=1":
            right = scene.games[1]
            right.playing = False
            right.told.put(({"event": "ended", "game": right.game, "reason": "killed"}, []))
        left = scene.arena.places["left"]
        for _ in range(100):
            await asyncio.sleep(0.05)
            if left.batch > 2 * AHEAD:
                return
        pytest.fail(f"the other game stopped after {left.batch} batches")

    played(tmp_path, play)
