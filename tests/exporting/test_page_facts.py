"""What a page is told of a run, and what it cannot be told."""

from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
import torch

from gan_runner.config.errors import ConfigError
from gan_runner.exporting.page_facts import facts
from gan_runner.images.ranges import to_bytes
from gan_runner.runs.folder import RunFolder, last_of
from gan_runner.systems.mixture import fitted
from gan_runner.web.space import Space


def space_of(folder: str | Path) -> Space:
    return Space.read(last_of(Path(folder)))


def floats(text: str) -> np.ndarray:
    return np.frombuffer(b64decode(text), "<f4")


def test_a_page_is_told_what_the_served_one_is_and_how_latents_are_drawn(runs):
    space = space_of(runs["conditional"])
    told = facts(space, RunFolder(Path(runs["conditional"])))
    assert told["about"]["classes"] == ["0", "1", "2", "3"]
    assert told["about"]["title"].endswith("conditional")
    assert (told["prior"]["name"], told["prior"]["size"], told["walk"]) == ("Gaussian", 6, "arcs")
    assert told["prior"]["tails"][9] == pytest.approx(0.158655, abs=1e-6)  # beyond one standard deviation
    assert len(told["prior"]["tails"]) == 30
    steps = floats(told["steps"]).reshape(-1, 6)
    assert np.array_equal(steps, space.directions.steps.numpy())
    assert len(told["directions"]["shares"]) == len(steps)


def test_the_witness_is_what_gan_sample_draws(runs):
    space = space_of(runs["conditional"])
    told = facts(space, RunFolder(Path("a/b")))["witness"]
    walked = space.drawn(0, 4)
    assert told["labels"] == [0, 1, 2, 3]
    assert np.array_equal(floats(told["latents"]).reshape(4, 6), walked.latents.numpy())
    images = np.frombuffer(b64decode(told["images"]), np.uint8).reshape(4, 8, 16, 1)
    assert np.array_equal(images, to_bytes(walked.images).permute(0, 2, 3, 1).numpy())


@pytest.mark.parametrize(
    ("keys", "prior", "walk"),
    [
        (("model=dcgan", "network.width=4", "latent=uniform"), {"name": "Uniform"}, "straight"),
        (("model=aae", "latent=gaussian_mixture"), {"name": "GaussianMixture", "components": 10}, "straight"),
        (("model=aae", "latent=swiss_roll"), {"name": "SwissRoll", "turns": 2.0, "radius": 3.0}, "straight"),
        (("model=vae",), {"name": "Gaussian"}, "arcs"),
    ],
    ids=["uniform", "wheel", "roll", "vae"],
)
def test_each_prior_is_told_with_its_sizes(keys, prior, walk, saved, tmp_path):
    folder = saved(tmp_path / "run", (1, 8, 8), 10, *keys, "data=synthetic", "data.image_size=8")
    told = facts(space_of(folder), RunFolder(folder))
    assert told["prior"].items() >= prior.items()
    assert told["walk"] == walk


def test_a_mixture_is_told_by_its_bounds_means_and_factors(saved, tmp_path):
    keys = ("model=vae", "system.sample_from=mixture", "system.mixture_components=3", "data=synthetic")
    folder = saved(tmp_path / "run", (1, 8, 8), 10, *keys, "data.image_size=8")
    space = space_of(folder)
    mixture = space.system.mixture
    torch.manual_seed(0)
    mixture.take(fitted(torch.randn(200, 6), 3, 0))
    told = facts(space, RunFolder(folder))["prior"]
    assert (told["name"], told["size"]) == ("Mixture", 6)
    bounds, means, factors = floats(told["bounds"]), floats(told["means"]), floats(told["factors"])
    latents = mixture.sample(50, generator=torch.Generator().manual_seed(1))
    chosen = (latents[:, -1].numpy()[:, None] >= bounds).sum(axis=1)
    codes = means.reshape(3, 6)[chosen] + np.einsum("nij,nj->ni", factors.reshape(3, 6, 6)[chosen], latents[:, :-1])
    assert np.allclose(codes, mixture(latents).numpy(), atol=1e-5)


def test_a_prior_of_ones_own_is_no_prior_of_a_page(runs):
    space = space_of(runs["plain"])
    space.system.latent = type("Own", (), {"latent_dim": 6})()
    space.size = 6
    with pytest.raises(ConfigError, match="cannot draw a Own: give format=onnx"):
        facts(space, RunFolder(Path("a/b")))
