"""Planted numbers that are not finite: noticed in time, named, never saved; stop, skip and rollback."""

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback
from torch import Tensor

from gan_runner.assemble import assemble
from gan_runner.callbacks.finite import Finite, NotFiniteError
from gan_runner.checkpoints import last_of, load
from gan_runner.systems import witness

TINY = (
    "model=vanilla", "network.generator.hidden=[8,8]", "network.discriminator.hidden=[8,8]", "logger=none",
    "callbacks.samples=null", "trainer.max_steps=20", "callbacks.checkpoint.every=5", "callbacks.finite.every=10",
    "data.num_samples=400",
)  # fmt: skip
AT = 7
"""The batch in which numbers go wrong: between looks and between saves."""
VALUES = [math.nan, math.inf, -math.inf]
PLANTED = [("discriminator", math.nan), ("generator", math.inf), ("generator", -math.inf)]


def finite_of(experiment: Any) -> Finite:
    return next(callback for callback in experiment.trainer.callbacks if isinstance(callback, Finite))


def layer_of(experiment: Any, player: str, index: int = 1) -> tuple[str, Any]:
    """The name and the weight of one of a player's inner layers."""
    network = experiment.system.game.player(player)
    weights = [(name, p) for name, p in network.named_parameters() if p.ndim == 2]
    name, parameter = weights[index]
    return f"games.gan.{player}.{name}", parameter


def assert_finite(node: Any) -> None:
    if isinstance(node, Tensor):
        assert torch.isfinite(node).all()
    elif isinstance(node, dict | list):
        for part in node.values() if isinstance(node, dict) else node:
            assert_finite(part)


# ---- what is planted ------------------------------------------------------------------------------------------------


def batch(experiment: Any) -> int:
    return int(experiment.trainer.global_step) + 1


def plant_term(experiment: Any, player: str, value: float, when: Callable[[int], bool]) -> None:
    """A term of its own that is `value` times something of the player."""
    system = experiment.system
    _, weight = layer_of(experiment, player)
    calls = {"discriminator": 0, "generator": 0}

    def terms(moving: str, rounds: Any) -> dict[str, Tensor]:
        calls[moving] += 1
        wrong = moving == player and when(calls[moving])
        return {"planted": weight.sum() * (value if wrong else 0.0)}

    system.joint_terms = terms


def plant_gradient(experiment: Any, player: str, value: float, when: Callable[[int], bool]) -> str:
    name, weight = layer_of(experiment, player)
    calls = [0]

    def spoil(gradient: Tensor) -> Tensor:
        calls[0] += 1  # through the discriminator the generator's backward passes too, but not into its weights
        gradient = gradient.clone()
        gradient[0, 0] = value if when(calls[0]) else gradient[0, 0]
        return gradient

    weight.register_hook(spoil)
    return name


class Planted(Callback):
    """Puts a value into one weight before a batch."""

    def __init__(self, weight: Tensor, value: float, at: int) -> None:
        self.weight, self.value, self.at = weight, value, at

    def on_train_batch_start(self, trainer: Any, *_: Any) -> None:
        if trainer.global_step + 1 == self.at:
            with torch.no_grad():
                self.weight[0, 0] = self.value


def plant_weight(experiment: Any, player: str, value: float, at: int, index: int = 1) -> str:
    name, weight = layer_of(experiment, player, index)
    experiment.trainer.callbacks.insert(0, Planted(weight, value, at))
    return name


def fit(experiment: Any, resume: Path | None = None) -> None:
    experiment.trainer.fit(experiment.system, experiment.data, ckpt_path=resume, weights_only=True)


def once(call: int) -> bool:
    return call == AT


# ---- stop -----------------------------------------------------------------------------------------------------------


def stopped(experiment: Any, folder: Path, clock: int = 10) -> str:
    """The sentence of a run that has to end, at the look after AT, with the save before AT in place."""
    with pytest.raises(NotFiniteError) as ended:
        fit(experiment)
    assert experiment.trainer.global_step == clock
    saved = load(last_of(folder))
    assert saved["global_step"] == 5
    assert_finite([saved["state_dict"], saved["optimizer_states"]])
    assert [note in str(ended.value) for note in finite_of(experiment).notes] == [True]
    assert "\n" not in str(ended.value)
    return str(ended.value)


