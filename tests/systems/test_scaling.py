"""Players in float16: they learn, what overflows is left out of one player's updates, and all of it is resumed."""

import logging
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from fixtures.planted import layer_of, plant_gradient
from gan_runner.assemble import assemble
from gan_runner.callbacks.finite import NotFiniteError
from gan_runner.monitoring import finite
from gan_runner.runs.checkpoints import load
from gan_runner.systems.scaling import is_finite, lacks_momentum

HALF = ("trainer.precision=16-mixed", "trainer.log_every_n_steps=1", "trainer.accelerator=cpu")
POINTS = ("model=vanilla", "data=ring", "data.batch_size=16", "callbacks.samples=null",
          "network.generator.hidden=[16]", "network.discriminator.hidden=[16]", *HALF)  # fmt: skip
IMAGES = ("data=synthetic", "data.image_size=8", "data.batch_size=8", "network.width=4", *HALF)
GAMES = {
    "dcgan": ("model=dcgan", *IMAGES),
    "cgan": ("model=cgan", *IMAGES),
    "wgan_gp": ("model=wgan_gp", *IMAGES, "system.discriminator_steps=2"),
    "r3gan": ("model=r3gan", *IMAGES, "network.group_width=null"),
    "unrolled": ("model=dcgan", *IMAGES, "tricks=[unrolled]", "tricks.unrolled.steps=1"),
    "vae": ("model=vae", *IMAGES[:3], *HALF),
    "points": POINTS,
}
BEGIN = 65536.0


def play(composed: Any, *overrides: str, batches: int = 3, prepare: Any = None) -> Any:
    """The experiment after its run; `prepare` is shown it before."""
    experiment = assemble(composed(*overrides, f"trainer.max_steps={batches}"))
    if prepare:
        prepare(experiment)
    experiment.trainer.fit(experiment.system, experiment.data)
    return experiment


@pytest.mark.parametrize("game", GAMES)
def test_games_learn_in_float16(composed: Any, game: str) -> None:
    seen: set[torch.dtype] = set()
    start: dict[str, Tensor] = {}

    def watch(experiment: Any) -> None:
        start.update({name: p.detach().clone() for name, p in experiment.system.named_parameters()})
        for module in experiment.system.modules():
            if isinstance(module, torch.nn.Linear | torch.nn.Conv2d):
                module.register_forward_hook(lambda *told: seen.add(told[2].dtype))

    # A critic's scale has first to come down to its gradients.
    experiment = play(composed, *GAMES[game], batches=8, prepare=watch)
    system = experiment.system
    assert torch.float16 in seen
    assert all(parameter.isfinite().all() for parameter in system.parameters())
    assert all(math.isfinite(value) for value in system.figures.values())
    for player in system.players:
        moved = [n for n, p in system.named_parameters() if any(p is q for q in system.parameters_of(player))
                 and not p.equal(start[n])]  # fmt: skip
        assert moved
        assert system.figures[f"{player}/loss_scale"] == system.scaling.scales()[player]


@pytest.mark.parametrize("game", ["dcgan", "wgan_gp", "r3gan", "points"])
def test_gradients_are_those_of_float32(composed: Any, game: str) -> None:
    """What is logged, and what clipping goes by, is not scaled; penalties included."""
    full = play(composed, *GAMES[game], "trainer.precision=32-true", batches=1).system.figures
    norms: dict[str, float] = {}

    def smaller(experiment: Any) -> None:  # than what would overflow on the first batch
        plugin = experiment.trainer.precision_plugin
        plugin.load_state_dict({
            player: plugin._scalers[player].state_dict() | {"scale": 256.0} for player in experiment.system.players
        })  # fmt: skip

    norms = play(composed, *GAMES[game], batches=1, prepare=smaller).system.figures
    for player in ("discriminator", "generator"):
        if f"{player}/gradient_norm" in full:
            assert norms[f"{player}/gradient_norm"] == pytest.approx(full[f"{player}/gradient_norm"], rel=0.02)


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
def test_an_update_that_overflows_is_left_out_and_halves_its_players_scale(
    composed: Any, optimizer: str, at: int
) -> None:
    kept: list[Tensor] = []

    def plant(experiment: Any) -> None:
        plant_gradient(experiment, "discriminator", math.inf, lambda call: call == at)
        system = experiment.system
        _, weight = layer_of(experiment, "discriminator")
        step = system._step_optimizer

        def watched(player: str, counted: bool) -> None:
            before = weight.detach().clone()
            step(player, counted)
            if player == "discriminator":
                kept.append(before.equal(weight))  # type: ignore[arg-type]

        system._step_optimizer = watched

    system = play(composed, *POINTS, f"optimizer={optimizer}", prepare=plant).system
    assert kept == [batch == at for batch in (1, 2, 3)]
    assert system.scaling.scales() == {"discriminator": BEGIN / 2, "generator": BEGIN}
    assert system.trainer.global_step == 3  # batches are counted all the same
    states = system.optimizer_of("discriminator").state.values()
    assert all(value.isfinite().all() for state in states for value in state.values() if isinstance(value, Tensor))
    if optimizer == "adam":
        assert {int(state["step"]) for state in states} == {2}


