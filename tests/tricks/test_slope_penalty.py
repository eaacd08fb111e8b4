"""Either way to the slope: the same quantity beside every trick that changes what the discriminator is."""

from typing import Any

import pytest
import torch
from torch import nn

from gan_runner.assemble import assemble
from gan_runner.game import Game
from gan_runner.losses.non_saturating import NonSaturating
from gan_runner.networks import dcgan, mlp
from gan_runner.tricks.ada import ADA
from gan_runner.tricks.diff_augment import DiffAugment
from gan_runner.tricks.discriminator_ensemble import DiscriminatorEnsemble
from gan_runner.tricks.gradients import input_gradients
from gan_runner.tricks.instance_noise import InstanceNoise
from gan_runner.tricks.minibatch_discrimination import MinibatchDiscrimination
from gan_runner.tricks.minibatch_stddev import MinibatchStddev
from gan_runner.tricks.pacgan import PacGAN
from gan_runner.tricks.r1 import R1
from gan_runner.tricks.r2 import R2
from gan_runner.tricks.spectral_norm import SpectralNorm
from gan_runner.types import Hand, Round, Score

SHAPES = {"points": (2,), "images": (3, 8, 8)}
NETWORKS = {
    "points": (
        lambda shape: mlp.Generator(shape, 3, hidden=[8]),
        lambda shape: mlp.Discriminator(shape, hidden=[16], activation="tanh"),
    ),
    "images": (
        lambda shape: dcgan.Generator(shape, latent_dim=3, width=4),
        lambda shape: dcgan.Discriminator(shape, width=4, norm="layer"),
    ),
}


def game_of(kind: str, **tricks: nn.Module) -> Game:
    torch.manual_seed(0)
    return Game(SHAPES[kind], *NETWORKS[kind], NonSaturating(), tricks)


def round_in(game: Game, count: int = 16) -> Round:
    hand = Hand(torch.randn(count, *game.shape), torch.randn(count, 3))
    return game.round("discriminator", hand, game.generate(hand, graph=False), step=0)


class Counting(nn.Module):
    """Remembers how many samples it is shown, pass by pass."""

    def __init__(self, discriminator: nn.Module) -> None:
        super().__init__()
        self.discriminator, self.shown = discriminator, []

    def forward(self, image, label=None):
        self.shown.append(len(image))
        return self.discriminator(image, label)


BESIDE = {
    "alone": {},
    "an ensemble": {"discriminator_ensemble": DiscriminatorEnsemble(count=2)},
    "packs": {"pacgan": PacGAN(2)},
    "noise": {"instance_noise": InstanceNoise(std=1.0)},
    "spectral norm": {"spectral_norm": SpectralNorm()},
    "augmentation": {"diff_augment": DiffAugment(("color", "translation"))},
    "augmentation as needed": {"ada": ADA(pipe=["blit", "color"])},
    "packs of augmented images to an ensemble": {
        "diff_augment": DiffAugment(("translation",)),
        "pacgan": PacGAN(2),
        "discriminator_ensemble": DiscriminatorEnsemble(count=2),
    },
}
NO_POINTS = {"augmentation", "augmentation as needed", "packs of augmented images to an ensemble"}


@pytest.mark.parametrize("penalty", [R1, R2])
@pytest.mark.parametrize(
    ("kind", "beside"),
    [(kind, name) for kind in SHAPES for name in BESIDE if kind == "images" or name not in NO_POINTS],
)
def test_both_ways_lead_to_the_same_whatever_the_discriminator_is(penalty, kind, beside):
    if "ada" in BESIDE[beside]:
        BESIDE[beside]["ada"].p.fill_(0.8)
    trick = penalty(by="finite_difference")
    game, exact, found = game_of(kind, it=trick, **BESIDE[beside]), 0.0, 0.0
    for _ in range(8):
        round = round_in(game, 64)
        found += trick.discriminator_term(round).item()
        gradients = input_gradients(round.discriminator, round.real if penalty is R1 else round.fake, None)
        exact += trick.gamma / 2 * gradients.square().sum(2).mean(1).sum().item()
    assert found == pytest.approx(exact, rel=0.3)  # were anything but x another in both passes, 1/σ² = 10,000 times it