@pytest.mark.parametrize(("player", "value"), PLANTED)
def test_a_bad_term_is_named(composed: Any, tmp_path: Path, player: str, value: float) -> None:
    experiment = assemble(composed(*TINY))
    plant_term(experiment, player, value, once)
    text = stopped(experiment, tmp_path)
    assert f"not finite in batch {AT}: {player}/planted = " in text
    assert "adversarial" not in text
    assert "weights" not in text
    assert "looked after batches 0 and 10" in text


@pytest.mark.parametrize(("player", "value"), PLANTED)
def test_a_bad_gradient_is_named_by_its_layer(composed: Any, tmp_path: Path, player: str, value: float) -> None:
    experiment = assemble(composed(*TINY))
    name = plant_gradient(experiment, player, value, once)
    assert f"not finite in batch {AT}: gradients of {name} (looked" in stopped(experiment, tmp_path)


@pytest.mark.parametrize("kept", ["clipped", "large"])
def test_a_gradient_whose_norm_alone_is_kept_is_named_too(
    composed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    monkeypatch.setattr(witness, "KEPT_BYTES", 2**40 if kept == "clipped" else 0)
    clip = ["system.gradient_clip.discriminator=1"] if kept == "clipped" else []
    experiment = assemble(composed(*TINY, *clip))
    name = plant_gradient(experiment, "discriminator", math.inf, once)
    assert f"not finite in batch {AT}: gradients of {name} (looked" in stopped(experiment, tmp_path)


@pytest.mark.parametrize(("player", "index"), [("discriminator", 0), ("discriminator", 2), ("generator", 1)])
def test_a_bad_weight_is_named_by_its_layer(composed: Any, tmp_path: Path, player: str, index: int) -> None:
    experiment = assemble(composed(*TINY))
    name = plant_weight(experiment, player, math.nan, AT, index)
    assert f"not finite in batch {AT}: weights of {name}; discriminator/gan/adversarial = nan" in stopped(
        experiment, tmp_path
    )


def test_the_weight_of_a_player_that_has_not_moved_since(composed: Any, tmp_path: Path) -> None:
    experiment = assemble(composed(*TINY, "system.discriminator_steps=4"))
    name = plant_weight(experiment, "generator", math.nan, 9)
    assert f"not finite in batch 9: weights of {name};" in stopped(experiment, tmp_path)


@pytest.mark.parametrize("value", VALUES)
def test_what_no_update_has_met_is_seen_in_the_state(composed: Any, tmp_path: Path, value: float) -> None:
    """A running average is read by nobody in training."""
    experiment = assemble(composed(*TINY, "tricks=[ema]"))
    weight = next(p for p in experiment.system.game.tricks["ema"].average.parameters() if p.ndim == 2)
    experiment.trainer.callbacks.insert(0, Planted(weight, value, AT))
    text = stopped(experiment, tmp_path)
    assert "not finite after the last update: games.gan.tricks.ema.average." in text


def test_bad_moments_are_seen(composed: Any, tmp_path: Path) -> None:
    """A gradient of 1e25: its square overflows, while the weight stands still and stays finite."""
    experiment = assemble(composed(*TINY))
    name = plant_gradient(experiment, "discriminator", 1e25, once)
    assert f"not finite after the last update: exp_avg_sq of {name} (" in stopped(experiment, tmp_path)


@pytest.mark.parametrize("ends", ["trainer.max_steps=8", "trainer.max_epochs=1"])
def test_the_end_of_a_run_is_a_look(composed: Any, tmp_path: Path, ends: str) -> None:
    experiment = assemble(composed(*TINY, "data.num_samples=32", ends))  # eight batches an epoch
    plant_term(experiment, "generator", math.nan, once)
    stopped(experiment, tmp_path, clock=8)


def test_slices_of_a_batch_are_all_seen(composed: Any, tmp_path: Path) -> None:
    experiment = assemble(composed(*TINY, "system.accumulate=2"))
    plant_term(experiment, "generator", math.nan, lambda call: call == 2 * AT - 1)  # the first half of batch AT
    assert f"not finite in batch {AT}: generator/planted" in stopped(experiment, tmp_path)


def test_without_the_callback_a_bad_state_is_still_not_saved(composed: Any, tmp_path: Path) -> None:
    experiment = assemble(composed(*TINY, "callbacks.finite=null"))
    plant_gradient(experiment, "generator", math.nan, once)
    fit(experiment)
    assert load(last_of(tmp_path))["global_step"] == 5


# ---- skip -----------------------------------------------------------------------------------------------------------

SKIP = "callbacks.finite.on_bad=skip"


class Snapshots(Callback):
    """Everything training changes, after each batch."""

    def __init__(self) -> None:
        self.states: list[dict[str, Any]] = []

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: Any) -> None:
        moments = {
            f"{which}/{number}/{key}": value
            for which, optimizer in enumerate(trainer.optimizers)
            for number, state in optimizer.state_dict()["state"].items()
            for key, value in state.items()
        }
        state = {**pl_module.state_dict(), **moments}
        self.states.append({key: value.clone() for key, value in state.items() if isinstance(value, Tensor)})


