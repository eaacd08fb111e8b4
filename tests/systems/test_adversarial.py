"""The alternation: who moves when, what moves, what is counted, what is logged."""

import csv
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback
from torch import Tensor

from fixtures.recipes import ALONE, FROM_LATENTS
from gan_runner.assemble import assemble
from gan_runner.config.options import CONFIGS


def weights(network: torch.nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in network.parameters()]).clone()


class Watch(Callback):
    """Notes after each batch how far each player has moved since the one before."""

    def __init__(self) -> None:
        self.moved: list[tuple[bool, bool]] = []

    def on_train_batch_start(self, trainer: Any, system: Any, *rest: Any) -> None:
        self.before = weights(system.game.discriminator), weights(system.game.generator)

    def on_train_batch_end(self, trainer: Any, system: Any, *rest: Any) -> None:
        after = weights(system.game.discriminator), weights(system.game.generator)
        self.moved.append(tuple(not torch.equal(a, b) for a, b in zip(self.before, after, strict=True)))


def watched(config: Any) -> tuple[Any, Watch]:
    experiment, watch = assemble(config), Watch()
    experiment.trainer.callbacks.append(watch)
    experiment.trainer.fit(experiment.system, experiment.data)
    return experiment, watch


@pytest.mark.parametrize("model", [*FROM_LATENTS, *ALONE])
@pytest.mark.parametrize(
    ("precision", "alternation"),
    [("32-true", ()), ("bf16-mixed", ("system.discriminator_steps=3", "system.generator_steps=2"))],
)
def test_every_model_trains_and_max_steps_equals_batches_seen(
    played: Any, model: str, precision: str, alternation: tuple[str, ...]
) -> None:
    same = ("tricks.growing.batch_sizes=[]",) if model.startswith("progan") else ()
    turns = () if model in ALONE else alternation
    settings = (f"trainer.precision={precision}", "trainer.max_steps=13", *turns, *same)  # 11 batches an epoch
    experiment = played(f"model={model}", *settings)
    assert experiment.trainer.global_step == 13
    assert experiment.system.images_seen == 13 * 4
    assert experiment.trainer.current_epoch >= 1
    assert all(torch.isfinite(p).all() for p in experiment.system.parameters())
    assert all(p.dtype is torch.float32 for p in experiment.system.parameters())


def test_the_discriminator_moves_on_every_batch_and_the_generator_on_every_third(composed: Any) -> None:
    _, watch = watched(composed("trainer.max_steps=6", "system.discriminator_steps=3"))
    assert watch.moved == [(True, False), (True, False), (True, True)] * 2


def test_generator_steps_repeats_the_generators_update_from_the_same_source(composed: Any) -> None:
    ends, sources = [], []
    for steps in (1, 3):
        experiment = assemble(
            composed("trainer.max_steps=1", f"system.generator_steps={steps}", "callbacks.samples=null")
        )
        experiment.system.game.generator.register_forward_pre_hook(lambda _, given: sources.append(given[0]))
        experiment.trainer.fit(experiment.system, experiment.data)
        ends.append(weights(experiment.system.game.generator))
    assert len(sources) == 1 + 3
    assert torch.equal(sources[1], sources[2])
    assert torch.equal(sources[2], sources[3])
    assert not torch.equal(*ends)


def test_the_fake_is_generated_once_when_both_players_move(composed: Any) -> None:
    experiment = assemble(composed("trainer.max_steps=3", "callbacks.samples=null"))
    calls: list[int] = []
    experiment.system.game.generator.register_forward_hook(lambda *_: calls.append(1))
    experiment.trainer.fit(experiment.system, experiment.data)
    assert len(calls) == 3


def test_slices_sum_to_the_gradient_of_the_whole_batch(composed: Any) -> None:
    """Without BatchNorm and with mean losses, four slices of one step as the whole batch does (in bf16: nearly)."""
    ends = []
    for slices in (1, 4):
        settings = (
            "model=vanilla",
            "optimizer=sgd",
            "optimizer.lr=0.01",
            "trainer.max_steps=3",
            "trainer.precision=32-true",
        )
        experiment = assemble(composed(*settings, f"system.accumulate={slices}", "data.batch_size=8"))
        experiment.system.latent.sample = fixed_latents()
        experiment.trainer.fit(experiment.system, experiment.data)
        ends.append(weights(experiment.system.game.generator))
    torch.testing.assert_close(*ends, rtol=1e-4, atol=1e-7)


