"""VAE-GAN: who learns from what, what is judged, who stands still."""

from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from fixtures.composing import small
from gan_runner.assemble import assemble, build_system
from gan_runner.callbacks.checkpoint import Checkpoint
from gan_runner.callbacks.codes import Codes
from gan_runner.config.errors import ConfigError
from gan_runner.config.plain import plain_config
from gan_runner.latents import drawn, kl
from gan_runner.systems.base import evaluating
from gan_runner.systems.capabilities import Variational
from gan_runner.systems.vae_gan import VAEGAN
from gan_runner.types import Batch

SMALL = ("model=vae_gan", "network.width=2", "latent.latent_dim=5", "tricks=[]", "system.reconstructions=0",
         "system.gamma=1")  # fmt: skip
BATCH = Batch(torch.rand(4, 1, 8, 8, generator=torch.Generator().manual_seed(1)) * 2 - 1)
ALL = ("discriminator", "generator", "encoder")


@pytest.fixture
def made(composed: Any) -> Any:
    """made('system.gamma=2', …) -> an untrained system for images (1, 8, 8)."""

    def make(*overrides: str) -> VAEGAN:
        torch.manual_seed(0)
        system = build_system(plain_config(composed(*SMALL, *overrides)), (1, 8, 8), 10)
        assert isinstance(system, VAEGAN)
        return system

    return make


def gradients(system: VAEGAN, player: str, seed: int = 3) -> tuple[dict[str, float], list[torch.Tensor]]:
    """The terms of a player's update, and the gradient of each of its parameters."""
    torch.manual_seed(seed)
    terms = system.terms(player, system.deal(BATCH, ALL), 0)
    total = reduce(add, terms.values())
    return {k: float(v.detach()) for k, v in terms.items()}, list(
        torch.autograd.grad(total, system.parameters_of(player))
    )


def equal(one: list[torch.Tensor], other: list[torch.Tensor], times: float = 1.0) -> bool:
    return all(torch.allclose(a * times, b, rtol=1e-4, atol=1e-7) for a, b in zip(one, other, strict=True))


def test_players_share_no_weight_and_leave_none_out(made: Any) -> None:
    system = made()
    sets = [set(map(id, system.parameters_of(player))) for player in ALL]
    assert sum(map(len, sets)) == len(set.union(*sets)) == len(list(system.parameters()))


def test_the_discriminator_learns_by_the_game_alone(made: Any) -> None:
    terms, found = gradients(made(), "discriminator")
    assert set(terms) == {"gan/adversarial"}
    assert equal(found, gradients(made("system.gamma=9", "system.beta=7", "system.adversarial=0"), "discriminator")[1])


def test_the_encoder_learns_by_its_codes_and_likeness_and_by_no_game(made: Any) -> None:
    terms, found = gradients(made(), "encoder")
    assert set(terms) == {"kl", "features"}
    assert equal(found, gradients(made("system.adversarial=5", "system.gamma=0", "loss=hinge"), "encoder")[1])
    assert not equal(found, gradients(made("system.beta=3"), "encoder")[1])


def test_the_generator_weighs_likeness_and_game(made: Any) -> None:
    terms, both = gradients(made("system.gamma=2", "system.adversarial=3"), "generator")
    assert set(terms) == {"gan/adversarial", "features"}
    likeness = gradients(made("system.gamma=1", "system.adversarial=0"), "generator")[1]
    game = gradients(made("system.gamma=0", "system.adversarial=1"), "generator")[1]
    assert equal([2 * a + 3 * b for a, b in zip(likeness, game, strict=True)], both)
    assert equal(game, gradients(made("system.gamma=0", "system.beta=9"), "generator")[1])


def test_the_terms_are_those_of_the_formula(made: Any) -> None:
    system = made("system.beta=2", "system.gamma=3")
    torch.manual_seed(3)
    dealt = system.deal(BATCH, ALL)
    moments = system.coding.describe(BATCH.real)
    back = system.coding.decode(drawn(dealt.noise, *moments))
    judge = system.game.discriminator
    gap = judge(BATCH.real).features - judge(back).features
    likeness = float(gap.detach().square().sum() / 2 / 4)
    encoder, generator = system.terms("encoder", dealt, 0), system.terms("generator", dealt, 0)
    assert encoder["features"].item() == pytest.approx(likeness, rel=1e-4)
    assert generator["features"].item() == pytest.approx(3 * likeness, rel=1e-4)
    assert encoder["kl"].item() == pytest.approx(2 * float(kl(*moments).detach().sum() / 4), rel=1e-4)
    assert set(dealt.told) == {"kl_nats", "squared_error"}
    told = [*encoder, *dealt.told]
    assert {f"encoder/{name}" for name in told} | {"generator/features"} <= set(system.foreseen())