@pytest.mark.parametrize(
    ("model", "optimizer"), [("vanilla", "adam"), ("vanilla", "rmsprop"), ("vanilla", "sgd"), ("dcgan", "adam")]
)
def test_a_skipped_update_leaves_no_trace(composed: Any, tmp_path: Path, model: str, optimizer: str) -> None:
    tiny = TINY if model == "vanilla" else TINY[3:]
    experiment = assemble(composed(f"model={model}", f"optimizer={optimizer}", *tiny, SKIP, "trainer.max_steps=10"))
    watch = Snapshots()
    experiment.trainer.callbacks.append(watch)
    weight = next(experiment.system.game.discriminator.parameters())
    calls = [0]

    def spoil(gradient: Tensor) -> Tensor:
        calls[0] += 1
        return gradient * math.nan if calls[0] == AT else gradient

    weight.register_hook(spoil)
    fit(experiment)
    before, after = watch.states[AT - 2], watch.states[AT - 1]
    # The generator's update still sends its batches through the discriminator, whose running statistics move.
    own = [key for key in before if "generator" not in key and not key.startswith("1/") and "running" not in key]
    own = [key for key in own if "images_seen" not in key and "num_batches" not in key]
    assert own
    assert all(torch.equal(before[key], after[key]) for key in own)
    assert any(not torch.equal(after[key], watch.states[AT][key]) for key in own)
    (note,) = finite_of(experiment).notes
    assert f"not finite in batch {AT}: gradients of games.gan.discriminator." in note
    assert note.endswith("; 1 update(s) skipped, 1 in all")
    saved = load(last_of(tmp_path))
    assert saved["global_step"] == 10
    assert_finite([saved["state_dict"], saved["optimizer_states"]])


def test_bad_data_does_not_stay_in_running_statistics(composed: Any, tmp_path: Path) -> None:
    experiment = assemble(composed("model=dcgan", *TINY[3:], SKIP))
    deal = experiment.system.deal

    def spoiled(part: Any) -> Any:
        hands = deal(part)
        wrong = batch(experiment) == AT
        return {name: hand._replace(real=hand.real * math.nan) if wrong else hand for name, hand in hands.items()}

    experiment.system.deal = spoiled
    fit(experiment)
    assert finite_of(experiment).skipped == 1
    assert_finite(dict(experiment.system.named_buffers()))


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
def test_the_very_first_update_can_be_skipped(composed: Any, optimizer: str) -> None:
    experiment = assemble(composed(*TINY, f"optimizer={optimizer}", SKIP))
    plant_gradient(experiment, "discriminator", math.nan, lambda call: call == 1)
    fit(experiment)
    assert finite_of(experiment).skipped == 1
    assert_finite(experiment.trainer.optimizers[0].state_dict())


def test_skipping_cannot_mend_a_bad_weight(composed: Any, tmp_path: Path) -> None:
    experiment = assemble(composed(*TINY, SKIP))
    name = plant_weight(experiment, "discriminator", math.nan, AT)
    text = stopped(experiment, tmp_path)
    assert f"weights of {name};" in text
    assert "skipping cannot mend that" in text


