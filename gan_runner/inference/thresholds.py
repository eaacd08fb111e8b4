"""Above which score an image counts as odd: by the scores of normal images that were kept from training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from gan_runner.config.errors import ConfigError
from gan_runner.inference.false_alarms import place_of

SLACK = 1e-5
"""A score moves by some millionths with the images that are computed beside it: an image is not odd by that."""
SHOWN = (0.5, 0.95, 0.99)
"""Quantiles that are told."""


class Normals(NamedTuple):
    """Scores of normal images, sorted, and of as many that the run was trained on, where those are known."""

    held_out: Tensor
    training: Tensor | None = None

    def threshold(self, false_alarms: float) -> float:
        """The score above which lie `false_alarms` of new normal images, or fewer, on average. Raises ConfigError where
        there are too few scores for so small a share.
        """
        place = place_of(len(self.held_out), false_alarms)
        score = float(self.held_out[place - 1])
        return score + SLACK * abs(score)

    def row(self, false_alarms: float) -> str:
        """Quantiles of both side by side; a wide gap says that the run knows its training images by heart."""
        shares = sorted({*SHOWN, 1 - false_alarms})
        told = [f"{share:.0%} {_quantile(self.held_out, share)}" for share in shares if self.training is None]
        told += [
            f"{share:.0%} {_quantile(self.held_out, share)} ({_quantile(self.training, share)})"
            for share in shares
            if self.training is not None
        ]
        return ", ".join(told)


def _quantile(scores: Tensor, share: float) -> str:
    return f"{float(scores.double().quantile(share)):.4g}"


def kept_in(contents: Mapping[str, Any], names: Sequence[str], seed: int) -> dict[str, Normals] | None:
    """What metrics=[anomaly] has kept in a checkpoint for scores of these names; None where it has not, for these
    weights.

    seed: of a search, whose scores depend on it. Raises ConfigError where those that are kept are of another.
    """
    kept = (contents.get("callbacks") or {}).get("Evaluation", {}).get("keeps") or {}
    found = kept.get("Anomaly", {}) if kept.get("at") == contents.get("global_step") else {}
    normals = {name: _normals(found[name]) for name in names if name in found}
    if len(normals) < len(names) or not names or not all(map(_is_whole, normals.values())):
        return None
    for name in names:
        if (by := found[name].get("seed", seed)) != seed:
            raise ConfigError(
                f"the run keeps scores of normal images by a search ({name}) of seed={by}, and that of seed={seed} "
                f"gives others: set seed={by}, or give normal=<folder of such images>"
            )
    return normals


def _normals(kept: Mapping[str, Tensor]) -> Normals:
    return Normals(kept["held_out"], kept.get("training"))


def _is_whole(normals: Normals) -> bool:
    """Whether it is what a run keeps: the file may come from anywhere."""
    return all(
        isinstance(one, Tensor) and one.ndim == 1 and len(one) > 0 and bool(one.isfinite().all())
        for one in normals
        if one is not None
    )


def of_scores(scores: Mapping[str, Tensor]) -> dict[str, Normals]:
    """Of normal images that were scored now."""
    return {name: Normals(torch.sort(values).values) for name, values in scores.items()}