def test_layers_that_compare_samples_are_charged_for_each_logit_in_all_samples():
    """The sum over a batch of ‖∂Dᵢ/∂x‖², where the gradient of the sum of logits would mix them."""
    trick = R1(by="finite_difference", gamma=2.0)
    game, found = game_of("points", it=trick, minibatch_discrimination=MinibatchDiscrimination(8, 2)), 0.0
    with torch.no_grad():
        for weight in game.discriminator.parameters():
            weight.normal_(0, 0.3)
    round = round_in(game, 8)
    jacobian = torch.autograd.functional.jacobian(lambda x: game.discriminator(x).logits[:, 0], round.real)
    for _ in range(1000):
        found += trick.discriminator_term(round).item() / 1000
    assert found == pytest.approx(jacobian.square().sum(dim=(1, 2)).mean().item(), rel=0.1)


@pytest.mark.parametrize("by", ["autograd", "finite_difference"])
@pytest.mark.parametrize("pack", [1, 2])
def test_a_share_is_the_first_rows_and_is_averaged_over_them(by, pack):
    class Steep(nn.Module):
        """Rows that begin with a positive number have the slope 3, others 100."""

        def forward(self, image, label=None):
            flat = image.reshape(len(image) // pack, -1)
            return Score(flat.sum(1, keepdim=True) * torch.where(flat[:, :1] > 0, 3.0, 100.0), flat)

    image = torch.ones(16 * pack, 1)
    image[5 * pack :] = -1.0
    label = torch.arange(16 * pack)
    trick, terms = R1(by=by, share=0.25, gamma=2.0), []
    for _ in range(400 if by == "finite_difference" else 1):
        round = Round(nn.Identity(), Steep(), NonSaturating(), image, image, image, label, step=0)
        terms.append(trick.discriminator_term(round).item())
    assert sum(terms) / len(terms) == pytest.approx(9.0 * pack, rel=0.15)


def test_what_the_loss_knows_is_not_asked_again_and_a_share_is_all_that_is_shown():
    for share, shown in ((1.0, [16]), (0.25, [4]), (0.01, [1])):
        trick = R1(by="finite_difference", share=share)
        game = game_of("points", it=trick)
        game.discriminator = Counting(game.discriminator)
        round = round_in(game)
        assert round.real_score is not None
        trick.discriminator_term(round)
        assert game.discriminator.shown == [16, *shown]


def test_under_autocast_it_is_asked_again_in_float32():
    trick = R1(by="finite_difference")
    game = game_of("images", it=trick)
    terms = []
    for rounded in (False, True):
        torch.manual_seed(1)
        with torch.autocast("cpu", torch.bfloat16, enabled=rounded):
            round = round_in(game, 64)
            torch.manual_seed(2)
            terms.append(trick.discriminator_term(round))
    torch.testing.assert_close(terms[1], terms[0], rtol=1e-3, atol=0)


@pytest.mark.parametrize(
    "settings",
    [
        ("network.width=4", "system.accumulate=2"),
        ("network.width=4", "trainer.precision=bf16-mixed", "tricks.r1.share=.5"),
        ("network.width=4", "network.conditional=true"),
        (
            "model=pix2pix",
            "data=degraded",
            "network.width=4",
            "network.layers=1",
            "network.discriminator.norm=none",
            "+tricks@tricks.r1=r1",
        ),
    ],
    ids=" ".join,
)
def test_it_trains(composed: Any, settings: tuple[str, ...]) -> None:
    tricks = [] if "+tricks@tricks.r1=r1" in settings else ["tricks=[r1,r2]", "tricks.r2.by=finite_difference"]
    experiment = assemble(composed(*settings, *tricks, "tricks.r1.by=finite_difference", "metrics=none"))
    before = [p.detach().clone() for p in experiment.system.parameters()]
    experiment.trainer.fit(experiment.system, experiment.data)
    assert all(p.isfinite().all() for p in experiment.system.parameters())
    assert not all(map(torch.equal, before, experiment.system.parameters()))


@pytest.mark.parametrize("coupling", [MinibatchStddev(), MinibatchDiscrimination()])
@pytest.mark.parametrize("by", ["autograd", "finite_difference"])
def test_a_part_of_a_batch_that_is_compared_is_refused_in_one_sentence(coupling, by):
    with pytest.raises(ValueError, match=r"tricks\.r2\.share=0\.25 .*compares.*set tricks\.r2\.share=1") as told:
        game_of("points", r2=R2(by=by, share=0.25), coupling=coupling)
    assert "\n" not in str(told.value)
    game_of("points", r2=R2(by=by), coupling=coupling)
