"""How latents are drawn, as code: that of torch gives those of gan-sample, that of numpy the same distribution."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from gan_runner.exporting.priors import TOLD, drawing, limits
from gan_runner.latents import Gaussian, GaussianMixture, SwissRoll, Uniform
from gan_runner.systems.mixture import Mixture

PRIORS = [Gaussian(6), Uniform(6), GaussianMixture(4), SwissRoll(4), Mixture(5)]


def run(code: str, count: int = 500, seed: int = 3) -> Any:
    names: dict[str, Any] = {"torch": torch, "np": np, "math": math, "count": count, "seed": seed, "truncation": 0.7}
    exec(code, names)  # what a card shows
    return names["latent"]


@pytest.mark.parametrize("prior", PRIORS, ids=lambda prior: type(prior).__name__)
def test_lines_of_torch_draw_what_gan_sample_draws(prior: Any) -> None:
    told = drawing(prior)
    for code, truncation in ((told.torch, None), (told.truncated, 0.7)):
        wanted = prior.sample(500, truncation=truncation, generator=torch.Generator().manual_seed(3))
        assert torch.equal(run(code), wanted)


@pytest.mark.parametrize("prior", PRIORS, ids=lambda prior: type(prior).__name__)
def test_lines_of_numpy_draw_of_the_same_prior(prior: Any) -> None:
    count = 20_000
    found, wanted = run(drawing(prior).numpy, count), prior.sample(count).numpy()
    assert (found.shape, found.dtype) == (wanted.shape, np.float32)
    shares = np.linspace(0.05, 0.95, 19)
    assert np.abs(np.quantile(found, shares, axis=0) - np.quantile(wanted, shares, axis=0)).max() < 0.12
    assert np.abs(np.cov(found.T) - np.cov(wanted.T)).max() < 0.12


def test_every_prior_is_told_of() -> None:
    assert {*map(type, PRIORS)} == TOLD.keys()
    for prior in PRIORS:
        assert (
            str(prior.latent_dim if not isinstance(prior, GaussianMixture | SwissRoll) else 2) in drawing(prior).words
        )
        assert ("no input" in limits(prior)) is not hasattr(prior, "within")


def test_a_prior_of_ones_own_is_named() -> None:
    class Sphere(Gaussian):
        pass

    told = drawing(Sphere(3))
    assert told.words.endswith("Sphere, 3 numbers")
    assert not told.torch