def fixed_latents() -> Any:
    """A stream of latents that does not depend on how it is cut."""
    stream = iter(torch.randn(1000, 100, generator=torch.Generator().manual_seed(0)))
    return lambda count, *_, **__: torch.stack([next(stream) for _ in range(count)])


def test_gradients_are_clipped_to_the_players_own_limit(composed: Any) -> None:
    config = composed("model=vanilla", "optimizer=sgd", "optimizer.lr=1", "optimizer.momentum=0",
                      "system.gradient_clip.generator=0.01", "trainer.max_steps=1")  # fmt: skip
    experiment = assemble(config)
    before = weights(experiment.system.game.generator), weights(experiment.system.game.discriminator)
    experiment.trainer.fit(experiment.system, experiment.data)
    moved = (weights(experiment.system.game.generator) - before[0]).norm()
    assert moved == pytest.approx(0.01, rel=1e-3)
    assert (weights(experiment.system.game.discriminator) - before[1]).norm() > 0.02
    assert experiment.system.figures["generator/gradient_norm"] > 0.01  # as it was before clipping


def test_schedules_follow_batches(played: Any) -> None:
    experiment = played("model=vanilla", "schedule=linear", "trainer.max_steps=8")
    for optimizer in experiment.trainer.optimizers:
        assert optimizer.param_groups[0]["lr"] == pytest.approx(0, abs=1e-9)


def test_every_figure_is_logged_by_name(played: Any, tmp_path: Path) -> None:
    played("model=dcgan", "trainer.max_steps=4", "trainer.log_every_n_steps=2")
    with (tmp_path / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows if row["discriminator/gan/adversarial"]] == ["1", "2", "4"]
    expected = {
        "discriminator/gan/adversarial", "generator/gan/adversarial", "discriminator/gan/D_real",
        "discriminator/gan/D_fake", "discriminator/gan/accuracy_real", "discriminator/gan/accuracy_fake",
        "discriminator/gradient_norm", "generator/gradient_norm", "discriminator/learning_rate",
        "generator/learning_rate", "images_per_second",
    }  # fmt: skip
    assert expected <= set(rows[0])
    assert all(float(rows[-1][name]) == float(rows[-1][name]) for name in expected)


def test_under_autocast_the_generator_is_graded_by_the_updated_discriminator(composed: Any) -> None:
    """Autocast caches bf16 copies of weights for the whole step; a stale one would leave the grade unchanged."""
    experiment = assemble(composed("trainer.precision=bf16-mixed", "trainer.max_steps=1", "optimizer.lr=0.05"))
    game, grades = experiment.system.game, []
    handle = game.discriminator.register_forward_hook(lambda _, __, score: grades.append(score.logits.float().mean()))
    experiment.trainer.fit(experiment.system, experiment.data)
    handle.remove()
    first_fake, second_fake = grades[1], grades[2]  # real, fake | the same fake again
    assert abs(first_fake - second_fake) > 1e-3


@pytest.mark.parametrize("loss", sorted({path.stem for path in (CONFIGS / "loss").glob("*.yaml")} - {"none"}))
def test_every_loss_trains(played: Any, loss: str) -> None:
    figures = played(f"loss={loss}", "trainer.log_every_n_steps=1").system.figures
    assert all(value == value and abs(value) < 1e6 for value in figures.values())


@pytest.mark.parametrize("players", [("discriminator",), ("generator",), ("discriminator", "generator")])
def test_who_steers_says_who_moves(composed: Any, players: tuple[str, ...]) -> None:
    class Steer(Watch):
        def on_train_batch_start(self, trainer: Any, system: Any, *rest: Any) -> None:
            super().on_train_batch_start(trainer, system, *rest)
            system.steered = players if trainer.global_step == 1 else None
            system.reports_next = trainer.global_step == 1

        def on_train_batch_end(self, trainer: Any, system: Any, *rest: Any) -> None:
            super().on_train_batch_end(trainer, system, *rest)
            self.reported.append(system.figures_at)

    experiment = assemble(composed("model=vanilla", "trainer.max_steps=3", "system.discriminator_steps=3"))
    watch = Steer()
    watch.reported = []
    experiment.trainer.callbacks.append(watch)
    experiment.trainer.fit(experiment.system, experiment.data)
    alone, steered = (True, False), ("discriminator" in players, "generator" in players)
    assert watch.moved == [alone, steered, (True, True)]
    assert watch.reported == [1, 2, 2], "the batch that was asked for, though none is due before the 50th"
