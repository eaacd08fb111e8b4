"""A resumed run ends where the uninterrupted one does, to the bit."""

import os
import random
import signal
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pytorch_lightning import Callback

from fixtures import composing
from fixtures.composing import GROWING
from fixtures.recipes import ALONE, FROM_LATENTS, behind, with_tricks
from gan_runner.assemble import assemble
from gan_runner.callbacks.checkpoint import Checkpoint
from gan_runner.config.options import CONFIGS
from gan_runner.runs.checkpoints import load

SMALL = "network.width=4"
ALL_TRICKS = "tricks=[ema,instance_noise,spectral_norm]"
TRICKS = sorted(path.stem for path in (CONFIGS / "tricks").glob("*.yaml"))
OWN = {
    "r2": [SMALL, "tricks.r2.by=finite_difference", "tricks.r2.share=.5", "tricks.r2.every=2"],  # draws its steps
    "lecam": [SMALL, "tricks.lecam.start=2"],
    "growing": ["network=progan", *GROWING],
    "auxiliary_classifier": [SMALL, "network.conditional=generator"],
}
"""Settings that a trick needs beside the rest."""
PLAYED = [*FROM_LATENTS, *ALONE]
AUGMENTED = "data.augment.hflip=true"  # draws from the global stream in every batch


def state(experiment: Any) -> dict[str, Any]:
    """Everything training changes: weights, buffers, trick state, optimizers."""
    optimizers = [optimizer.state_dict()["state"] for optimizer in experiment.trainer.optimizers]
    return {"system": experiment.system.state_dict(), "optimizers": optimizers, "torch": torch.get_rng_state()}


def assert_equal(one: Any, other: Any) -> None:
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_equal(one[key], other[key])
    elif isinstance(one, list):
        for a, b in zip(one, other, strict=True):
            assert_equal(a, b)
    else:
        assert one == other


def play(config: Any, *callbacks: Callback, resume: Path | None = None) -> Any:
    experiment = assemble(config)
    if resume:  # whatever the new process drew before must not matter
        random.seed(99), np.random.seed(99), torch.manual_seed(99)
    experiment.trainer.callbacks[:0] = callbacks
    experiment.trainer.fit(experiment.system, experiment.data, ckpt_path=resume, weights_only=True)
    return experiment


class Signal(Callback):
    """Sends this process a signal after a batch."""

    def __init__(self, batch: int, number: signal.Signals) -> None:
        self.batch, self.number = batch, number

    def on_train_batch_end(self, trainer: Any, *rest: Any) -> None:
        if trainer.global_step == self.batch:
            os.kill(os.getpid(), self.number)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, Any]]:
    """uninterrupted('model=dcgan', …) -> the state in which such a run ends; played once."""

    @cache
    def end_of(*settings: str) -> dict[str, Any]:
        return state(play(composing.small(tmp_path_factory.mktemp("whole"), *settings)))

    return end_of


# 11 batches an epoch: inside, before its end, at it, after it.
@pytest.mark.parametrize(("model", "stop"), [*product(["dcgan"], (7, 10, 11, 12)), *product(PLAYED, [8])])
def test_interrupted_and_resumed_equals_uninterrupted(
    composed: Any, uninterrupted: Any, tmp_path: Path, model: str, stop: int
) -> None:
    settings = (f"model={model}", *with_tricks(model), AUGMENTED, "trainer.max_steps=16", "schedule=linear",
                *behind(model, 2), "callbacks.samples=null", "callbacks.summary=null")  # fmt: skip
    with pytest.raises(SystemExit) as ended:
        play(composed(*settings), Signal(stop, signal.SIGINT))
    assert ended.value.code == 130
    checkpoint = tmp_path / "checkpoints" / "last.ckpt"
    assert torch.load(checkpoint, weights_only=True)["global_step"] == stop
    resumed = play(composed(*settings), resume=checkpoint)
    assert resumed.trainer.global_step == 16
    assert_equal(uninterrupted(*settings), state(resumed))
    assert {file.name for file in checkpoint.parent.iterdir()} == {"last.ckpt", "previous.ckpt"}


HOOKS = ("on_train_epoch_start", "on_train_batch_start", "on_before_optimizer_step", "on_train_batch_end",
         "on_train_epoch_end", "on_save_checkpoint")  # fmt: skip


class Kill(Callback):
    """Dies at the n-th time that a hook is called."""

    def __init__(self, hook: str, count: int) -> None:
        self.left = count
        setattr(self, hook, self._strike)

    def _strike(self, *given: Any) -> None:
        self.left -= 1
        if self.left == 0:
            raise KilledError


class KilledError(Exception):
    """As a process dies: nothing is saved because of it."""


def trial(composed: Any, folder: Path, chance: random.Random, settings: tuple[str, ...]) -> tuple[Any, int]:
    """Play to the end through up to three kills at random hooks. Returns the state and the resumes from a file."""
    last, resumes = folder / "checkpoints" / "last.ckpt", 0
    for kills_left in (3, 2, 1, 0):
        callbacks = [Kill(chance.choice(HOOKS), chance.randint(1, 12))] if kills_left else []
        saved = load(last)["global_step"] if last.exists() else None
        try:
            experiment = play(composed(*settings, folder=folder), *callbacks, resume=last if last.exists() else None)
        except KilledError:
            resumes += last.exists()
        else:
            break
    found = state(experiment)
    if saved == experiment.trainer.global_step:  # killed after the last save: nothing was left to play, or to draw
        del found["torch"]
    return found, resumes


