"""The Fréchet distance that infinitely many samples would have, by a line through those of fewer."""

from typing import NamedTuple

import torch
from torch import Tensor

from gan_runner.metrics.base import TRUSTED, Measure
from gan_runner.metrics.frechet import frechet
from gan_runner.types import AtLeastThree, NaturalInt

FEWEST = 3
"""Sizes, below which a line has no standard error."""


class FrechetInfinity(Measure):
    """Fréchet distance at `points` sizes n, extrapolated along a line in 1/n to 1/n = 0; lower is better.

    The bias of few samples falls as 1/n, so that the intercept compares between numbers of samples; 0 in expectation
    where the distributions agree, and below 0 by chance. At each size n reals and n fakes are drawn at random, without
    putting back, by `seed`; the sizes lie evenly from `smallest` to N, the number of reals or fakes, whichever are
    fewer. frechet_infinity_error is the intercept's standard error in the fit, by the scatter of the points about the
    line alone. Draws of one set share samples, so others would change it more: of Gaussians about twice as much.

    The law holds for n above the number of features F. Below it the curve is bent and the intercept far too high, so
    sizes begin at 2F, or N/2 where N allows no more, and a figure of fewer than 2F reals chooses no state. N below 4
    has no 3 sizes, and no line: NaN. Of two equal sets different samples are drawn: near 0, not 0.
    whole_reals: draw fakes alone and compare with all reals, as the paper does: the bias of the reals then remains.
    There, sizes come from Sobol' sequences of latents; here all samples are drawn already, as in dgm-eval.
    Source: Chong & Forsyth 2020 (arXiv:1911.07023); plain draws: Stein et al. 2023 (arXiv:2306.04675).
    """

    needs = "features"
    gives = ("frechet_infinity", "frechet_infinity_error")
    numbers = "its own"
    least = 2
    reasons = dict.fromkeys(gives, "fewer than 4 reals or samples have no line through 3 sizes")

    def __init__(self, points: AtLeastThree = 15, whole_reals: bool = False, seed: NaturalInt = 0) -> None:
        super().__init__()
        self.points, self.whole_reals, self.seed = points, whole_reals, seed

    def trusted(self, width: int) -> int:
        return max(TRUSTED, 2 * width)

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        most = len(fake) if self.whole_reals else min(len(real), len(fake))
        sizes = sizes_to(most, fake.shape[1], self.points)
        generator = torch.Generator().manual_seed(self.seed)

        def some(samples: Tensor, count: int) -> Tensor:
            return samples[torch.randperm(len(samples), generator=generator)[:count].to(samples.device)]

        found = [frechet(real if self.whole_reals else some(real, size), some(fake, size)).item() for size in sizes]
        line = fitted([1 / size for size in sizes], found)
        self.beside = {"frechet_infinity": f"by a line through {len(sizes)} sizes from {sizes[0]} to {sizes[-1]}"}
        return {"frechet_infinity": torch.tensor(line.intercept), "frechet_infinity_error": torch.tensor(line.error)}


def sizes_to(most: int, width: int, points: int) -> list[int]:
    """Up to `points` different sizes, evenly from `smallest` to the most."""
    return sorted({round(size) for size in torch.linspace(smallest(most, width), most, points).tolist()})


def smallest(most: int, width: int) -> int:
    """A tenth of the most, and not above 5,000, as published; twice the features (N, F), where half will do."""
    return max(2, min(5000, most // 10), min(2 * width, most // 2))


class Line(NamedTuple):
    """Where a line fitted by least squares meets x = 0, and the standard error of that."""

    intercept: float
    error: float


def fitted(x: list[float], y: list[float]) -> Line:
    """NaN of fewer than 3 points."""
    if len(x) < FEWEST:
        return Line(torch.nan, torch.nan)
    across, up = (torch.tensor(values, dtype=torch.float64) for values in (x, y))
    away = across - across.mean()
    slope = (away * (up - up.mean())).sum() / away.square().sum()
    intercept = up.mean() - slope * across.mean()
    left = (up - intercept - slope * across).square().sum() / (len(x) - 2)
    error = (left * (1 / len(x) + across.mean().square() / away.square().sum())).sqrt()
    return Line(intercept.item(), error.item())