# ---- rollback -------------------------------------------------------------------------------------------------------

ROLLBACK = "callbacks.finite.on_bad=rollback"


class Rates(Callback):
    def __init__(self) -> None:
        self.seen: list[float] = []

    def on_train_batch_start(self, trainer: Any, *_: Any) -> None:
        self.seen.append(trainer.optimizers[0].param_groups[0]["lr"])


@pytest.mark.parametrize("schedule", ["constant", "linear", "cosine"])
def test_rollback_goes_back_lowers_the_rates_and_goes_on(composed: Any, tmp_path: Path, schedule: str) -> None:
    rates = []
    for overrides in ((), (ROLLBACK,)):
        experiment = assemble(composed(*TINY, f"schedule={schedule}", *overrides))
        if overrides:
            plant_term(experiment, "discriminator", math.nan, once)
        watch = Rates()
        experiment.trainer.callbacks.append(watch)
        fit(experiment)
        rates.append(watch.seen)
    healthy, rolled = rates
    assert rolled[:10] == healthy[:10]
    assert rolled[10:] == pytest.approx([rate / 2 for rate in healthy[10:]])  # the schedules keep their place
    assert experiment.trainer.global_step == 20
    assert int(experiment.system.images_seen) == 20 * 4
    (note,) = finite_of(experiment).notes
    assert note.startswith(f"not finite in batch {AT}: discriminator/planted = nan")
    assert note.endswith("went back to the state after batch 5, learning rates × 0.5 (rollback 1 of 3)")
    saved = load(last_of(tmp_path))
    assert saved["global_step"] == 20
    assert_finite([saved["state_dict"], saved["optimizer_states"]])


def test_the_state_after_a_rollback_is_that_of_the_checkpoint(composed: Any, tmp_path: Path) -> None:
    """A save at every look, so that the one after the rollback holds what the one before it did."""
    experiment = assemble(composed(*TINY, "tricks=[ema]", ROLLBACK, "trainer.max_steps=10"))
    plant_weight(experiment, "generator", math.nan, AT)
    watch = Snapshots()
    experiment.trainer.callbacks.append(watch)
    fit(experiment)
    before, after = watch.states[4], watch.states[9]
    assert all(torch.equal(before[key], after[key]) for key in before if key != "images_seen")


def test_lower_rates_and_the_count_survive_a_resume(composed: Any, tmp_path: Path) -> None:
    settings = (*TINY, ROLLBACK, "schedule=linear", "callbacks.finite.lr_factor=0.25")
    healthy = Rates()
    experiment = assemble(composed(*TINY, "schedule=linear", "trainer.max_steps=40", folder=tmp_path / "healthy"))
    experiment.trainer.callbacks.append(healthy)
    fit(experiment)
    experiment = assemble(composed(*settings, "trainer.max_steps=40", folder=tmp_path / "first"))
    plant_term(experiment, "generator", math.nan, once)
    experiment.trainer.fit_loop.epoch_loop.max_steps = 20
    fit(experiment)
    resumed, watch = assemble(composed(*settings, "trainer.max_steps=40", folder=tmp_path / "first")), Rates()
    resumed.trainer.callbacks.append(watch)
    fit(resumed, last_of(tmp_path / "first"))
    assert watch.seen == pytest.approx([rate / 4 for rate in healthy.seen[20:]])
    assert finite_of(resumed).rollbacks == 1
    assert len(finite_of(resumed).notes) == 1


def test_after_the_most_rollbacks_it_stops(composed: Any, tmp_path: Path) -> None:
    experiment = assemble(composed(*TINY, ROLLBACK, "callbacks.finite.most_rollbacks=2", "trainer.max_steps=100"))
    plant_term(experiment, "discriminator", math.nan, lambda call: call >= AT)
    with pytest.raises(NotFiniteError, match=r"stopped after 2 rollback\(s\)"):
        fit(experiment)
    assert experiment.trainer.global_step == 30
    assert len(finite_of(experiment).notes) == 3
    assert load(last_of(tmp_path))["global_step"] == 20  # the good state of batch 5, to which it went back
    assert_finite(load(last_of(tmp_path))["state_dict"])