def test_images_are_compared_without_what_tricks_draw_at_the_input(made: Any) -> None:
    quiet, noisy = made(), made("tricks=[instance_noise]", "tricks.instance_noise.std=9")
    assert gradients(quiet, "encoder")[0]["features"] == pytest.approx(gradients(noisy, "encoder")[0]["features"])
    assert gradients(quiet, "discriminator")[0] != gradients(noisy, "discriminator")[0]


@pytest.mark.parametrize(("share", "rows"), [(0.0, []), (0.5, [1, 3]), (0.25, [3]), (1.0, [0, 1, 2, 3])])
def test_a_share_of_the_fakes_that_are_judged_are_reconstructions(made: Any, share: float, rows: list[int]) -> None:
    system = made(f"system.reconstructions={share}")
    dealt = system.deal(BATCH, ALL)
    source = dealt.hands["gan"].source
    assert (source == dealt.code).all(dim=1).nonzero().flatten().tolist() == rows
    assert not source.requires_grad


@pytest.mark.parametrize(("share", "asked"), [(0.0, 0), (0.5, 4)])
def test_codes_are_found_only_where_somebody_asks_for_them(made: Any, share: float, asked: int) -> None:
    dealt = made(f"system.reconstructions={share}").deal(BATCH, ("discriminator",))
    assert sum(len(one) for one in dealt.moments[:1]) == asked


@pytest.mark.parametrize("accumulate", [1, 2])
def test_it_plays_and_all_players_move(played: Any, accumulate: int) -> None:
    settings = ("trainer.max_steps=3", f"system.accumulate={accumulate}", "system.generator_steps=2", "tricks=[ema,r1]")
    experiment = played(*SMALL, *settings)
    system = experiment.system
    average = system.game.sampler()[0]
    assert system.sampler()[1] == system.coder()[1] == "ema"
    assert isinstance(average.encoder, nn.Module)  # the encoder is averaged too
    assert {f"{player}/gradient_norm" for player in ALL} <= set(system.figures)
    assert {"encoder/kl", "encoder/features", "generator/features", "discriminator/gan/D_real"} <= set(system.figures)
    assert set(system.figures) <= {*system.foreseen(), "images_per_second"}


