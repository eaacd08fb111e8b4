"""Directions of the latent: what a step along each moves."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from gan_runner.callbacks.directions import Directions, at_once, figures_of, told
from gan_runner.images.moments import FEATURES

Played = Callable[..., Any]
SMALL = ("network.width=2", "latent.latent_dim=5", "metrics=none", "callbacks=[default,directions]",
         "callbacks.directions.samples=12", "callbacks.directions.count=3", "evaluation.every=1")  # fmt: skip


def test_how_many_features_move_at_once() -> None:
    effects = torch.tensor([[2.0, 0, 0, 0], [1.0, 1, 1, 1], [3.0, 3, 0, 0], [0.0, 0, 0, 0]])
    assert at_once(effects).tolist() == pytest.approx([1, 4, 2, 0])
    found = figures_of(effects[:2])
    assert found["features_moved"] == pytest.approx(2.5)  # both move by 4 in all
    assert found["effect"] == pytest.approx(1.0)
    assert figures_of(effects)["features_moved"] == pytest.approx((4 * 1 + 4 * 4 + 18 * 2) / 26)
    assert told(torch.tensor([0.1, 2.0, 0.0, 0.6, 0.0, 0.0])).endswith(f"{FEATURES[1]} 2.0, {FEATURES[3]} 0.6")


class Bars(nn.Module):
    """A latent's first number is how far down a bar lies, its second how far and how bright; the third does nothing."""

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        x, y = (torch.arange(24) + 0.5) / 24, (torch.arange(24) + 0.5) / 24
        across, down = 0.5 + 0.05 * source[:, 1], 0.5 + 0.05 * source[:, 0]
        spot = torch.exp(
            -((x - across[:, None]) ** 2)[:, None] / 0.005 - ((y - down[:, None]) ** 2)[:, :, None] / 0.005
        )
        return (spot * (0.5 + 0.1 * source[:, 1].clamp(-3, 3))[:, None, None])[:, None] * 2 - 1


def test_effects_are_those_of_a_generator_that_is_known() -> None:
    callback = Directions("unused", seed=0, count=3, samples=200)
    source = torch.randn(200, 3, generator=torch.Generator().manual_seed(0))
    effects = callback._effects(Bars(), source, None)
    down, across, brightness = (FEATURES.index(name) for name in ("down", "across", "brightness"))
    assert effects[0, down] == pytest.approx(2, abs=0.2)  # two standard deviations, from −1 to 1
    assert effects[1, across] == pytest.approx(2, abs=0.2)
    assert effects[1, brightness] == pytest.approx(2, abs=0.2)
    assert effects[2].max() < 1e-3
    moved = at_once(effects)
    assert moved[0] < moved[1]


def test_a_picture_and_figures_are_left_and_training_never_notices(played: Played, tmp_path: Path) -> None:
    seen = played(*SMALL, folder=tmp_path / "seen")
    unseen = played(*SMALL, "callbacks.directions=null", folder=tmp_path / "unseen")
    for one, other in zip(seen.system.parameters(), unseen.system.parameters(), strict=True):
        assert torch.equal(one, other)
    names = sorted(path.name for path in (tmp_path / "seen" / "samples").glob("directions*"))
    assert names == ["directions_00000001.png", "directions_00000002.png"]
    with Image.open(tmp_path / "seen" / "samples" / names[-1]) as picture:
        assert picture.height == 3 * 66 + 2  # a row for each of three numbers
    with (tmp_path / "seen" / "metrics.csv").open() as file:
        last = list(csv.DictReader(file))[-1]
    assert 1 <= float(last["directions/features_moved"]) <= len(FEATURES)
    assert float(last["directions/effect"]) > 0


@pytest.mark.parametrize("game", [("data=ring", "model=vanilla", "data.num_samples=100"), ("model=cgan",)])
def test_points_have_no_picture_and_classes_are_held(played: Played, tmp_path: Path, game: tuple[str, ...]) -> None:
    small = SMALL if "model=cgan" in game else tuple(s for s in SMALL if not s.startswith("network.width"))
    played(*game, *small)
    drawn = list((tmp_path / "samples").glob("directions*"))
    assert bool(drawn) == ("model=cgan" in game)
