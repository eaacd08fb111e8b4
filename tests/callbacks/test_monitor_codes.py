"""Monitor: a collapsed posterior is named, with its numbers and what helps; and what helps does."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from omegaconf import OmegaConf

from gan_runner.assemble import build_system
from gan_runner.callbacks.codes import Codes
from gan_runner.callbacks.monitor import Monitor
from gan_runner.monitoring.remedies import remedies

TINY = ("model=vae", "network.hidden=[8]", "latent.latent_dim=20", "metrics=none", "logger=none")
ACTIVE = "autoencoder/active_units"


class Loud:
    def __init__(self) -> None:
        self.rows: list[tuple[int, dict[str, float]]] = []

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        self.rows.append((step, metrics))


@pytest.fixture
def watched(composed: Callable[..., Any]) -> Callable[..., Any]:
    """watched(monitor, [units, …], numbers) looks at codes every five hundred batches; returns the trainer."""

    def watch(
        monitor: Monitor,
        units: list[float],
        numbers: int = 20,
        start: int = 0,
        model: tuple[str, ...] = TINY,
        active: str = ACTIVE,
    ) -> Any:
        config: Any = OmegaConf.to_container(composed(*model), resolve=True)
        system: Any = build_system(config, (1, 8, 8), 4)
        codes = Codes("unused", seed=0)
        trainer: Any = SimpleNamespace(
            global_step=start, loggers=[Loud()], is_global_zero=True, callbacks=[codes, monitor], strategy=None
        )
        monitor.on_train_start(trainer, system)
        for count in units:
            trainer.global_step += 500
            codes.figures, codes.figures_at, codes.numbers = {active: count}, trainer.global_step, numbers
            monitor.on_train_batch_end(trainer, system, None, None, 0)
            monitor.on_train_batch_end(trainer, system, None, None, 1)  # nothing new
        return trainer

    return watch


def test_a_collapse_and_its_end_are_told_with_what_helps(watched: Any, caplog: pytest.LogCaptureFixture) -> None:
    monitor = Monitor()
    trainer = watched(monitor, [12, 0, 0, 0, 5, 5])
    assert monitor.history == [
        {"batches": 2000, "game": "autoencoder", "state": "posterior collapsed", "quantity": ACTIVE, "value": 0,
         "threshold": 1, "of": "one of the code's 20 numbers"},
        {"batches": 3000, "game": "autoencoder", "state": "healthy", "quantity": "", "value": 0, "threshold": 0,
         "of": ""},
    ]  # fmt: skip
    assert monitor.notes == [record.message for record in caplog.records]
    assert monitor.notes[0].startswith(
        "model 'autoencoder' is posterior collapsed after 2000 batches: autoencoder/active_units 0 is below 1, one of "
        "the code's 20 numbers. Try one of: system.free_bits=0.25, system.beta=0.1"
    )
    assert monitor.notes[1] == "model 'autoencoder' is healthy again after 3000 batches"
    rows = [(step, metrics["monitor/autoencoder/state"]) for step, metrics in trainer.loggers[0].rows]
    assert rows == [(500, 0), (1000, 0), (1500, 0), (2000, 4), (2500, 4), (3000, 0)]


def test_it_stands_in_the_closing_lines(watched: Any) -> None:
    monitor = Monitor()
    watched(monitor, [0] * 4)
    assert monitor.closing_lines == [
        "posterior collapsed after 1000 batches: autoencoder/active_units 0 is below 1, one of the code's 20 numbers"
    ]


@pytest.mark.parametrize(("units", "numbers", "collapsed"), [
    (1, 20, False), (1, 2, False), (0, 2, True), (6, 128, True), (7, 128, False), (0, 1, True),
])  # fmt: skip
def test_how_many_numbers_are_too_few(watched: Any, units: float, numbers: int, collapsed: bool) -> None:
    monitor = Monitor()
    watched(monitor, [units] * 5, numbers)
    assert (monitor.states["autoencoder"] == "posterior collapsed") is collapsed
    assert not collapsed or monitor.history[0]["of"].endswith(f"of the code's {numbers} numbers")


def test_codes_that_play_a_game_too_collapse_beside_it(watched: Any, composed: Any) -> None:
    monitor, model = Monitor(), ("model=vae_gan", "network.width=2", "latent.latent_dim=20", "metrics=none")
    watched(monitor, [0] * 4, model=model, active="encoder/active_units")
    assert monitor.states == {"gan": "healthy", "autoencoder": "posterior collapsed"}
    assert monitor.history[0]["quantity"] == "encoder/active_units"
    assert monitor.notes[0].endswith("Try one of: system.beta=0.1")
    config: Any = OmegaConf.to_container(composed(*model, "system.beta=3"), resolve=True)
    assert remedies("posterior collapsed", config) == ["system.beta=1"]


def test_codes_have_the_time_of_patience(watched: Any) -> None:
    monitor = Monitor(patience=2000)
    watched(monitor, [0, 0, 0, 3, 0, 0, 0, 0])
    assert monitor.history == []


def test_one_look_names_a_collapse_that_was_there_from_the_start(watched: Any) -> None:
    """In a short run there is no other."""
    for patience, named in ((500, True), (501, False)):
        monitor = Monitor(patience=patience)
        watched(monitor, [0])
        assert (monitor.states["autoencoder"] == "posterior collapsed") is named
    once_told = Monitor(patience=500)
    watched(once_told, [3])
    assert once_told.history == []


def test_a_resumed_run_goes_on_as_one_that_did_not_stop(watched: Any) -> None:
    whole, first, second = Monitor(), Monitor(), Monitor()
    watched(whole, [0, 0, 0, 2])
    watched(first, [0])
    second.load_state_dict(first.state_dict())
    watched(second, [0, 0, 2], start=500)
    assert second.state_dict() == whole.state_dict()
    assert second.history[0]["batches"] == 1000


def test_a_state_of_before_codes_were_followed_is_taken(watched: Any) -> None:
    monitor = Monitor()
    state = monitor.state_dict()
    del state["diagnosis"]["told"], state["diagnosis"]["numbers"]
    monitor.load_state_dict(state)
    watched(monitor, [0] * 2)
    assert monitor.states == {"autoencoder": "healthy"}  # what was before its first look is not known
    watched(monitor, [0], start=1000)
    assert monitor.states == {"autoencoder": "posterior collapsed"}


@pytest.mark.parametrize(("overrides", "expected"), [
    (("system.beta=50",), ["system.free_bits=0.25", "system.beta=1"]),
    (("system.free_bits=0.1",), ["system.beta=0.1", "system.anneal_batches=1"]),
    (("likelihood=gaussian", "system.anneal_batches=5"),
     ["system.free_bits=0.25", "system.beta=0.1", "likelihood.sigma=learned"]),
    (("likelihood=laplace", "likelihood.scale=learned", "system.capacity=1", "system.beta=10"),
     ["system.capacity=25", "system.beta=1"]),
])  # fmt: skip
def test_only_what_applies_is_recommended(composed: Any, overrides: tuple[str, ...], expected: list[str]) -> None:
    config: Any = OmegaConf.to_container(composed(*TINY, *overrides), resolve=True)
    found = remedies("posterior collapsed", config)
    assert found == expected
    for remedy in found:
        build_system(OmegaConf.to_container(composed(*TINY, *overrides, remedy), resolve=True), (1, 8, 8), 4)


def test_an_autoencoder_that_diverges_needs_smaller_steps(composed: Any) -> None:
    config: Any = OmegaConf.to_container(composed(*TINY), resolve=True)
    found = remedies("diverged", config)
    assert found == ["optimizer.lr=0.0001", "system.gradient_clip.autoencoder=1", "+tricks@tricks.ema=ema"]
    for remedy in found:
        build_system(OmegaConf.to_container(composed(*TINY, remedy), resolve=True), (1, 8, 8), 4)


PROVOKED = {
    "a weight of 50": ("system.beta=50",),
    "a variance of 1": ("likelihood=gaussian",),
    "four layers at once": ("network.hidden=[64,64,64,64]", "trainer.max_steps=1500"),
}
CURES = {
    "a weight of 50": {"system.free_bits=0.25": 5, "system.beta=1": 5},
    "a variance of 1": {"system.free_bits=0.25": 5, "system.beta=0.1": 5, "likelihood.sigma=learned": 5},
    "four layers at once": {"system.anneal_batches=750": 1},
}
"""What helps, and how many of ten numbers it makes active at the least."""


def provoked(played: Any, *overrides: str) -> tuple[Monitor, float]:
    """The monitor of a run of a thousand batches, and how many numbers were active at its end."""
    model = () if overrides[0].startswith("model=") else ("model=vae", "network.hidden=[64]")
    run = played(
        "data=digits", *model, "data.image_size=8", "data.batch_size=64", "metrics=none", "latent.latent_dim=10",
        "logger=none", "callbacks.samples=null", "callbacks.panels=null",
        "callbacks.checkpoint=null", "callbacks.codes.every=100", "callbacks.monitor.patience=600",
        "trainer.max_steps=1000", *overrides,
    )  # fmt: skip
    monitor = next(one for one in run.trainer.callbacks if isinstance(one, Monitor))
    codes = next(one for one in run.trainer.callbacks if isinstance(one, Codes))
    return monitor, next(value for name, value in codes.figures.items() if name.endswith("/active_units"))


@pytest.mark.slow
@pytest.mark.parametrize("trouble", PROVOKED)
def test_a_collapse_that_was_provoked_is_named_with_its_cures(played: Any, trouble: str) -> None:
    monitor, active = provoked(played, *PROVOKED[trouble])
    assert [change["state"] for change in monitor.history] == ["posterior collapsed"]
    assert active == 0
    assert all(cure in monitor.notes[0] for cure in CURES[trouble])


@pytest.mark.slow
@pytest.mark.parametrize(("trouble", "cure"), [(trouble, cure) for trouble in CURES for cure in CURES[trouble]])
def test_each_cure_cures(played: Any, trouble: str, cure: str) -> None:
    monitor, active = provoked(played, *PROVOKED[trouble], cure)
    assert monitor.history == []
    assert active >= CURES[trouble][cure]


@pytest.mark.slow
@pytest.mark.parametrize(("beta", "active"), [(3, (0, 0)), (1, (1, 10)), (0.1, (5, 10))])
def test_beside_a_game_too_a_smaller_weight_cures(played: Any, beta: float, active: tuple[int, int]) -> None:
    monitor, found = provoked(played, "model=vae_gan", "network.width=4", f"system.beta={beta}")
    collapsed = [change["game"] for change in monitor.history if change["state"] == "posterior collapsed"]
    assert collapsed == ["autoencoder"] * (beta == 3)
    assert active[0] <= found <= active[1]
