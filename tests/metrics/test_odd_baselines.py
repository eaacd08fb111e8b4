"""What needs no model: its signs, its definitions, and that seeds and units change nothing."""

import os
from pathlib import Path
from statistics import fmean

import pytest
import torch

from gan_runner.data.decks import Memory, Share
from gan_runner.data.fashion_mnist import FashionMNIST
from gan_runner.data.mnist import MNIST
from gan_runner.figures import BASELINES
from gan_runner.metrics.odd_baselines import baselines, blocks, fitted, residual
from gan_runner.metrics.oddness import auroc
from gan_runner.types import Batch


def spots(count: int, seed: int) -> torch.Tensor:
    """Bytes (N, 1, 6, 6): the upper left of an image is of some brightness, the rest is dark."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 20, (count, 1, 6, 6), generator=generator)
    images[:, :, :3, :3] += torch.randint(60, 120, (count, 1, 1, 1), generator=generator)
    return images.to(torch.uint8)


def test_they_are_those_whose_names_are_known() -> None:
    assert tuple(baselines(Memory(spots(3, 0)), Memory(spots(5, 1)))) == BASELINES


def test_larger_is_odder_of_a_planted_outlier() -> None:
    images = spots(40, 0)
    images[7] = images[7].flip(-1) * 2  # elsewhere, and brighter
    for name, scores in baselines(Memory(images), Memory(spots(200, 1))).items():
        assert scores.dtype == torch.float32
        assert int(scores.argmax()) == 7, name


def test_a_training_image_is_not_odd_at_all_and_a_black_one_divides_by_no_zero() -> None:
    training = torch.cat([spots(50, 1), torch.zeros(1, 1, 6, 6, dtype=torch.uint8)])
    found = baselines(Memory(training[-3:]), Memory(training))
    assert found["nearest"].tolist() == [0, 0, 0]
    assert found["nearest_over_norm"].tolist() == [0, 0, 0]
    black = baselines(Memory(training[-1:]), Memory(training[:-1]))
    assert all(scores.isfinite().all() for scores in black.values())


def test_the_residual_is_what_lies_off_the_plane_of_the_components() -> None:
    generator = torch.Generator().manual_seed(0)
    plane = torch.linalg.qr(torch.randn(12, 3, generator=generator)).Q
    training = torch.randn(60, 3, generator=generator) @ plane.T + 2
    off = torch.randn(12, generator=generator)
    off -= plane @ (plane.T @ off)
    x = torch.stack([training[0], training[0] + off])
    torch.testing.assert_close(
        residual(x, fitted(training, 3)), torch.tensor([0.0, float(off.square().sum())]), atol=1e-4, rtol=1e-4
    )
    assert residual(x, fitted(training[:2], 30)).shape == (2,)  # fewer components than asked for


class Counting(Memory):
    """Tells the most bytes of float32 that were read of it at once."""

    most = 0

    def __getitem__(self, positions: torch.Tensor) -> Batch:
        batch = super().__getitem__(positions)
        Counting.most = max(Counting.most, 4 * batch.real.numel())
        return batch


def test_memory_is_bounded_by_bytes_whatever_the_size_of_images(monkeypatch: pytest.MonkeyPatch) -> None:
    images, training = spots(40, 0), spots(200, 1)
    whole = baselines(Memory(images), Memory(training))
    monkeypatch.setattr("gan_runner.metrics.odd_baselines.BLOCK", 4 * 36 * 17)  # seventeen images
    found = baselines(Counting(images), Counting(training))
    assert Counting.most == 4 * 36 * 17
    for name in ("nearest", "nearest_over_norm", "pixel_sum"):  # they know all training images
        torch.testing.assert_close(found[name], whole[name])
    first = fitted(next(blocks(Memory(training))))
    expected = residual(torch.cat([*blocks(Memory(images))]), first)
    torch.testing.assert_close(found["components30"], expected, rtol=1e-4, atol=1e-5)
    assert [len(rows) for rows in blocks(Memory(images))] == [17, 17, 6]


PUBLISHED = {
    MNIST: {"nearest": (0.9536, 0.8852), "nearest_over_norm": (0.9676, 0.9421), "components30": (0.9573, 0.8580)},
    FashionMNIST: {
        "nearest": (0.9226, 0.8304),
        "nearest_over_norm": (0.8774, 0.7111),
        "components30": (0.9050, 0.8182),
    },
}
"""Mean and worst over ten runs that each know one class, found by scikit-learn's own neighbours and components."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", PUBLISHED)
def test_they_reach_on_whole_sets_what_others_found(kind: type[MNIST]) -> None:
    """One class normal. Where the data lies is told by GAN_RUNNER_DATA; nothing is fetched."""
    root = Path(os.environ.get("GAN_RUNNER_DATA", "data"))
    data = kind(root=str(root), image_size=28, download=False)
    if data._missing("train") or data._missing("test"):
        pytest.skip(f"no {kind.title} in {root}")
    train, test = data.whole("train"), data.whole("test")
    found: dict[str, list[float]] = {}
    for label in range(10):
        known = Share(train, (train.labels == label).nonzero().flatten())
        for name, scores in baselines(test, known).items():
            found.setdefault(name, []).append(auroc(scores, test.labels != label))
    for name, (mean, worst) in PUBLISHED[kind].items():
        assert fmean(found[name]) == pytest.approx(mean, abs=1.5e-4), name
        assert min(found[name]) == pytest.approx(worst, abs=1.5e-4), name
