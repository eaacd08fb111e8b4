"""Why weights do not fit: the keys that differ, with both values."""

from typing import Any

import pytest
import torch

from gan_runner.config.options import CONFIGS, options
from gan_runner.runs.misfit import differences, first_misfit, overrides
from gan_runner.types import Origin

CONFIG: dict[str, Any] = {
    "data": {"_target_": "gan_runner.data.folder.Folder", "root": "photos", "image_size": 16, "batch_size": 4},
    "network": {
        "width": 8,
        "conditional": True,
        "generator": {"_target_": "gan_runner.networks.dcgan.Generator", "width": 8},
        "discriminator": {"_target_": "gan_runner.networks.dcgan.Discriminator", "width": 8},
    },
    "latent": {"_target_": "gan_runner.latents.Gaussian", "latent_dim": 6},
    "loss": {"_target_": "gan_runner.losses.hinge.Hinge"},
    "tricks": {},
}

PLAYERS = ("generator", "discriminator")


def origin(shape: tuple[int, ...] = (3, 16, 16), classes: int | None = 3, source: Any = None, **groups: Any) -> Origin:
    config = {name: {**CONFIG[name], **groups.get(name, {})} for name in CONFIG}
    return Origin(config, shape, classes, source)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (origin(), None),
        (origin(loss={"_target_": "gan_runner.losses.minimax.Minimax"}, data={"batch_size": 8}), None),
        (origin(classes=4), "data.root had 3 classes, now has 4"),
        (origin(classes=4, data={"root": "others"}), "data.root had 3 classes, now has 4"),
        (origin(classes=4, data={"root": None}), "the data had 3 classes, now has 4"),
        (origin((3, 32, 32), data={"image_size": 32}), "data.image_size was 16, is 32"),
        (origin((3, 32, 24), data={"image_size": [32, 24]}), "data.image_size was 16, is [32, 24]"),
        (origin((1, 16, 16), data={"channels": 1}), "data.channels was absent, is 1"),
        (origin((2,)), "the data had shape 3×16×16, now has 2"),
        (origin(source=(1, 8, 8)), "its source had shape none, now has 1×8×8"),
        (
            origin(network={"width": 4, **{name: {**CONFIG["network"][name], "width": 4} for name in PLAYERS}}),
            "network.width was 8, is 4",
        ),
        (
            origin(network={name: {**CONFIG["network"][name], "width": 4} for name in PLAYERS}),
            "network.discriminator.width was 8, is 4, network.generator.width was 8, is 4",
        ),
        (
            origin(network={"generator": {"_target_": "gan_runner.networks.mlp.Generator", "hidden": [4]}}),
            "network.generator was dcgan.Generator, is mlp.Generator",
        ),
        (origin(tricks={"ema": {"_target_": "gan_runner.tricks.ema.EMA", "decay": 0.9}}), "tricks was none, is ema"),
        (origin(classes=None, network={"conditional": False}), "network.conditional was true, is false"),
        (
            origin((3, 32, 32), classes=4, data={"image_size": 32}, latent={"latent_dim": 5}),
            "data.root had 3 classes, now has 4, data.image_size was 16, is 32, latent.latent_dim was 6, is 5",
        ),
    ],
)
def test_the_keys_that_differ(now: Origin, said: str | None) -> None:
    assert differences(origin(), now) == said


def test_classes_that_no_network_is_told_make_no_difference() -> None:
    one, other = (origin(classes=classes, network={"conditional": False}) for classes in (3, 4))
    assert differences(one, other) is None


def test_the_first_of_the_weights_that_do_not_fit() -> None:
    own = {"a": torch.zeros(2), "b._extra_state": {"count": 1}}
    assert first_misfit(dict(own), own) is None
    assert first_misfit({**own, "a": torch.zeros(3)}, own) == "a has another size"
    assert first_misfit({"a": torch.zeros(2)}, own) == "b._extra_state is missing"
    assert first_misfit({**own, "c": 1}, own) == "c belongs to none of its networks"
    assert first_misfit(3, own) == "they are no mapping from names to weights"


@pytest.mark.parametrize(
    ("kind", "option"), [("GaussianMixture", "gaussian_mixture"), ("SwissRoll", "swiss_roll"), ("Uniform", "uniform")]
)
def test_what_is_to_be_pasted_names_options_that_there_are(kind: str, option: str) -> None:
    before = origin(latent={"_target_": f"gan_runner.latents.{kind}"})
    assert overrides(before, origin()) == [f"latent={option}"]
    assert option in options(CONFIGS / "latent")
