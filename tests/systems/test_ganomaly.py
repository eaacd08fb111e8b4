"""GANomaly: its losses, the discriminator that begins again, and resuming."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, l1_loss, mse_loss

from fixtures.composing import small
from gan_runner.assemble import assemble, build_system
from gan_runner.callbacks.checkpoint import Checkpoint
from gan_runner.callbacks.evaluation import Evaluation
from gan_runner.config.errors import ConfigError
from gan_runner.config.plain import plain_config
from gan_runner.systems.ganomaly import GANomaly
from gan_runner.types import Batch

SMALL = ("model=ganomaly", "network.width=2", "latent.latent_dim=5", "metrics=none")
IMAGES = torch.rand(4, 1, 8, 8, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.fixture
def made(composed: Any) -> Any:
    def make(*overrides: str) -> Any:
        torch.manual_seed(0)
        return build_system(plain_config(composed(*SMALL, *overrides)), (1, 8, 8), 10)

    return make


def test_the_published_settings(composed: Any) -> None:
    torch.manual_seed(0)
    config = plain_config(composed("model=ganomaly"))
    system: Any = build_system(config, (1, 32, 32), 10)
    assert sum(p.numel() for p in system.parameters_of("generator")) == 3_200_384
    assert sum(p.numel() for p in system.parameters_of("discriminator")) == 661_248
    assert (system.features, system.l1, system.codes, system.restart_below) == (1.0, 50.0, 1.0, 1e-5)
    assert (config["optimizer"]["lr"], config["optimizer"]["betas"]) == (2e-4, [0.5, 0.999])


def test_the_terms_are_those_of_the_formula(made: Any) -> None:
    system = made()
    code, back, again = system.network.all_of(IMAGES)
    real, fake = system.discriminator(IMAGES), system.discriminator(back)
    dealt = system.deal(Batch(IMAGES), system.players)
    (adversarial,) = system.terms("discriminator", dealt, 0).values()
    ones, zeros = torch.ones(4, 1), torch.zeros(4, 1)
    expected = binary_cross_entropy_with_logits(real.logits, ones) + binary_cross_entropy_with_logits(
        fake.logits, zeros
    )
    torch.testing.assert_close(adversarial, expected / 2)
    terms = system.terms("generator", dealt, 0)
    torch.testing.assert_close(terms["features"], mse_loss(real.features, fake.features))
    torch.testing.assert_close(terms["l1"], 50 * l1_loss(back, IMAGES))
    torch.testing.assert_close(terms["codes"], mse_loss(code, again))


def test_the_discriminator_has_no_gradient_of_the_autoencoder_and_the_reverse(made: Any) -> None:
    system = made()
    dealt = system.deal(Batch(IMAGES), system.players)
    total = sum(system.terms("discriminator", dealt, 0).values())
    assert not any(
        torch.is_tensor(g) for g in torch.autograd.grad(total, system.parameters_of("generator"), allow_unused=True)
    )
    assert {id(p) for p in system.parameters_of("discriminator")}.isdisjoint(map(id, system.parameters_of("generator")))


def test_a_discriminator_that_is_certain_begins_again(made: Any) -> None:
    system = made()
    with torch.no_grad():
        for weight in system.discriminator.parameters():
            weight.add_(1)
    moved = [weight.clone() for weight in system.discriminator.parameters()]
    system._begin_again(torch.tensor(1e-4) < system.restart_below)
    assert all(a.equal(b) for a, b in zip(moved, system.discriminator.parameters(), strict=True))
    assert int(system.restarts) == 0
    system._begin_again(torch.tensor(1e-6) < system.restart_below)
    first = system.first.parameters()
    assert all(a.equal(b) for a, b in zip(first, system.discriminator.parameters(), strict=True))
    assert int(system.restarts) == 1


def test_one_image_comes_back_once_for_both_updates(made: Any) -> None:
    """In several slices it comes back for each, which holds no graph of one while another is judged. The gradients are
    the same.
    """

    def moved(slices: int) -> tuple[int, list[torch.Tensor]]:
        system, asked = made(), []
        system.accumulate = slices
        system.network.decoder.register_forward_hook(lambda *_: asked.append(1))
        dealt = system.deal(Batch(IMAGES), system.players)
        gradients: list[torch.Tensor] = []
        for player in system.players:
            total = sum(system.terms(player, dealt, 0).values())
            gradients += torch.autograd.grad(total, system.parameters_of(player))
        return len(asked), gradients

    (once, shared), (twice, apart) = moved(1), moved(2)
    assert (once, twice) == (1, 2)
    assert all(map(torch.equal, shared, apart))


@pytest.mark.parametrize(("restart_below", "asked"), [("1e-5", True), ("0", False)])
def test_a_restart_is_decided_by_all_slices_of_a_batch(made: Any, restart_below: str, asked: bool) -> None:
    system = made("system.accumulate=2", f"system.restart_below={restart_below}")
    told: list[torch.Tensor] = []
    strategy = SimpleNamespace(reduce=lambda loss, reduce_op: told.append(loss) or loss)
    system._trainer = SimpleNamespace(strategy=strategy)
    for _ in range(2):
        slices = [system.deal(Batch(part), system.players) for part in (IMAGES[:2], -IMAGES[2:])]
        losses = [system.terms("discriminator", one, 0)["adversarial"].detach() for one in slices]
        system.after_step("discriminator", slices[-1], 0)
        assert not losses[0].isclose(losses[1])
    assert [loss.item() for loss in told] == [pytest.approx(torch.stack(losses).mean().item())] * (2 * asked)


def test_a_run_that_leaves_out_bad_updates_spares_what_they_do_not_change(played: Any) -> None:
    """The graph of what came back refers to statistics that the discriminator's update must not be given back."""
    settings = ("callbacks.finite.on_bad=skip", "trainer.max_steps=3")
    system = played(*SMALL, *settings).system
    assert all(p.isfinite().all() for p in system.parameters())
    spared = {id(buffer) for buffer in system.untouched_by("generator")}
    assert spared == {id(buffer) for buffer in system.first.buffers()}


