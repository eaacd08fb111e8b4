"""Consistency: what T may do to an image, terms by hand, who gets gradients."""

import pytest
import torch
from torch import nn

from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.networks import mlp
from gan_runner.tricks.base import Trick
from gan_runner.tricks.consistency import Consistency, shifted
from gan_runner.types import Hand, Round, Score


class Sum(nn.Module):
    """D(x) = w Σ x, plus the label."""

    def __init__(self):
        super().__init__()
        self.w, self.seen = nn.Parameter(torch.tensor(2.0)), []

    def forward(self, image, label=None):
        self.seen.append(image.detach())
        flat = image.flatten(1)
        return Score(self.w * flat.sum(1, keepdim=True) + (0 if label is None else label[:, None]), flat)


class Triple(nn.Module):
    """G(z) = 3 z, plus the label."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(3.0))

    def forward(self, source, label=None):
        return self.scale * source + (0 if label is None else label[:, None])


class Step(Consistency):
    """T that adds 1, a neighbour's latent that is ½ away in each coordinate."""

    def augment(self, image):
        return image + 1

    def neighbour(self, round):
        return round.generator(round.source + 0.5, round.label)


def new_round(player: str = "discriminator", label=None) -> Round:
    torch.manual_seed(0)
    generator, real, source = Triple(), torch.randn(4, 2), torch.randn(4, 2)
    fake = generator(source, label)
    fake = fake.detach() if player == "discriminator" else fake
    return Round(generator, Sum(), Hinge(), real, source, fake, label, step=0)


@pytest.mark.parametrize("label", [None, torch.tensor([0, 2, 1, 0])])
def test_terms_by_hand(label):
    round = new_round(label=label)
    # T adds 1 to two coordinates: the logit changes by 2·2. The neighbour is 3·½ away in both: by 2·3.
    for settings, expected in (
        ({"real_weight": 5, "fake_weight": 0}, 5 * 16),
        ({"real_weight": 0, "fake_weight": 7}, 7 * 16),
        ({"real_weight": 0, "fake_weight": 0, "latent_weight": 2}, 2 * 36),
        ({"latent_weight": 2}, 10 * 16 + 10 * 16 + 2 * 36),
    ):
        assert Step(**settings).discriminator_term(round).item() == pytest.approx(expected, rel=1e-4)
    round = new_round("generator", label)
    assert Step(spread_weight=0.5).generator_term(round).item() == pytest.approx(-0.5 * 1.5**2, rel=1e-4)


def test_weights_of_zero_cost_no_pass():
    round = new_round()
    assert Consistency(real_weight=0, fake_weight=0).discriminator_term(round) is None
    assert Consistency().generator_term(round) is None
    assert round.discriminator.seen == []


def test_gradients_reach_the_player_that_pays():
    round = new_round()
    Step(latent_weight=1).discriminator_term(round).backward()
    assert round.discriminator.w.grad.item() == pytest.approx(2 * 2 * (10 * 4 + 10 * 4 + 9), rel=1e-4)  # d/dw (w c)²
    assert round.generator.scale.grad is None
    round = new_round("generator")
    Step(spread_weight=1).generator_term(round).backward()
    assert round.generator.scale.grad.item() == pytest.approx(-2 * 3 * 0.25, rel=1e-4)
    assert round.discriminator.w.grad is None


def test_the_step_of_the_latent_has_the_given_size():
    torch.manual_seed(0)
    source = torch.randn(512, 64)
    round = Round(Triple(), Sum(), Hinge(), source, source, source, None, step=0)
    change = Consistency(latent_std=0.3).neighbour(round) / 3 - source
    assert change.std().item() == pytest.approx(0.3, rel=0.02)
    assert change.mean().item() == pytest.approx(0, abs=0.01)


def moves(image: torch.Tensor, reach_y: int, reach_x: int, flip: bool) -> list[torch.Tensor]:
    """Every shift of one image (C, H, W), by padding with 0 and cropping."""
    _, height, width = image.shape
    padded = nn.functional.pad(image[None], (reach_x, reach_x, reach_y, reach_y))[0]
    crops = [padded[:, y : y + height, x : x + width] for y in range(2 * reach_y + 1) for x in range(2 * reach_x + 1)]
    return crops + [crop.flip(2) for crop in crops] if flip else crops


@pytest.mark.parametrize("flip", [False, True])
def test_images_are_shifted_and_flipped(flip):
    torch.manual_seed(0)
    image = torch.randn(3, 8, 12)
    allowed = torch.stack(moves(image, 2, 3, flip))
    found = shifted(image.expand(2000, 3, 8, 12), 0.25, flip)
    matches = (found[:, None] == allowed).flatten(2).all(2)  # (2000, moves)
    assert (matches.sum(1) == 1).all()
    share = matches.float().mean(0)
    assert share.min() > 0  # each move happens, about equally often
    assert share.max() < 3 / len(allowed)


def test_without_a_shift_nothing_moves():
    image = torch.randn(4, 1, 5, 7)
    assert shifted(image, 0.0, flip=False).equal(image)
    assert shifted(image, 0.05, flip=False).equal(image)  # less than half a pixel


def test_points_are_jittered():
    torch.manual_seed(0)
    points = torch.randn(4096, 2)
    change = Consistency(jitter=0.2).augment(points) - points
    assert change.std().item() == pytest.approx(0.2, rel=0.03)


def test_it_plays_in_a_game_with_labels():
    torch.manual_seed(0)
    game = Game(
        (1, 8, 8),
        lambda shape: mlp.Generator(shape, 3, num_classes=2, hidden=[8]),
        lambda shape: mlp.Discriminator(shape, num_classes=2, hidden=[8]),
        Hinge(),
        {"consistency": Consistency(latent_weight=20, spread_weight=0.5)},
    )
    hand = Hand(torch.randn(4, 1, 8, 8), torch.randn(4, 3), torch.tensor([0, 1, 1, 0]))
    fake = game.generate(hand, graph=True)
    for player in ("discriminator", "generator"):
        terms = game.terms(player, game.round(player, hand, fake, 0))
        assert list(terms) == ["adversarial", "consistency"]
        gradients = torch.autograd.grad(terms["consistency"], list(game.player(player).parameters()), allow_unused=True)
        assert any(g is not None and g.any() for g in gradients)
        assert all(g is None or g.isfinite().all() for g in gradients)


def test_a_trick_that_exchanges_fakes_is_refused_only_by_the_latent_term():
    class Pool(Trick):
        def on_fake(self, fake):
            return fake.flip(0)

    def game(**settings) -> Game:
        tricks = {"pool": Pool(), "consistency": Consistency(**settings)}
        return Game((2,), lambda s: mlp.Generator(s, 3), mlp.Discriminator, Hinge(), tricks)

    with pytest.raises(ValueError, match=r"tricks\.consistency\.latent_weight=20.*tricks\.pool.*latent_weight=0"):
        game(latent_weight=20)
    game(spread_weight=0.5)


@pytest.mark.parametrize(
    ("data", "mirrors"),
    [
        (["data=digits"], False),  # a mirrored 2 is no 2
        (["data=synthetic", "data.augment.hflip=true"], True),
        (["model=vanilla", "data=ring"], False),
    ],
)
def test_what_is_mirrored_is_what_the_data_may_be(composed, data, mirrors):
    assert composed("tricks=[consistency]", *data).tricks.consistency.flip is mirrors
