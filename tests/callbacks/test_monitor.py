"""Monitor: planted troubles are named, healthy runs are not disturbed, a resumed run goes on to the bit."""

import csv
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from omegaconf import OmegaConf
from pydantic import ValidationError
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from gan_runner.assemble import assemble, build_system
from gan_runner.callbacks.codes import Codes
from gan_runner.callbacks.equilibrium import Equilibrium
from gan_runner.callbacks.evaluation import Evaluation
from gan_runner.callbacks.monitor import NOTES, Monitor
from gan_runner.monitoring.diagnosis import ACTIVE

GAME = "discriminator/gan"
TINY = ("model=vanilla", "network.generator.hidden=[8]", "network.discriminator.hidden=[8]", "metrics=none")
RING = (
    "model=vanilla", "data=ring", "data.batch_size=64", "data.num_samples=20000", "latent.latent_dim=8",
    "network.generator.hidden=[64,64]", "network.discriminator.hidden=[64,64]", "trainer=cpu", "metrics=none",
    "callbacks.samples=null", "callbacks.checkpoint=null", "logger=none",
)  # fmt: skip


def monitor_of(experiment: Any) -> Monitor:
    return next(callback for callback in experiment.trainer.callbacks if isinstance(callback, Monitor))


class Loud:
    def __init__(self) -> None:
        self.rows: list[tuple[int, dict[str, float]]] = []

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        self.rows.append((step, metrics))


@pytest.fixture
def watched(composed: Callable[..., Any]) -> Callable[..., Any]:
    """watched(monitor, [figures, …]) plays fifty batches per row of figures; returns the trainer."""

    def watch(
        monitor: Monitor,
        rows: Iterable[dict[str, float]],
        start: int = 0,
        watching: Equilibrium | None = None,
        overrides: tuple[str, ...] = (),
    ) -> Any:
        config: Any = OmegaConf.to_container(composed(*TINY, *overrides), resolve=True)
        system: Any = build_system(config, (2,), None)
        callbacks = [watching, monitor] if watching else [monitor]
        trainer: Any = SimpleNamespace(
            global_step=start, loggers=[Loud()], is_global_zero=True, callbacks=callbacks, strategy=None
        )
        system.figures_at = start
        for callback in callbacks:
            callback.on_train_start(trainer, system)
        for row in rows:
            trainer.global_step += 50
            system.games["gan"].generator_updates = trainer.global_step
            measured = {key: value for key, value in row.items() if key.startswith("evaluation")}
            figures = {key: value for key, value in row.items() if key not in measured}
            system.measured = measured or system.measured
            if figures:
                system.figures, system.figures_at = figures, trainer.global_step
            for callback in callbacks:
                callback.on_train_batch_end(trainer, system, None, None, 0)
                callback.on_train_batch_end(trainer, system, None, None, 1)  # nothing new
        return trainer

    return watch


def varieties(*values: float) -> list[dict[str, float]]:
    return [{f"{GAME}/variety": value} for value in values]


def accuracies(real: float, fake: float) -> dict[str, float]:
    return {f"{GAME}/accuracy_real": real, f"{GAME}/accuracy_fake": fake, f"{GAME}/variety": 0.9}


def test_a_collapse_and_its_end_are_told_with_what_helps(watched: Any, caplog: pytest.LogCaptureFixture) -> None:
    monitor = Monitor()
    watched(monitor, varieties(*[0.9] * 40, *[0.02] * 40, *[0.9] * 40))
    assert [change["state"] for change in monitor.history] == ["collapsing", "collapsed", "healthy"]
    first = monitor.history[0]
    assert first | {"value": 0} == {
        "batches": 2150, "game": "gan", "state": "collapsing", "quantity": f"{GAME}/variety", "value": 0,
        "threshold": pytest.approx(0.45), "of": "0.5 of its best",
    }  # fmt: skip
    assert monitor.notes == [record.message for record in caplog.records]
    assert "game 'gan' is collapsed after 3350 batches: discriminator/gan/variety 0.0" in monitor.notes[1]
    assert "Try one of: +tricks@tricks.pacgan=pacgan, +tricks@" in monitor.notes[1]
    assert monitor.notes[2].startswith("game 'gan' is healthy again after ")
    assert monitor.closing_lines == []