def test_restarts_are_played_and_can_be_left_out(played: Any, made: Any) -> None:
    system = played(*SMALL, "system.restart_below=1e9", "trainer.max_steps=3").system
    assert int(system.restarts) == 3
    assert all(a.equal(b) for a, b in zip(system.first.parameters(), system.discriminator.parameters(), strict=True))
    assert made("system.restart_below=0").first is None
    assert set(system.figures) <= {*system.foreseen(), "images_per_second"}


def test_interrupted_and_resumed_equals_uninterrupted(tmp_path: Path) -> None:
    def play(folder: str, steps: int, resume: Path | None = None) -> Any:
        settings = (*SMALL, "tricks=[ema]", f"trainer.max_steps={steps}", "system.restart_below=0.69")
        experiment = assemble(small(tmp_path / folder, *settings))
        experiment.trainer.fit(experiment.system, experiment.data, ckpt_path=resume, weights_only=True)
        return experiment

    whole, half = play("whole", 6), play("half", 3)
    (keeper,) = (one for one in half.trainer.callbacks if isinstance(one, Checkpoint))
    resumed = play("half", 6, Path(keeper.folder) / "last.ckpt")
    one, other = whole.system.state_dict(), resumed.system.state_dict()
    assert all(value.equal(other[key]) for key, value in one.items() if torch.is_tensor(value))


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (("network=dcgan",), "needs network.decoder"),
        (("network.conditional=true",), "set network.conditional=false"),
        (("tricks=[r1]",), "tricks.r1"),
        (("loss=wasserstein",), "has a loss of its own, .*: leave loss out"),
    ],
)
def test_what_cannot_work_is_refused(made: Any, overrides: tuple[str, ...], sentence: str) -> None:
    with pytest.raises((ConfigError, ValueError), match=sentence):
        made(*overrides)


def test_it_is_no_maker_of_samples_and_measured_by_none(made: Any, played: Any) -> None:
    assert isinstance(made(), GANomaly)
    system = played(*SMALL, "metrics=[frechet]", "features=random_conv", "evaluation.num_samples=8").system
    assert not system.measured


def test_metrics_of_samples_are_left_out_with_what_chooses_the_best_state(composed: Any) -> None:
    """They are what the data brings along."""
    experiment = assemble(composed(*SMALL, "metrics=[frechet]", "features=random_conv", "evaluation.best=frechet"))
    (evaluation,) = (one for one in experiment.trainer.callbacks if isinstance(one, Evaluation))
    assert evaluation.best is None
    assert evaluation.notes == ["metrics.frechet is left out: it looks at samples, and this system makes none"]
