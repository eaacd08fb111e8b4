"""The translations that went wrong most."""

import torch
from torch import Tensor

from gan_runner.evaluation.comparisons import SHOWN, Worst


def flat(*levels: float, channels: int = 3) -> Tensor:
    """An image (C, 2, 2) of one brightness for each level."""
    return torch.tensor(levels)[:, None, None, None].expand(-1, channels, 2, 2)


def test_the_worst_come_first_whatever_batch_they_were_in() -> None:
    worst = Worst()
    errors = torch.linspace(0, 1, SHOWN + 5)[torch.randperm(SHOWN + 5, generator=torch.Generator().manual_seed(0))]
    for part in errors.split(4):
        levels = part.tolist()
        worst.take(
            {"source": flat(*levels, channels=1), "translated": flat(*levels), "target": flat(*[0.0] * len(part))}
        )
    assert list(worst.shown) == ["input", "translated", "target"]
    expected = errors.sort(descending=True).values[:SHOWN]
    assert torch.equal(worst.shown["translated"][:, 0, 0, 0], expected)
    assert torch.equal(worst.shown["input"], flat(*expected.tolist(), channels=1))


def test_without_a_target_what_comes_back_tells() -> None:
    worst = Worst()
    worst.take({"source": flat(0.0, 0.0), "translated": flat(0.9, 0.1), "returned": flat(0.1, -0.2)})
    assert {heading: images[:, 0, 0, 0].tolist() for heading, images in worst.shown.items()} == {
        "input": [0.0, 0.0],
        "translated": [torch.tensor(0.1).item(), torch.tensor(0.9).item()],
        "reconstructed": [torch.tensor(-0.2).item(), torch.tensor(0.1).item()],
    }


def test_without_either_there_is_nothing_to_show() -> None:
    worst = Worst()
    worst.take({"source": flat(0.0), "translated": flat(0.9)})
    assert worst.shown == {}