def test_the_code_is_logged_with_every_look(watched: Any) -> None:
    trainer = watched(Monitor(patience=100, memory=1), varieties(0.9, 0.9, 0.1, 0.1, 0.1, 0.1))
    rows = [(step, metrics["monitor/gan/state"]) for step, metrics in trainer.loggers[0].rows]
    assert rows == [(50, 0), (100, 0), (150, 3), (200, 3), (250, 4), (300, 4)]


def test_what_is_worse_is_at_once_and_what_is_milder_has_to_last(watched: Any) -> None:
    monitor = Monitor(patience=1000, memory=100)
    diverging = [{f"{GAME}/adversarial": value, f"{GAME}/variety": 0.01} for value in (1.0, *[1e9] * 30, *[1.0] * 30)]
    watched(monitor, diverging)
    changes = [(change["state"], change["batches"]) for change in monitor.history]
    assert [state for state, _ in changes] == ["diverged", "collapsed"]
    # The mean of log-sizes is below log 100 again 1½ memories after the last large one, and then a memory passes.
    assert changes[1][1] == 1550 + 200 + 100


@pytest.mark.parametrize(("real", "fake", "state", "quantity"), [
    (1.0, 0.99, "discriminator too strong", "accuracy"), (0.9, 0.05, "generator too strong", "accuracy on fakes"),
])  # fmt: skip
def test_who_is_too_strong_is_read_from_equilibrium(
    watched: Any, real: float, fake: float, state: str, quantity: str
) -> None:
    monitor = Monitor()
    watched(monitor, [accuracies(real, fake)] * 40, watching=Equilibrium(memory=1))
    (change,) = monitor.history
    assert (change["state"], change["quantity"], change["batches"]) == (state, quantity, 1050)
    assert "optimizer." in monitor.notes[0]
    assert monitor.closing_lines[0].startswith(f"{state} after 1050 batches: {quantity} ")


def test_a_strong_player_is_the_lesser_trouble(watched: Any) -> None:
    monitor = Monitor()
    row = accuracies(1.0, 1.0)
    watched(monitor, [row] * 40 + [row | {f"{GAME}/variety": 0.0}] * 60, watching=Equilibrium(memory=1))
    assert [change["state"] for change in monitor.history] == ["discriminator too strong", "collapsing", "collapsed"]


def test_an_evaluation_is_taken_in_when_it_comes(watched: Any) -> None:
    monitor = Monitor()
    found = [{"evaluation/modes_covered/points/2500": value, "evaluation/modes_covered/points/2000/real": 8.0}
             for value in (8.0, 7.0, 2.0)]  # fmt: skip
    watched(monitor, [row for one in found for row in (*[{}] * 19, one)])
    (change,) = monitor.history
    assert (change["state"], change["batches"]) == ("collapsing", 3000)
    assert change["quantity"] == "evaluation/modes_covered/points/2500"


def modes(found: float) -> dict[str, float]:
    return {"evaluation/modes_covered/points/2500": found, "evaluation/modes_covered/points/2000/real": 8.0}


def test_a_game_without_its_modes_is_not_healthy_again(watched: Any) -> None:
    monitor = Monitor()
    row, blind = accuracies(0.7, 0.7), accuracies(0.9, 0.05)
    course = [blind | modes(1)] * 40 + [row | modes(1)] * 40 + [row | modes(7)] * 10
    watched(monitor, course, watching=Equilibrium(memory=1))
    assert [(change["state"], change["batches"] > 4000) for change in monitor.history] == [
        ("generator too strong", False), ("healthy", True)
    ]  # fmt: skip


@pytest.mark.parametrize(("loss", "told"), [("minimax", True), ("non_saturating", False)])
def test_a_saturated_generator_is_told_the_cause_within_200_batches(
    watched: Any, composed: Callable[..., Any], loss: str, told: bool
) -> None:
    monitor = Monitor()
    rows = [{**accuracies(1.0, 1.0), "generator/gradient_norm": value} for value in (1.5, 0.9, *[2e-10] * 6)]
    watched(monitor, rows, watching=Equilibrium(memory=1), overrides=(f"loss={loss}",))
    assert [(change["state"], change["batches"]) for change in monitor.history] == [
        ("discriminator too strong", 150 + 200)
    ] * told
    if told:
        assert (
            "generator/gradient_norm 2e-10 is below 0.015, 0.01 of the run's largest. Try one of: loss=non_sat"
            in (monitor.notes[0])
        )


