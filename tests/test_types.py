"""What crosses a folder: scores that are computed once, each in a pass of its own, and in float32."""

import pytest
import torch
from torch import Tensor, nn

from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.networks import mlp
from gan_runner.types import OTHER_WAY, Batch, Hand, Players, Round, Score


class Sums(nn.Module):
    """D(x) = Σ x + label; notes what it was asked."""

    def __init__(self, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.dtype = dtype
        self.asked: list[tuple[int, bool]] = []

    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        self.asked.append((len(image), label is not None))
        logits = image.sum(1, keepdim=True) + (0 if label is None else label[:, None])
        return Score(logits.to(self.dtype), image.to(self.dtype))


def round_of(discriminator: nn.Module, label: Tensor | None = None) -> Round:
    real, fake = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[5.0, 6.0], [7.0, 8.0]])
    return Round(nn.Identity(), discriminator, Hinge(), real, torch.zeros(2, 1), fake, label, step=0)


def test_a_score_is_computed_on_first_use_and_once() -> None:
    discriminator = Sums()
    round = round_of(discriminator)
    assert discriminator.asked == []
    assert round.fake_score is round.fake_score
    assert discriminator.asked == [(2, False)]
    assert round.fake_score.logits.tolist() == [[11.0], [15.0]]
    assert round.real_score.logits.tolist() == [[3.0], [7.0]]
    assert discriminator.asked == [(2, False), (2, False)]  # not one pass of four: batch statistics would mix


def test_reals_and_fakes_are_judged_as_what_their_labels_say() -> None:
    round = round_of(Sums(), torch.tensor([10, 20]))
    assert round.real_score.logits.tolist() == [[13.0], [27.0]]
    assert round.fake_score.logits.tolist() == [[21.0], [35.0]]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_scores_are_float32_whatever_they_were_computed_in(dtype: torch.dtype) -> None:
    score = round_of(Sums(dtype)).real_score
    assert (score.logits.dtype, score.features.dtype) == (torch.float32, torch.float32)


def test_a_changed_judge_is_asked_where_no_score_is_known_yet() -> None:
    """As a trick that looks ahead puts its own discriminator into the generator's round."""
    round, other = round_of(Sums()), Sums()
    round.discriminator = other
    assert round.fake_score.logits.tolist() == [[11.0], [15.0]]
    assert other.asked == [(2, False)]


def test_what_is_not_dealt_is_none() -> None:
    real = torch.zeros(2, 3)
    assert Batch(real) == (real, None, None)
    assert Hand(real, real).label is None


def test_there_and_back_again() -> None:
    assert {way: OTHER_WAY[OTHER_WAY[way]] for way in OTHER_WAY} == {"a2b": "a2b", "b2a": "b2a"}
    assert all(back != way for way, back in OTHER_WAY.items())


def test_a_game_shows_tricks_what_they_may_look_at() -> None:
    game = Game((2,), mlp.Generator, mlp.Discriminator, Hinge(), {})
    promised = {name for name in vars(Players) if not name.startswith("_")}
    assert {"generator", "discriminator", "loss", "tricks", "shape", "player"} <= promised
    assert not [name for name in promised if not hasattr(game, name)]
    assert game.player("generator") is game.generator
    assert game.player("discriminator") is game.discriminator