def test_the_norm_of_what_is_left_out_is_logged_as_nothing(composed: Any) -> None:
    def plant(experiment: Any) -> None:
        plant_gradient(experiment, "generator", math.nan, lambda call: True)

    figures = play(composed, *POINTS, "system.gradient_clip.generator=1", batches=1, prepare=plant).system.figures
    assert figures["generator/gradient_norm"] == 0
    assert figures["discriminator/gradient_norm"] > 0


def test_momentum_that_a_skipped_first_step_would_make_up_is_looked_for() -> None:
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.SGD([weight], lr=0.1, momentum=0.5, fused=True)
    assert not lacks_momentum(optimizer)  # nothing moves
    weight.grad = torch.tensor([1.0, math.inf])
    assert lacks_momentum(optimizer)
    assert not is_finite(optimizer)
    weight.grad = torch.ones(2)
    assert is_finite(optimizer)
    optimizer.step()
    assert not lacks_momentum(optimizer)
    assert not lacks_momentum(torch.optim.SGD([weight], lr=0.1))
    assert not lacks_momentum(torch.optim.Adam([weight]))


@pytest.mark.parametrize("game", ["dcgan", "wgan_gp", "points"])
def test_a_resumed_run_equals_one_that_was_not_stopped(composed: Any, tmp_path: Path, game: str) -> None:
    """Scales that came down, and the updates since, are part of the state."""

    def run(folder: str, batches: int, resume: Path | None = None, overflows: bool = True) -> dict[str, Any]:
        path = tmp_path / folder
        experiment = assemble(composed(*GAMES[game], f"trainer.max_steps={batches}", folder=path))
        if overflows:
            spoil(experiment)
        experiment.trainer.fit(experiment.system, experiment.data, ckpt_path=resume, weights_only=True)
        experiment.trainer.save_checkpoint(path / "end.ckpt")
        return load(path / "end.ckpt")

    def spoil(experiment: Any) -> None:
        parameter = experiment.system.parameters_of("discriminator")[-1]
        calls = [0]

        def hook(gradient: Tensor) -> Tensor:
            calls[0] += 1
            return gradient * (math.inf if calls[0] == 2 else 1.0)

        parameter.register_hook(hook)

    whole = run("whole", 6)
    run("parts", 3)
    parts = run("parts", 6, tmp_path / "parts" / "end.ckpt", overflows=False)
    assert whole["ScalerPerPlayer"] == parts["ScalerPerPlayer"]
    assert whole["ScalerPerPlayer"]["discriminator"]["scale"] < BEGIN
    assert whole["ScalerPerPlayer"]["discriminator"] != whole["ScalerPerPlayer"]["generator"]
    for name, value in whole["state_dict"].items():
        assert not isinstance(value, Tensor) or value.equal(parts["state_dict"][name]), name
    torch.testing.assert_close(whole["optimizer_states"], parts["optimizer_states"], rtol=0, atol=0)


def test_a_run_of_another_precision_goes_on_in_float16(composed: Any, tmp_path: Path) -> None:
    before = play(composed, *POINTS, "trainer.precision=32-true")
    before.trainer.save_checkpoint(tmp_path / "before.ckpt")
    experiment = assemble(composed(*POINTS, "trainer.max_steps=5"))
    experiment.trainer.fit(experiment.system, experiment.data, ckpt_path=tmp_path / "before.ckpt", weights_only=True)
    assert experiment.system.scaling.scales() == {"discriminator": BEGIN, "generator": BEGIN}


# ---- with what watches ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on_bad", ["stop", "skip", "rollback"])
@pytest.mark.parametrize("kept", [0, finite.KEPT_BYTES])
def test_an_overflow_now_and_then_is_nothing_wrong(
    composed: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any, kept: int, on_bad: str
) -> None:
    monkeypatch.setattr(finite, "KEPT_BYTES", kept)
    watched = ("callbacks.finite.every=2", f"callbacks.finite.on_bad={on_bad}")

    def plant(experiment: Any) -> None:
        plant_gradient(experiment, "discriminator", math.inf, lambda call: call == 3)

    with caplog.at_level(logging.WARNING):
        system = play(composed, *POINTS, *watched, batches=6, prepare=plant).system
    assert system.scaling.scales()["discriminator"] == BEGIN / 2
    assert "not finite" not in caplog.text


def test_what_overflows_at_every_scale_ends_the_run(composed: Any) -> None:
    def plant(experiment: Any) -> None:
        plant_gradient(experiment, "generator", math.nan, lambda call: True)

    with pytest.raises(NotFiniteError, match=r"the generator overflow at every scale of its loss, .*=32-true"):
        play(composed, *POINTS, "callbacks.finite.every=10", batches=60, prepare=plant)


def test_a_loss_that_is_not_finite_is_told_as_in_float32(composed: Any) -> None:
    def plant(experiment: Any) -> None:
        _, weight = layer_of(experiment, "generator")
        experiment.system.joint_terms = lambda player, rounds: {"planted": weight.sum() * math.inf}

    with pytest.raises(NotFiniteError, match="not finite in batch 1: discriminator/planted = "):
        play(composed, *POINTS, "callbacks.finite.every=2", batches=4, prepare=plant)