@pytest.mark.parametrize("without", ["callbacks.checkpoint=null", "callbacks.checkpoint.every=50"])
def test_without_a_checkpoint_there_is_nothing_to_go_back_to(composed: Any, tmp_path: Path, without: str) -> None:
    experiment = assemble(composed(*TINY, ROLLBACK, without))
    plant_term(experiment, "discriminator", math.nan, once)
    with pytest.raises(NotFiniteError, match="no checkpoint to go back to"):
        fit(experiment)
    assert not (tmp_path / "checkpoints" / "last.ckpt").exists()


# ---- healthy runs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["vanilla", "dcgan"])
def test_a_healthy_run_is_untouched_to_the_bit(composed: Any, tmp_path: Path, model: str) -> None:
    ends = []
    for mode in ("null", "stop", "skip", "rollback"):
        chosen = "callbacks.finite=null" if mode == "null" else f"callbacks.finite.on_bad={mode}"
        settings = (f"model={model}", *(TINY if model == "vanilla" else TINY[3:]), chosen, "trainer.max_steps=12")
        experiment = assemble(composed(*settings, "tricks=[ema,spectral_norm]", folder=tmp_path / mode))
        watch = Snapshots()
        experiment.trainer.callbacks.append(watch)
        fit(experiment)
        ends.append(watch.states[-1])
    for other in ends[1:]:
        assert other.keys() == ends[0].keys()
        assert all(torch.equal(other[key], ends[0][key]) for key in other)
    assert finite_of(experiment).notes == []


READS = ("item", "tolist", "__bool__", "__float__", "__int__", "__index__", "numpy", "cpu")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every read of a tensor by the host."""
    seen: list[str] = []
    for name in READS:
        original = getattr(Tensor, name)

        def counted(self: Tensor, *args: Any, _name: str = name, _original: Any = original, **kwargs: Any) -> Any:
            seen.append(_name)
            return _original(self, *args, **kwargs)

        monkeypatch.setattr(Tensor, name, counted)
    return seen


@pytest.mark.parametrize("mode", ["stop", "skip", "rollback"])
def test_the_host_reads_only_when_it_looks(composed: Any, reads: list[str], mode: str) -> None:
    """Also with a bad update between two looks."""
    settings = ("callbacks.checkpoint=null", "callbacks.equilibrium=null", "callbacks.summary=null")
    experiment = assemble(composed(*TINY, *settings, f"callbacks.finite.on_bad={mode}"))
    plant_term(experiment, "discriminator", math.nan, lambda call: mode == "skip" and call == AT + 6)

    class Count(Callback):
        """How many reads there had been when a batch was over."""

        def __init__(self) -> None:
            self.counts: list[int] = []

        def on_train_batch_end(self, *_: Any) -> None:
            self.counts.append(len(reads))

    count = Count()
    experiment.trainer.callbacks.append(count)
    fit(experiment)
    spent = [after - before for before, after in zip(count.counts, count.counts[1:], strict=False)]  # of batches 2 …
    assert {batch for batch, reads_of_it in enumerate(spent, start=2) if reads_of_it} == {10, 20}
    assert spent[8] == 1  # all is well: one


# ---- the command ----------------------------------------------------------------------------------------------------


def test_the_command_fails_with_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rate that no game survives."""
    from hydra.core.global_hydra import GlobalHydra

    from gan_runner.cli.train import main

    GlobalHydra.instance().clear()
    small = [setting for setting in TINY if "num_samples" not in setting]
    steep = ["optimizer=sgd", "optimizer.lr=1e30", "loss=wasserstein"]
    rest = ["data=ring", "data.batch_size=4", "trainer.accelerator=cpu", "callbacks.progress=null"]
    monkeypatch.setattr(sys, "argv", ["gan-train", *small, *steep, *rest, f"paths.run={tmp_path}"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert told.startswith("gan-train: not finite in batch ")
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["status"] == "failed"
    assert record["why"].startswith("NotFiniteError: not finite in batch ")
    assert record["notes"][0].startswith("not finite in batch ")
