"""What single translations are worth."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from gan_runner.evaluation.equal import Figure
from gan_runner.figures import build
from gan_runner.metrics.base import Column, Comparison
from gan_runner.types import Direction

SHOWN = 8
HEADINGS: dict[Column, str] = {
    "source": "input",
    "translated": "translated",
    "returned": "reconstructed",
    "target": "target",
}
"""The columns of a panel, by what stands in them."""


class Scores:
    """What comparisons find in one direction, batch by batch."""

    def __init__(self, comparisons: Mapping[str, Comparison], direction: Direction) -> None:
        self.comparisons, self.direction = comparisons, direction
        self.found: dict[str, list[Tensor]] = {}

    def take(self, shown: Mapping[Column, Tensor]) -> None:
        for metric in self.comparisons.values():
            for scalar, values in metric.score(shown).items():
                self.found.setdefault(metric.named(scalar, self.direction), []).append(values.double())

    def figures(self) -> dict[str, Figure]:
        """Their means by their full names: <name>/pixels/<images>."""
        whole = {name: torch.cat(parts) for name, parts in self.found.items()}
        return {build(name, "pixels", len(values)): Figure(values.mean().item()) for name, values in whole.items()}


class Worst:
    """The SHOWN images of one direction that went wrong most, by the mean error of a pixel: of the translation where
    its target is known, else of what came back of it. Where neither is asked for there is nothing to show.
    """

    def __init__(self) -> None:
        self.shown: dict[str, Tensor] = {}
        """Heading -> images (N, C, H, W) in [-1, 1], the worst first."""
        self._errors = torch.empty(0)

    def take(self, shown: Mapping[Column, Tensor]) -> None:
        if "target" in shown:
            errors = (shown["translated"] - shown["target"]).abs().flatten(1).mean(1)
        elif "returned" in shown:
            errors = (shown["returned"] - shown["source"]).abs().flatten(1).mean(1)
        else:
            return
        errors = torch.cat([self._errors, errors.cpu()])
        self._errors, worst = errors.topk(min(SHOWN, len(errors)))
        for column, heading in HEADINGS.items():
            if column in shown:
                new = shown[column].cpu()
                self.shown[heading] = torch.cat([self.shown.get(heading, new[:0]), new])[worst]
