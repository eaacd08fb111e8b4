"""One game after the other at a table: what is composed, what is refused, what is told when a game ends."""

from pathlib import Path
from typing import Any

import pytest

from gan_runner.config.errors import ConfigError
from gan_runner.web.line import GONE
from gan_runner.web.player import AHEAD, ENDLESS, Table, composed, one_line, prepare, settled

POINTS = (
    "model=vanilla", "data=ring", "data.num_samples=400", "data.batch_size=16", "network.generator.hidden=[8]",
    "network.discriminator.hidden=[8]", "latent.latent_dim=2", "trainer.accelerator=cpu",
)  # fmt: skip


class Wire:
    """The other end of a line, in this process. A number is so many times of silence."""

    def __init__(self, *said: Any) -> None:
        self.said, self.told = list(said), []  # type: ignore[var-annotated]

    def hear(self, timeout: float | None = None) -> Any:
        if self.said and isinstance(self.said[0], int):
            self.said[0] -= 1
            if self.said[0] == 0 or timeout is None:  # who waits for ever has heard all silence
                self.said.pop(0)
            if timeout is not None:
                return None
        return self.said.pop(0) if self.said else GONE if timeout is None else None

    def say(self, message: Any) -> None:
        self.told.append(message[0])


def new(game: int, *overrides: str) -> dict[str, Any]:
    return {"do": "new", "game": game, "overrides": [*POINTS, *overrides]}


def played(folder: Path, *said: Any) -> list[dict[str, Any]]:
    wire = Wire(*said)
    table = Table(wire, folder, one_line)  # type: ignore[arg-type]
    while table.plays():
        pass
    return wire.told


STEP = {"do": "step", "players": ["discriminator", "generator"]}


def test_games_come_one_after_the_other(tmp_path: Path) -> None:
    told = played(tmp_path, new(1), STEP, {"do": "taken"}, {"do": "taken"}, new(2), {"do": "close"})
    assert [(one["event"], one["game"], one.get("batch")) for one in told] == [
        ("began", 1, None), ("frame", 1, 0), ("frame", 1, 1), ("began", 2, None), ("frame", 2, 0),
    ]  # fmt: skip


def test_a_game_that_has_come_to_its_end_says_so(tmp_path: Path) -> None:
    told = played(tmp_path, new(1, "trainer.max_steps=2"), {"do": "play"})
    assert told[-1] == {"event": "ended", "game": 1, "reason": "2 batches are played (trainer.max_steps)"}
    assert told[-2]["batch"] == 2


def test_a_game_that_fails_says_why_and_the_next_one_is_played(tmp_path: Path) -> None:
    broken = new(1, "optimizer.lr=1e30", "callbacks.finite.every=5", "optimizer=sgd")
    told = played(tmp_path, broken, {"do": "play"}, 20, new(2))
    ended = next(one for one in told if one["event"] == "ended")
    assert "not finite" in ended["reason"]
    assert [one["game"] for one in told if one["event"] == "began"] == [1, 2]


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (["model=vanilla", "data=digits"], "a live game is about points in the plane: choose data=ring"),
        ([*POINTS, "loss=hing"], "Could not find 'loss/hing'"),
        ([*POINTS, "network.conditional=true"], "network.conditional=true needs labels"),
        ([*POINTS, "optimizer.lr=-1"], "optimizer"),
        (["model=dcgan", "data=ring"], "network=dcgan makes images"),
        (["model=vanilla", "data=points"], "data.path"),
        (["model=vanilla", "data=points", "data.path=nowhere.csv"], "data.path=nowhere.csv is not a file"),
        ([*POINTS, "data.batch_size=500"], "data.batch_size=500 on 1 device(s) needs 500 samples or more"),
        (["model=autoencoder", "likelihood=gaussian", "data=ring"], "a live game is one of two"),
    ],
    ids=str,
)
def test_what_gan_train_would_refuse_is_refused_in_a_sentence(
    tmp_path: Path, overrides: list[str], sentence: str
) -> None:
    refuse = {"do": "new", "game": 1, "overrides": [*overrides, "trainer.accelerator=cpu"]}
    told = played(tmp_path, refuse, {"do": "play"}, new(2))
    refused = [one["sentence"] for one in told if one["event"] == "refused"]
    assert sentence in refused[0]
    assert "\n" not in refused[0]
    assert refused[1] == "no game is on: its settings were refused, or it has ended"
    assert told[-1]["event"] == "frame"
    assert told[-1]["game"] == 2


def test_the_sentence_is_whose_it_is_asked_to_be(tmp_path: Path) -> None:
    wire = Wire(new(1, "loss=hing"))
    Table(wire, tmp_path, lambda error, overrides: f"{type(error).__name__}: {overrides[-1]}").plays()  # type: ignore[arg-type]
    assert wire.told == [{"event": "refused", "game": 1, "sentence": "MissingConfigException: loss=hing"}]


def test_no_more_than_two_pictures_are_sent_ahead(tmp_path: Path) -> None:
    told = played(tmp_path, new(1), *[STEP] * 6, {"do": "taken"}, STEP)
    frames = [one["batch"] for one in told if one["event"] == "frame"]
    assert frames[:AHEAD] == [0, 1]
    assert frames[AHEAD:] == [6]


def test_a_length_and_a_schedule_that_nobody_asked_for_are_none(tmp_path: Path) -> None:
    def ends(*overrides: str) -> tuple[Any, bool]:
        config = settled(composed([*POINTS, *overrides], tmp_path), overrides)
        return config.trainer.max_steps, any(config.schedule.values())

    assert ends() == (ENDLESS, False)
    assert ends("trainer.max_steps=70") == (70, False)
    assert ends("schedule=cosine") == (ENDLESS, True)
    assert ends("experiment=ring/gan") == (4000, True)


def test_nothing_is_saved_drawn_or_logged(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    played(folder, new(1, "trainer.max_steps=3"), {"do": "play"})
    assert not list(tmp_path.rglob("*"))
    config = settled(composed(POINTS, folder), POINTS)
    assert list(config.callbacks) == ["finite", "equilibrium", "monitor"]
    assert not config.logger
    assert not config.metrics


def test_one_device_and_eager_steps_whatever_is_asked_for(tmp_path: Path) -> None:
    asked = ("trainer=ddp_cpu", "trainer.devices=2", "trainer.engine=compile")
    trainer = prepare([*POINTS[:-1], *asked], tmp_path).trainer
    assert (trainer.world_size, trainer.engine) == (1, "eager")  # type: ignore[attr-defined]


def test_an_error_in_one_line() -> None:
    assert one_line(ConfigError("a\n  b"), []) == "a b"
    assert one_line(KeyError("a"), []) == "KeyError: 'a'"
    assert one_line(RuntimeError(), []) == "RuntimeError: no further explanation"
