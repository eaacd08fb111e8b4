"""What the page of a latent space is told of a run: where latents come from, how it walks, what PyTorch makes."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_runner.config.errors import ConfigError
from gan_runner.images.ranges import to_bytes
from gan_runner.latents import Gaussian, GaussianMixture, Prior, SwissRoll, Uniform
from gan_runner.runs.folder import RunFolder
from gan_runner.strings.reading import LANGUAGES
from gan_runner.systems.capabilities import Encodes, Variational
from gan_runner.systems.mixture import Mixture
from gan_runner.web.latent_space import about_space, directions_told
from gan_runner.web.space import Space

TENTHS = 30
"""Truncations that the page offers: 0.1, 0.2, …, 3."""
WITNESSES, WITNESS_BYTES = 4, 500_000
"""Samples of seed 0 that the page is held against, and of how many bytes at the most, but for the first."""
WALKS: dict[type, str] = {Gaussian: "arcs", Uniform: "straight", GaussianMixture: "pairs", SwissRoll: "roll"}
"""Prior -> how the page walks between its latents."""


def facts(space: Space, run: RunFolder, takes_images: bool = False) -> dict[str, Any]:
    """Plain data for the page's scripts; arrays as base64 of float32. Raises ConfigError for a prior of one's own."""
    return {
        "about": {**about_space(space, run.called, LANGUAGES), "takes_images": takes_images, "language": None},
        "transparent": not space.origin.fourth_is_band,
        "prior": _prior(space.system.latent, space.size),
        "walk": _walk(space),
        "directions": directions_told(space),
        "steps": _floats(space.directions.steps),
        "witness": _witness(space),
    }


def _prior(prior: Prior, size: int) -> dict[str, Any]:
    tenths = torch.arange(1, TENTHS + 1, dtype=torch.float64) / 10
    told = {"name": type(prior).__name__, "size": size, "tails": torch.special.ndtr(-tenths).tolist()}
    if isinstance(prior, Mixture):
        return {**told, **_mixture(prior)}
    if type(prior) not in WALKS:
        raise ConfigError(
            f"format=html draws latents in the page, and cannot draw a {type(prior).__name__}: give format=onnx"
        )
    names = {GaussianMixture: ("components", "radius", "length", "breadth"), SwissRoll: ("radius", "turns")}
    return told | {name: getattr(prior, name) for name in names.get(type(prior), ())}


def _mixture(prior: Mixture) -> dict[str, str]:
    """bounds: what the number that chooses exceeds, for each component but the first."""
    shares = prior.weights.double().cumsum(0)
    bounds = torch.special.ndtri(shares[:-1] / shares[-1])
    return {"bounds": _floats(bounds), "means": _floats(prior.means), "factors": _floats(prior.factors)}


def _walk(space: Space) -> str:
    """As `Space.path` walks. Raises ConfigError for ways of one's own."""
    if space.encoding is None:
        return WALKS[type(space.system.latent)]
    way = type(space.encoding).path
    found = {Variational.path: "arcs", Encodes.path: "straight"}.get(way)
    if found is None:
        raise ConfigError(f"format=html cannot walk as a {type(space.encoding).__name__} does: give format=onnx")
    return found


def _witness(space: Space) -> dict[str, Any]:
    """Samples as gan-sample draws them, as bytes (N, H, W, C)."""
    size = int(np.prod(space.origin.shape))
    seed, walked = 0, space.drawn(0, max(1, min(WITNESSES, WITNESS_BYTES // size)))
    images = to_bytes(walked.images).permute(0, 2, 3, 1).contiguous().numpy()
    return {
        "seed": seed,
        "latents": _floats(walked.latents),
        "labels": None if walked.labels is None else walked.labels.tolist(),
        "images": b64encode(images.tobytes()).decode("ascii"),
    }


def _floats(values: Tensor) -> str:
    return b64encode(values.detach().cpu().numpy().astype("<f4").tobytes()).decode("ascii")
