"""How much of an image comes back, and how much of one stays that needs no change."""

from collections.abc import Mapping

from torch import Tensor

from gan_runner.metrics.base import Column, Comparison
from gan_runner.types import Direction


class Cycle(Comparison):
    """CycleGAN's own terms without their weights, on images that were not trained on, of values in [-1, 1]:

        cycle_a = mean |F(G(a)) − a|,  cycle_b = mean |G(F(b)) − b|,  identity_a = mean |F(a) − a|, identity_b likewise.

    Near 0 is no proof of a translation: networks that change nothing score best, and those that do hide a in G(a) where
    nobody sees it. Where the domains differ in channels there is no identity.
    Source: Zhu et al. 2017, eq. 2, §5.2 (arXiv:1703.10593); the hiding: Chu et al. 2017 (arXiv:1712.02950).
    """

    asks = ("source", "returned", "kept")
    gives = ("cycle", "identity")

    def named(self, scalar: str, direction: Direction) -> str:
        """By the domain of the sources, as the terms of training are."""
        return f"{scalar}_{direction[0]}"

    def score(self, shown: Mapping[Column, Tensor]) -> dict[str, Tensor]:
        columns: dict[str, Column] = {"cycle": "returned", "identity": "kept"}
        return {
            scalar: (shown[column] - shown["source"]).abs().flatten(1).mean(1)
            for scalar, column in columns.items()
            if column in shown
        }