@pytest.mark.parametrize("trick", TRICKS)
def test_every_trick_resumes(composed: Any, tmp_path: Path, trick: str) -> None:
    """Its state, its random numbers and its schedule; some begin with the third update."""
    start = OWN.get(trick, [SMALL])
    settings = (f"tricks=[{trick}]", *start, "callbacks.samples=null", "logger=none", "trainer.max_steps=9")
    whole = state(play(composed(*settings, "callbacks.checkpoint.keep_every=5", folder=tmp_path / "whole")))
    halfway = tmp_path / "whole" / "checkpoints" / "00000005.ckpt"
    resumed = play(composed(*settings, folder=tmp_path / "resumed"), resume=halfway)
    assert_equal(state(resumed), whole)


@pytest.mark.parametrize(
    ("model", "trials"),
    [
        *product(["cgan", "dcgan", "vanilla", "vae"], [3]),
        *(pytest.param(m, 20, marks=pytest.mark.slow) for m in PLAYED),
    ],
)
def test_kills_at_random_hooks_change_nothing(composed: Any, tmp_path: Path, model: str, trials: int) -> None:
    settings = (f"model={model}", *with_tricks(model), AUGMENTED, "trainer.max_steps=22", "schedule=cosine",
                "callbacks.checkpoint.every=3", "callbacks.samples=null", "callbacks.summary=null")  # fmt: skip
    whole, resumes, chance = state(play(composed(*settings, folder=tmp_path / "whole"))), 0, random.Random(trials)
    for number in range(trials):
        resumed, from_file = trial(composed, tmp_path / str(number), chance, settings)
        assert_equal({part: whole[part] for part in resumed}, resumed)
        resumes += from_file
    assert resumes >= trials // 2


def test_a_run_that_reached_its_end_can_be_trained_longer(composed: Any, tmp_path: Path) -> None:
    settings = ("model=dcgan", ALL_TRICKS, "callbacks.samples=null")
    whole = state(play(composed(*settings, "trainer.max_steps=30", folder=tmp_path / "whole")))
    checkpoint = tmp_path / "parts" / "checkpoints" / "last.ckpt"
    for step in (11, 17, 30):
        config = composed(*settings, f"trainer.max_steps={step}", folder=tmp_path / "parts")
        resumed = play(config, resume=checkpoint if checkpoint.exists() else None)
    assert_equal(whole, state(resumed))


def test_sigterm_saves_and_exits_with_75(composed: Any, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        play(composed("trainer.max_steps=9"), Signal(3, signal.SIGTERM))
    assert ended.value.code == 75
    assert (tmp_path / "checkpoints" / "last.ckpt").exists()


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(played: Any, tmp_path: Path) -> None:
    one, same, other = (
        state(played("trainer.max_steps=5", f"seed={seed}", folder=tmp_path / name))["system"]
        for seed, name in ((1, "a"), (1, "b"), (2, "c"))
    )
    assert_equal(one, same)
    assert any(not torch.equal(one[key], other[key]) for key in one if isinstance(one[key], torch.Tensor))


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """full_disk(n): the n-th save of this process and all later ones find the disk full."""
    save, left = torch.save, [0]

    def save_while_there_is_room(contents: Any, file: Any) -> None:
        left[0] -= 1
        if left[0] <= 0:
            file.write(b"half a checkpoint")
            raise OSError(28, "No space left on device")
        save(contents, file)

    def fill(count: int) -> None:
        left[0] = count
        monkeypatch.setattr(torch, "save", save_while_there_is_room)

    return fill


def test_a_save_that_fails_leaves_the_one_before(composed: Any, tmp_path: Path, full_disk: Any) -> None:
    full_disk(2)
    with pytest.raises(OSError, match="No space left"):
        play(composed("trainer.max_steps=4", "callbacks.checkpoint.every=1"))
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["last.ckpt"]
    assert load(tmp_path / "checkpoints" / "last.ckpt")["global_step"] == 1


def test_a_run_goes_on_without_saves_when_told_but_does_not_end_so(
    composed: Any, tmp_path: Path, full_disk: Any
) -> None:
    full_disk(2)
    experiment = assemble(
        composed("trainer.max_steps=4", "callbacks.checkpoint.every=1", "callbacks.checkpoint.on_error=go_on")
    )
    with pytest.raises(OSError, match="No space left"):  # the end of a run is not lost silently
        experiment.trainer.fit(experiment.system, experiment.data)
    assert experiment.trainer.global_step == 4
    (checkpoint,) = [c for c in experiment.trainer.callbacks if isinstance(c, Checkpoint)]
    assert [note.split(" could")[0] for note in checkpoint.notes] == ["batch 2", "batch 3"]
    assert load(tmp_path / "checkpoints" / "last.ckpt")["global_step"] == 1


def test_copies_that_stay_are_pruned_to_the_newest(composed: Any, tmp_path: Path) -> None:
    play(composed("trainer.max_steps=9", "callbacks.checkpoint.keep_every=2", "callbacks.checkpoint.keep_most=2"))
    kept = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert kept == ["00000006.ckpt", "00000008.ckpt", "last.ckpt", "previous.ckpt"]
    assert load(tmp_path / "checkpoints" / "00000006.ckpt")["global_step"] == 6


def test_another_number_of_threads_is_said(composed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    play(composed("trainer.max_steps=2"))
    monkeypatch.setattr(torch, "get_num_threads", lambda: 99)
    resumed = play(composed("trainer.max_steps=3"), resume=tmp_path / "checkpoints" / "last.ckpt")
    (checkpoint,) = [c for c in resumed.trainer.callbacks if isinstance(c, Checkpoint)]
    assert checkpoint.notes == ["saved with 1 thread(s), resumed with 99: last bits may differ"]


def test_what_a_killed_process_left_is_swept(composed: Any, tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / ".last.0123abcd.ckpt").write_bytes(b"half")
    play(composed("trainer.max_steps=1"))
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["last.ckpt"]
