"""A game in a process of its own, played as a page plays it."""

import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gan_runner.web.frames import View
from gan_runner.web.live import LiveGame
from gan_runner.web.player import prepare

POINTS = (
    "model=vanilla", "data=ring", "data.num_samples=3000", "data.batch_size=16", "network.generator.hidden=[8]",
    "network.discriminator.hidden=[8]", "latent.latent_dim=2", "trainer.accelerator=cpu",
)  # fmt: skip
PATIENCE = 120.0
"""Seconds; the process imports torch first."""


@pytest.fixture(scope="module")
def game() -> Iterator[LiveGame]:
    live = LiveGame()
    yield live
    live.close()
    assert not live._process.is_alive()


def until(game: LiveGame, *events: str, **header: Any) -> Any:
    """The next of these events whose header says so."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = game.receive(1)
        if found and found[0]["event"] in events and header.items() <= found[0].items():
            return found
    raise TimeoutError(f"no {events} {header}")


def test_a_step_of_the_discriminator_changes_its_surface_alone(game: LiveGame) -> None:
    game.new(POINTS)
    header, (reals,) = until(game, "began")
    assert header["game"] == game.game
    assert len(reals) == header["real"] * 8
    _, before = until(game, "frame", batch=0)
    game.send({"do": "rate", "player": "discriminator", "value": 0.05})
    game.send({"do": "step", "players": ["discriminator"]})
    _, after = until(game, "frame", batch=1)
    fakes, surface, needles, manifold = (old == new for old, new in zip(before, after, strict=True))
    assert (fakes, surface, needles, manifold) == (True, False, False, True)
    game.send({"do": "rate", "player": "generator", "value": 0.05})
    game.send({"do": "step", "players": ["generator"]})
    _, last = until(game, "frame", batch=2)
    assert [old == new for old, new in zip(after, last, strict=True)] == [False, True, False, False]


def test_the_same_settings_and_seed_give_the_game_that_is_played_here(game: LiveGame, tmp_path: Path) -> None:
    """At any pace, with pauses: the pictures after 50 batches are equal to the bit."""
    own = [*POINTS, "trainer.max_steps=50", "tricks=[ema,instance_noise]", "seed=5"]
    game.new(own)
    until(game, "began")
    for command in ("speed", "play", "pause", "play"):
        game.send({"do": command, "batches_per_second": 300})
        time.sleep(0.02)
    game.send({"do": "speed", "batches_per_second": None})
    _, shown = until(game, "frame", batch=50)
    assert until(game, "ended")[0]["reason"] == "50 batches are played (trainer.max_steps)"
    here = prepare(own, tmp_path)
    here.trainer.fit(here.system, here.data)
    _, expected = View(here.data, here.system, seed=5).frame(here.system)  # type: ignore[arg-type]
    assert shown == expected


def test_refusals_end_nothing(game: LiveGame) -> None:
    game.new([*POINTS, "loss=hing"])
    assert "loss/hing" in until(game, "refused")[0]["sentence"]
    game.new(POINTS)
    until(game, "frame", batch=0)
    game.send({"do": "dance"})
    assert "unknown command 'dance'" in until(game, "refused")[0]["sentence"]
    game.send({"do": "step", "players": ["generator"]})
    assert until(game, "frame", batch=1)[0]["moved"] == ["generator"]


def test_a_game_that_nobody_looks_at_plays_on(game: LiveGame) -> None:
    game.new(POINTS)
    until(game, "frame", batch=0)
    game.send({"do": "play"})
    time.sleep(1.0)  # two pictures are sent ahead, and no more
    waiting = [game.receive(0), game.receive(0)]
    assert all(found and found[0]["event"] == "frame" for found in waiting)
    late = waiting[-1][0]["batch"]  # type: ignore[index]
    game.send({"do": "pause"})
    header, _ = until(game, "frame", playing=False)
    assert header["batch"] > late + 20


def test_a_new_game_is_quick_and_events_of_the_last_one_are_not_told(game: LiveGame) -> None:
    game.new(POINTS)
    until(game, "began")
    game.send({"do": "play"})
    begun = time.monotonic()
    game.new([*POINTS, "seed=1"])
    header, _ = game.receive(PATIENCE)  # type: ignore[misc]
    assert (header["event"], header["game"]) == ("began", game.game)
    assert time.monotonic() - begun < 5, "under a second where the machine is not busy: benchmarks/live.py"


def test_sending_and_asking_never_wait(game: LiveGame) -> None:
    begun = time.monotonic()
    for _ in range(2000):
        game.send({"do": "pause"})
    while game.receive(0) is not None:
        pass
    assert time.monotonic() - begun < 2


def say(prefix: str, error: BaseException, overrides: list[str]) -> str:
    return f"{prefix} {overrides[-1]}"


@pytest.mark.slow
def test_a_process_that_is_gone_is_told_of_and_replaced() -> None:
    live = LiveGame(partial(say, "not"))
    try:
        live.new([*POINTS, "loss=hing"])
        assert until(live, "refused")[0]["sentence"] == "not loss=hing"
        process = live._process
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        assert "has ended (exit code -9)" in until(live, "ended")[0]["reason"]
        assert live.receive(0.01) is None
        live.new(POINTS)
        assert until(live, "began")[0]["game"] == 2
    finally:
        live.close()
