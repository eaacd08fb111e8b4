"""What crosses a folder: scores that are computed once and in float32, where a system comes from, bounds of numbers."""

import json
from dataclasses import replace
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor, nn

from gan_runner import types
from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.networks import mlp
from gan_runner.types import OTHER_WAY, Batch, Conditions, Hand, Origin, Players, Round, Score


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


# ---- where a system comes from --------------------------------------------------------------------------------------


@pytest.mark.parametrize("source_shape", [None, (4, 8, 8)])
@pytest.mark.parametrize("class_names", [None, ("cat", "dog")])
def test_an_origin_comes_back_from_what_a_checkpoint_keeps(source_shape: Any, class_names: Any) -> None:
    origin = Origin({"network": {"conditional": True}}, (3, 8, 8), 2, source_shape, class_names=class_names)
    plain = origin.plain()
    assert json.loads(json.dumps(plain)) == plain
    assert Origin.of(plain) == origin
    assert ("source_shape" in plain) == (source_shape is not None)
    assert ("class_names" in plain) == (class_names is not None)
    whole = replace(origin, scales={"real": [0.0, 4000.0]}, fourth_is_band=True, data={"family": "a.B", "name": "b"})
    assert Origin.of(json.loads(json.dumps(whole.plain()))) == whole


def test_classes_are_called_by_their_names_or_their_numbers() -> None:
    assert Origin({}, (2,), 2, class_names=("cat", "dog")).called == ("cat", "dog")
    assert Origin({}, (2,), 3).called == ("0", "1", "2")
    assert Origin({}, (2,), None).called == ()


@pytest.mark.parametrize("names", [["cat"], ["cat", 3], ["cat", "dog", "fox"], 5])
def test_names_that_are_not_those_of_its_classes_are_none(names: Any) -> None:
    with pytest.raises(TypeError):
        Origin.of(Origin({}, (2,), 2).plain() | {"class_names": names})


@pytest.mark.parametrize("missing", ["config", "shape", "num_classes"])
def test_half_an_origin_is_none(missing: str) -> None:
    plain = Origin({}, (2,), None).plain()
    del plain[missing]
    with pytest.raises(KeyError, match=missing):
        Origin.of(plain)


@pytest.mark.parametrize(
    ("network", "conditional", "classes"),
    [({"conditional": True}, True, 10), ({"conditional": "generator"}, True, 10), ({"conditional": False}, False, None),
     ({}, False, None)],
)  # fmt: skip
def test_classes_can_be_asked_of_what_is_conditional(network: Any, conditional: bool, classes: int | None) -> None:
    origin = Origin({"network": network}, (3, 8, 8), 10)
    assert (origin.conditional, origin.classes) == (conditional, classes)
    assert Origin().classes is None


# ---- numbers of a configuration -------------------------------------------------------------------------------------

TINY = 1e-9
BOUNDS: dict[str, tuple[list[Any], list[Any]]] = {
    "PositiveInt": ([1, 2**40], [0, -1, 1.5, "1", True, None]),
    "NaturalInt": ([0, 1], [-1, 0.5]),
    "AtLeastTwo": ([2, 3], [1, 0]),
    "Seed": ([0, 2**32 - 1], [-1, 2**32]),
    "Positive": ([TINY, 1e9, 3], [0.0, -TINY, "1"]),
    "NonNegative": ([0.0, TINY, 3], [-TINY]),
    "Share": ([TINY, 1 - TINY], [0.0, 1.0]),
    "ClosedShare": ([0.0, 1.0, 0.5], [-TINY, 1 + TINY]),
    "Fraction": ([0.0, 1 - TINY], [-TINY, 1.0]),
    "PositiveShare": ([TINY, 1.0], [0.0, 1 + TINY]),
}
"""Name -> numbers that it takes, and others."""


@pytest.mark.parametrize("name", BOUNDS)
def test_bounds_of_numbers(name: str) -> None:
    """As a configuration is checked: strictly."""
    number: TypeAdapter[Any] = TypeAdapter(getattr(types, name))
    taken, refused = BOUNDS[name]
    for value in taken:
        assert number.validate_json(json.dumps(value), strict=True) == value
    for value in refused:
        with pytest.raises(ValidationError):
            number.validate_json(json.dumps(value), strict=True)


def test_labels_that_are_numbers_come_back_from_a_checkpoint() -> None:
    conditions = Conditions(("a", "b"), (0.0, 3.0), (1.0, 2.0), ((0.0, 1.0), (1.0, -1.0)))
    origin = Origin({"network": {"conditional": True}}, (3, 8, 8), conditions=conditions)
    plain = json.loads(json.dumps(origin.plain()))
    assert Origin.of(plain) == origin
    assert (origin.label_width, origin.classes, origin.called) == (2, None, ())
    assert replace(origin, conditions=None, num_classes=5).label_width == 5
    assert replace(origin, config={}).label_width == 0
    for wrong in (
        {"names": ["a"]}, {"rows": []}, {"mean": [0.0]}, {"rows": [[0.0]]}, {"spread": [1.0, "x"]}, {"names": [1, 2]},
        {"names": []},
    ):  # fmt: skip
        with pytest.raises(TypeError):
            Origin.of({**plain, "conditions": plain["conditions"] | wrong})
    assert [conditions.told(0, -1), conditions.told(0, 0.5), conditions.told(1, -1)] == [0, 0.5, -2]