def test_a_collapse_under_a_vanished_gradient_names_both(watched: Any) -> None:
    monitor = Monitor()
    rows = [{f"{GAME}/variety": value, "generator/gradient_norm": 1.0} for value in [0.9] * 10]
    rows += [{f"{GAME}/variety": 0.02, "generator/gradient_norm": 1e-12}] * 40
    watched(monitor, rows, overrides=("loss=minimax",))
    assert [change["state"] for change in monitor.history][-1] == "collapsed"
    assert ", and generator/gradient_norm 1e-12 is below 0.01" in monitor.notes[-1]
    assert "Try one of: loss=non_saturating, +tricks@tricks.pacgan" in monitor.notes[-1]


def test_a_run_that_goes_to_and_fro_keeps_a_bounded_number_of_notes(watched: Any) -> None:
    monitor = Monitor(patience=100, memory=1)
    watched(monitor, varieties(*[0.9, 0.9, 0.1, 0.05] * 50))
    assert len(monitor.history) == 99
    assert len(monitor.notes) == NOTES
    assert ["Try one of" in note for note in monitor.notes] == [True, *[False] * (NOTES - 1)]
    assert monitor.notes[-1].startswith(f"game 'gan' is {monitor.history[-1]['state']}")


def test_its_state_resumes_to_the_bit(watched: Any) -> None:
    keys = (f"{GAME}/variety", f"{GAME}/adversarial", "generator/gradient_norm")
    rows = [dict(zip(keys, (1 / (1 + n / 20), 1.1**n, 0.5 * n), strict=True)) for n in range(120)]
    rows[70] |= {"evaluation/diversity/points/2500": 0.8}
    for cut in (1, 47, 71, 100):
        whole, first, second = Monitor(), Monitor(), Monitor()
        watched(whole, rows)
        watched(first, rows[:cut])
        second.load_state_dict(json.loads(json.dumps(first.state_dict())))
        watched(second, rows[cut:], start=50 * cut)
        assert second.state_dict() == whole.state_dict()
    assert whole.history


def test_a_resumed_run_is_judged_as_if_it_had_not_stopped(composed: Callable[..., Any], tmp_path: Path) -> None:
    tight = ("optimizer.lr=0.1", "callbacks.monitor.patience=3", "callbacks.monitor.memory=2", "metrics=points",
             "evaluation.every=5", "evaluation.num_samples=100", "trainer.log_every_n_steps=2")  # fmt: skip
    game = (*(part for part in RING if part not in ("callbacks.checkpoint=null", "metrics=none")), *tight)

    def play(name: str, batches: int, checkpoint: Path | None = None) -> dict[str, Any]:
        config = composed(*game, "data.num_samples=640", f"trainer.max_steps={batches}", folder=tmp_path / name)
        experiment = assemble(config)  # which seeds
        experiment.trainer.fit(experiment.system, experiment.data, ckpt_path=checkpoint, weights_only=True)
        return monitor_of(experiment).state_dict()

    whole, _ = play("whole", 16), play("part", 7)
    states = [whole, play("part", 16, tmp_path / "part" / "checkpoints" / "last.ckpt")]
    # The part's end, batch 7, was evaluated besides.
    for state in states:
        state["diagnosis"]["shares"] = {k: v for k, v in state["diagnosis"]["shares"].items() if "evaluation" not in k}
    assert states[0] == states[1]
    assert set(states[0]["diagnosis"]["shares"]) == {f"{GAME}/variety"}


@pytest.mark.parametrize("cut_off", [False, True])
def test_an_evaluation_that_was_made_up_for_is_taken_in_unless_that_was_cut_off_too(
    composed: Callable[..., Any], cut_off: bool
) -> None:
    config: Any = OmegaConf.to_container(composed(*TINY), resolve=True)
    system: Any = build_system(config, (2,), None)
    monitor, evaluation = Monitor(), Evaluation("unused")
    evaluation.acted_at, evaluation.cut_off, system.measured = 100, cut_off, modes(8)
    trainer: Any = SimpleNamespace(global_step=100, loggers=[], is_global_zero=True, callbacks=[evaluation, monitor])
    monitor.on_train_start(trainer, system)
    assert bool(monitor.diagnosis.state_dict()["shares"]) is not cut_off


