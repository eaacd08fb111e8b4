"""What callbacks share: the batches they act at, random numbers of their own, pictures for TensorBoard."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image
from pytorch_lightning.loggers import TensorBoardLogger
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn

from gan_runner.callbacks.base import Interruptible, Periodic, keep, keep_and_show
from gan_runner.runs.interruption import signals
from gan_runner.waiting.clock import aside


class Notes(Periodic):
    """Notes the batches at which it acts."""

    def __init__(self, every: int) -> None:
        self.every = every
        self.acted: list[int] = []

    def act(self, trainer: Any, system: Any) -> None:
        self.acted.append(trainer.global_step)


def acted(every: int, batches: int, max_steps: int = -1) -> list[int]:
    """Of a run of so many batches, at whose end the trainer says so."""
    notes, trainer, system = Notes(every), SimpleNamespace(global_step=0, max_steps=max_steps), None
    for step in range(1, batches + 1):
        trainer.global_step = step
        notes.on_train_batch_end(trainer, system, None, None, step)  # type: ignore[arg-type]
    notes.on_train_end(trainer, system)  # type: ignore[arg-type]
    return notes.acted


@pytest.mark.parametrize(
    ("every", "batches", "max_steps", "expected"),
    [
        (4, 10, 10, [4, 8, 10]),
        (5, 10, 10, [5, 10]),  # the end falls on its turn: once
        (20, 10, 10, [10]),
        (1, 3, 3, [1, 2, 3]),
        (4, 10, -1, [4, 8, 10]),  # ended by its epochs
        (5, 10, -1, [5, 10]),
        (4, 7, 100, [4, 7]),  # ended by another callback
    ],
)
def test_every_so_often_and_at_the_end_once_each(every: int, batches: int, max_steps: int, expected: Any) -> None:
    assert acted(every, batches, max_steps) == expected


def test_who_has_acted_by_hand_does_not_again_at_that_batch() -> None:
    """As at the start of a run that has nothing left to play."""
    notes, trainer = Notes(10), SimpleNamespace(global_step=0, max_steps=5)
    notes.act_once(trainer, None)  # type: ignore[arg-type]
    notes.act_once(trainer, None)  # type: ignore[arg-type]
    notes.on_train_end(trainer, None)  # type: ignore[arg-type]
    assert notes.acted == [0]


@pytest.mark.parametrize(("mode", "colour", "bands"), [("RGB", (9, 8, 7), 3), ("L", 7, 1), ("RGBA", (1, 2, 3, 4), 4)])
def test_pictures_go_to_their_file_and_to_tensorboard(tmp_path: Path, mode: str, colour: Any, bands: int) -> None:
    board = TensorBoardLogger(str(tmp_path / "board"))
    trainer: Any = SimpleNamespace(loggers=[SimpleNamespace(), board])
    picture = Image.new(mode, (3, 2), colour)
    keep_and_show(picture, tmp_path / "a.png", trainer, "samples", 7)
    board.experiment.flush()
    events = EventAccumulator(board.log_dir).Reload()
    (image,) = events.Images("samples")
    assert (image.step, image.width, image.height) == (7, 3, 2)
    assert image.encoded_image_string == (tmp_path / "a.png").read_bytes()
    back = Image.open(tmp_path / "a.png")
    assert (back.mode, back.getpixel((2, 1)), len(back.getbands())) == (mode, colour, bands)


def test_loggers_that_show_pictures_are_handed_them(tmp_path: Path) -> None:
    shown: list[Any] = []
    one = SimpleNamespace(show_picture=lambda *told: shown.append(told))
    picture, path = Image.new("L", (3, 2)), tmp_path / "a.png"
    keep_and_show(picture, path, SimpleNamespace(loggers=[one, object()]), "samples", 9)  # type: ignore[arg-type]
    assert shown == [("samples", path, 9)]
    assert path.is_file()


def test_without_tensorboard_pictures_go_to_their_file(tmp_path: Path) -> None:
    picture, trainer = Image.new("RGB", (3, 2), (10, 20, 30)), SimpleNamespace(loggers=[])
    keep_and_show(picture, tmp_path / "a.png", trainer, "samples", 8)  # type: ignore[arg-type]
    keep(picture, tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


class Long(Interruptible):
    """Spoils what a run must not notice, and is told to stop amid that where it shall be."""

    def __init__(self, told: bool) -> None:
        self.every, self.told, self.done = 1, told, 0

    def act(self, trainer: Any, system: Any) -> None:
        def work() -> None:
            torch.rand(3)
            system.eval()
            if self.told:
                os.kill(os.getpid(), signal.SIGTERM)
            self.done += 1

        self.came_through(system, work)


@pytest.fixture
def heard() -> Iterator[None]:
    signals.listen()
    yield
    signals.unlisten()


def test_what_is_cut_off_leaves_no_trace_and_is_made_up_for(heard: None) -> None:
    trainer, system, long = SimpleNamespace(global_step=4, max_steps=9), nn.Linear(1, 1), Long(told=True)
    signals.hold()
    drawn = torch.get_rng_state()
    long.act_once(trainer, system)  # type: ignore[arg-type]
    assert (long.done, system.training, signals.number) == (0, True, signal.SIGTERM)
    assert torch.equal(torch.get_rng_state(), drawn)
    signals.unlisten()
    later = Long(told=False)
    later.load_state_dict(long.state_dict())
    later.make_up(trainer, system)  # type: ignore[arg-type]
    later.make_up(trainer, system)  # type: ignore[arg-type]
    assert (later.done, later.state_dict()) == (1, {"cut_off": False})


def test_a_run_of_before_has_cut_nothing_off() -> None:
    long = Long(told=False)
    long.load_state_dict({})
    long.make_up(SimpleNamespace(global_step=4), nn.Linear(1, 1))  # type: ignore[arg-type]
    assert long.done == 0


def test_pictures_are_whole(tmp_path: Any) -> None:
    keep(Image.new("L", (2, 2)), tmp_path / "a.png")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_what_takes_long_is_set_aside_from_playing(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("gan_runner.waiting.clock.perf_counter", lambda: now[0])

    class Long(Interruptible):
        every = 1

        def act(self, trainer: Any, system: Any) -> None:
            now[0] += 30

    before = aside.seconds
    Long().act_once(SimpleNamespace(global_step=1), None)  # type: ignore[arg-type]
    assert aside.seconds - before == 30
    Notes(1).act_once(SimpleNamespace(global_step=1), None)  # type: ignore[arg-type]
    assert aside.seconds - before == 30
