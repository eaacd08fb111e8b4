"""Whether images are translated, and what is said when a system, a network and data do not agree on that."""

from typing import Any

import pytest

from gan_runner.config.compatibility import translates
from gan_runner.config.errors import ConfigError

SYSTEMS = {"gan": "gan_runner.systems.gan.GAN", "unpaired": "gan_runner.systems.unpaired.Unpaired"}
NETWORKS = {"mlp": "gan_runner.networks.mlp.Generator", "cyclegan": "gan_runner.networks.cyclegan.Generator",
            "pix2pix": "gan_runner.networks.pix2pix.Generator"}  # fmt: skip
IMAGE = (3, 8, 8)


def config(system: str, network: str, conditional: Any = False, tricks: Any = None) -> dict[str, Any]:
    return {
        "system": {"_target_": SYSTEMS[system]},
        "network": {"generator": {"_target_": NETWORKS[network]}, "conditional": conditional},
        "tricks": tricks,
    }


def refusal(source_shape: tuple[int, ...] | None, *parts: str, **settings: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        translates(config(*parts, **settings), source_shape)
    return str(caught.value)


@pytest.mark.parametrize("conditional", [False, True, "generator"])
def test_samples_start_from_a_latent_whatever_the_data(conditional: Any) -> None:
    for source_shape in (None, IMAGE):  # a plain GAN may play on one domain of two
        assert translates(config("gan", "mlp", conditional), source_shape) is False


@pytest.mark.parametrize("network", ["cyclegan", "pix2pix"])
def test_images_are_translated_where_all_three_agree(network: str) -> None:
    assert translates(config("unpaired", network), IMAGE) is True


def test_a_network_that_makes_from_a_latent_cannot_translate() -> None:
    said = refusal(IMAGE, "unpaired", "mlp")
    assert said == (
        "system._target_=gan_runner.systems.unpaired.Unpaired translates images, and network.generator._target_="
        "gan_runner.networks.mlp.Generator makes them from a latent: set network=cyclegan or network=pix2pix, or "
        "choose another model"
    )


def test_a_network_that_translates_is_dealt_no_latent() -> None:
    said = refusal(None, "gan", "pix2pix")
    assert said.startswith("network.generator._target_=gan_runner.networks.pix2pix.Generator translates images, and ")
    assert said.endswith("choose model=cyclegan or model=pix2pix, or another network")


def test_data_of_one_domain_has_nothing_to_translate() -> None:
    assert "this data has one domain: choose data=paired, unpaired or degraded" in refusal(None, "unpaired", "cyclegan")


@pytest.mark.parametrize("conditional", [True, "generator"])
def test_translations_have_no_labels(conditional: Any) -> None:
    said = refusal(IMAGE, "unpaired", "cyclegan", conditional=conditional)
    assert said == "network.conditional is for games that start from a latent: set network.conditional=false"


def test_a_trick_about_latents_is_named() -> None:
    tricks = {
        "ema": {"_target_": "gan_runner.tricks.ema.EMA", "decay": 0.9},
        "latent_regression": {"_target_": "gan_runner.tricks.latent_regression.LatentRegression", "latent_dim": 6},
    }
    said = refusal(IMAGE, "unpaired", "cyclegan", tricks=tricks)
    assert said.startswith("tricks.latent_regression is about the latent that a sample was made from")
    assert said.endswith("remove tricks.latent_regression")
    assert translates(config("gan", "mlp", tricks=tricks), None) is False
    del tricks["latent_regression"]["_target_"]  # a recipe's settings of a trick that tricks=[…] leaves out
    assert translates(config("unpaired", "cyclegan", tricks=tricks), IMAGE) is True
    tricks["ema"] = None  # taken out by tricks.ema=null
    assert translates(config("unpaired", "cyclegan", tricks=tricks), IMAGE) is True