@pytest.mark.parametrize("made_up", ["evaluation", "codes"])
def test_of_two_that_were_measured_only_the_one_made_up_for_is_news(composed: Callable[..., Any], made_up: str) -> None:
    """The other is in the state that the run goes on from: taken twice, it would count for two."""
    config: Any = OmegaConf.to_container(composed("model=vae", "network.hidden=[8]", "metrics=none"), resolve=True)
    system: Any = build_system(config, (1, 8, 8), None)
    evaluation, codes, monitor = Evaluation("unused"), Codes("unused", seed=0), Monitor()
    acted = {"evaluation": evaluation, "codes": codes}[made_up]
    acted.acted_at, system.measured = 100, modes(8)
    codes.figures, codes.figures_at, codes.numbers = {ACTIVE: 3.0}, 100, 20
    trainer: Any = SimpleNamespace(
        global_step=100, loggers=[], is_global_zero=True, callbacks=[evaluation, codes, monitor]
    )
    monitor.on_train_start(trainer, system)
    assert bool(monitor.diagnosis.shares) is (made_up == "evaluation")
    assert monitor.diagnosis.told.at == (100 if made_up == "codes" else 0)


def test_codes_that_are_no_distributions_are_no_news_when_made_up_for(composed: Callable[..., Any]) -> None:
    config: Any = OmegaConf.to_container(composed("model=wae", "network.hidden=[8]", "metrics=none"), resolve=True)
    system: Any = build_system(config, (1, 8, 8), None)
    codes, monitor = Codes("unused", seed=0), Monitor()
    codes.acted_at = 100
    trainer: Any = SimpleNamespace(global_step=100, loggers=[], is_global_zero=True, callbacks=[codes, monitor])
    monitor.on_train_start(trainer, system)
    assert monitor.diagnosis.told.at == 0


def test_thresholds_are_checked(composed: Callable[..., Any]) -> None:
    with pytest.raises((ValueError, ValidationError), match="growth"):
        assemble(composed(*TINY, "callbacks.monitor.growth=0.5"))


def test_it_is_seen_in_tensorboard_csv_and_the_record(run_command: Any, tmp_path: Path) -> None:
    outcome = run_command(
        "gan-train", *RING[:-1], "data.num_samples=640", "optimizer.lr=1", "trainer.max_steps=60",
        "trainer.log_every_n_steps=5", "callbacks.monitor.memory=5", "callbacks.monitor.growth=20",
        "callbacks.progress=null", f"hydra.run.dir={tmp_path / 'run'}",
    )  # fmt: skip
    assert outcome.code == 0
    assert "  state        diverged after " in outcome.out
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert [change["state"] for change in facts["states"]] == ["diverged"]
    assert "Try one of: optimizer.generator.lr=0.1 optimizer.discriminator.lr=0.1, " in facts["notes"][-1]
    with (tmp_path / "run" / "metrics.csv").open(newline="") as file:
        codes = [float(row["monitor/gan/state"]) for row in csv.DictReader(file)]
    assert (codes[0], codes[-1], sorted(codes) == codes) == (0, 5, True)
    events = EventAccumulator(str(tmp_path / "run")).Reload()
    assert "monitor/gan/state" in events.Tags()["scalars"]
    assert "monitor/gan/text_summary" in events.Tags()["tensors"]


# ---- real games: slow ------------------------------------------------------------------------------------------------

PLANTED = [
    ("collapsed", RING, ("system.generator_steps=5", "optimizer.generator.lr=5e-3", "trainer.max_steps=2000")),
    ("diverged", RING, ("optimizer.lr=1", "trainer.max_steps=2000")),
    ("discriminator too strong", RING, (
        "optimizer.generator.lr=1e-6", "optimizer.discriminator.lr=1e-3", "trainer.max_steps=3000")),
    ("generator too strong", RING, (
        "optimizer.generator.lr=1e-3", "optimizer.discriminator.lr=1e-6", "trainer.max_steps=3000")),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("state", "game", "changes"), PLANTED, ids=[state for state, _, _ in PLANTED])
def test_planted_troubles_are_named(played: Any, state: str, game: tuple[str, ...], changes: tuple[str, ...]) -> None:
    assert state in [change["state"] for change in monitor_of(played(*game, *changes)).history]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_healthy_game_is_left_alone(played: Any, seed: int) -> None:
    silent = ("callbacks.samples=null", "callbacks.checkpoint=null", "logger=none", "trainer.max_steps=3000")
    assert monitor_of(played("data=ring", "experiment=ring/r3gan", f"seed={seed}", *silent)).history == []