def test_the_gate_lets_the_stronger_stand_still(composed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[tuple[int, str]] = []
    costs = iter([[0.1, 0.7], [0.7, 2.0], [0.7, 0.7]])
    monkeypatch.setattr(VAEGAN, "_costs", lambda self, dealt: torch.tensor(next(costs)))
    experiment = assemble(composed(*SMALL, "system.balance_margin=0.35", "trainer.max_steps=3"))
    step = VAEGAN.after_step
    monkeypatch.setattr(
        VAEGAN,
        "after_step",
        lambda self, player, dealt, at: (moved.append((at, player)), step(self, player, dealt, at)),
    )
    experiment.trainer.fit(experiment.system, experiment.data)
    assert moved == [(0, "generator"), (0, "encoder"), (1, "discriminator"), (1, "encoder"), *((2, p) for p in ALL)]
    figures = experiment.system.more_figures()
    assert figures["discriminator/moved"] == figures["generator/moved"] == pytest.approx(2 / 3)
    kept = experiment.system.get_extra_state()
    experiment.system.set_extra_state({"images_seen": 0})
    experiment.system.set_extra_state(kept)
    assert experiment.system.more_figures() == figures


@pytest.mark.parametrize(("accumulate", "asked"), [(1, 2), (2, 8)])
def test_the_gate_and_the_update_look_at_one_judgement(
    composed: Any, monkeypatch: pytest.MonkeyPatch, accumulate: int, asked: int
) -> None:
    """Reals and fakes are judged once, but for several slices, which no memory would hold the graphs of."""
    settings = ("system.balance_margin=9", f"system.accumulate={accumulate}", "trainer.max_steps=1")
    experiment = assemble(composed(*SMALL, *settings))
    judged: list[int] = []
    counts: list[tuple[str, int]] = []
    update = VAEGAN._step_optimizer

    def watched(self: Any, player: str, counted: bool) -> None:
        counts.append((player, len(judged)))
        update(self, player, counted)

    monkeypatch.setattr(VAEGAN, "_step_optimizer", watched)
    experiment.system.game.discriminator.register_forward_hook(lambda *_: judged.append(1))
    experiment.trainer.fit(experiment.system, experiment.data)
    assert counts[0] == ("discriminator", asked)


@pytest.mark.parametrize("tricks", ["[]", "[r1,instance_noise,spectral_norm]"])
def test_a_gate_that_lets_all_pass_changes_no_update(composed: Any, tricks: str) -> None:
    weights = []
    for gate in ("null", "9"):
        experiment = assemble(
            composed(*SMALL, f"system.balance_margin={gate}", f"tricks={tricks}", "trainer.max_steps=3")
        )
        experiment.trainer.fit(experiment.system, experiment.data)
        weights.append([p.detach().clone() for p in experiment.system.parameters()])
    assert all(map(torch.equal, *weights))


def test_with_a_gate_interrupted_and_resumed_equals_uninterrupted(tmp_path: Path) -> None:
    def play(folder: str, steps: int, resume: Path | None = None) -> Any:
        settings = (
            "tricks=[ema]",
            "system.reconstructions=0.5",
            "optimizer.lr=0.01",
            "system.balance_margin=0.02",
            "system.balance_cost=0.72",
        )
        experiment = assemble(small(tmp_path / folder, *SMALL, *settings, f"trainer.max_steps={steps}"))
        experiment.trainer.fit(experiment.system, experiment.data, ckpt_path=resume, weights_only=True)
        return experiment

    whole, half = play("whole", 8), play("half", 4)
    (keeper,) = (one for one in half.trainer.callbacks if isinstance(one, Checkpoint))
    resumed = play("half", 8, Path(keeper.folder) / "last.ckpt")
    one, other = whole.system.state_dict(), resumed.system.state_dict()
    assert all(value.equal(other[key]) for key, value in one.items() if torch.is_tensor(value))
    assert whole.system.moves == resumed.system.moves
    assert min(whole.system.moves.values()) < whole.system.judged == 8


def test_the_gate_is_off_by_default(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    system = made()
    monkeypatch.setattr(VAEGAN, "_costs", lambda *given: pytest.fail("asked"))
    assert system.admitted(ALL, [system.deal(BATCH, ALL)]) == ALL
    assert "discriminator/moved" not in system.foreseen()


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (("latent=uniform",), "a VAE-GAN holds its codes to independent normals: set latent=gaussian"),
        (("system.balance_margin=0.3", "loss=wasserstein"), "this loss has no boundary between real and fake"),
        (("model=dcgan", "system=vae_gan"), "needs network.encoder.*choose model=vae_gan"),
    ],
)
def test_what_cannot_work_is_refused(composed: Any, overrides: tuple[str, ...], sentence: str) -> None:
    with pytest.raises((ConfigError, ValueError), match=sentence):
        build_system(plain_config(composed(*SMALL, *overrides)), (1, 8, 8), 10)


def test_conditional_players_and_encoder_see_the_label(composed: Any) -> None:
    torch.manual_seed(0)
    system: Any = build_system(plain_config(composed(*SMALL, "network.conditional=true")), (1, 8, 8), 10)
    labels = (torch.zeros(4, dtype=torch.long), torch.ones(4, dtype=torch.long))
    assert not system.encode(BATCH.real, labels[0]).equal(system.encode(BATCH.real, labels[1]))
    assert system.score_names == ("reconstruction",)


@pytest.mark.parametrize(
    ("tricks", "names"), [("[]", ("reconstruction", "features")), ("[minibatch_stddev]", ("reconstruction",))]
)
def test_features_that_tell_of_other_images_too_score_none(composed: Any, tricks: str, names: tuple[str, ...]) -> None:
    torch.manual_seed(0)
    small = ("network.max_channels=4", "network.base_channels=16", f"tricks={tricks}", "system.reconstructions=0")
    settings = ("model=vae_gan", "network=progan", "latent.latent_dim=5", *small)
    system: Any = build_system(plain_config(composed(*settings)), (1, 8, 8), 10)
    assert system.score_names == tuple(system.scores(BATCH)) == names


def test_its_codes_are_distributions_held_to_a_normal_one(made: Any) -> None:
    system = made("tricks=[ema]")
    assert Variational.of(system) is system
    average = system.coder()[0].network
    with evaluating(average), torch.no_grad():
        expected = average.describe(BATCH.real)
    assert all(map(torch.equal, system.posterior(BATCH.real), expected))
    quantiles = system.quantiles(torch.tensor([0.5]), torch.randn(9, 5) + 3)
    assert quantiles.tolist() == [[0.0] * 5]


def test_what_its_codes_tell_is_logged_as_the_encoder_s(played: Any, tmp_path: Path) -> None:
    experiment = played(*SMALL, "callbacks.codes.every=2", "trainer.max_steps=2")
    (codes,) = (one for one in experiment.trainer.callbacks if isinstance(one, Codes))
    assert set(codes.figures) == {"encoder/active_units", "encoder/kl_most", "encoder/kl_least"}
    assert list(tmp_path.rglob("kl_00000002.png"))
