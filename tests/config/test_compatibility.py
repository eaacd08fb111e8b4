"""Whether images are translated, and what is said when a system, a network and data do not agree on that."""

from typing import Any

import pytest

from gan_runner.assemble import assemble
from gan_runner.config.compatibility import check_conditions, translates
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


# ---- who plays ------------------------------------------------------------------------------------------------------

CODES = "choose model=aae with network=vae or network=conv_vae"


@pytest.mark.parametrize(
    ("overrides", "said", "ways"),
    [
        (("system=aae", "network=vae"), CODES, [("model=aae", "network=vae"), ("model=aae", "network=conv_vae")]),
        (("system=aae",), CODES, []),
        (("model=aae", "network=mlp"), CODES, []),
        (
            ("model=aae", "network=ganomaly"),
            "network=ganomaly has a discriminator of images, .* network=conv_vae or network=vae",
            [],
        ),
        (("model=aae", "network=dcgan"), "network=dcgan has a discriminator of images", []),
        (
            ("system=f_anogan",),
            "choose model=f_anogan with a network for games of two, network=dcgan say",
            [("model=f_anogan", "network=dcgan", "init_from=a_run")],
        ),
        (
            ("system=vae_gan",),
            "choose model=vae_gan with a network for games of two, network=dcgan say",
            [("model=vae_gan", "network=dcgan")],
        ),
        (("system=ganomaly",), "choose model=ganomaly with network=ganomaly", [("model=ganomaly", "network=ganomaly")]),
        (
            ("model=ganomaly", "data=ring"),
            "choose data of images, data=digits say, or model=autoencoder",
            [("model=ganomaly", "data=digits", "data.image_size=8"), ("model=autoencoder", "data=ring")],
        ),
        (
            ("model=ganomaly", "data=ring", "network=mlp"),
            "choose model=ganomaly with network=ganomaly",
            [],  # and then as above
        ),
        (
            ("system=vae", "network=vae", "likelihood=bernoulli"),
            r"there is no optimizer\.autoencoder: choose model=vae, which has all that",
            [("model=vae",)],
        ),
        (
            ("model=vae", "network=dcgan"),
            "choose model=vae with network=vae or network=conv_vae",
            [("model=vae", "network=vae"), ("model=vae", "network=conv_vae")],
        ),
        (("model=dcgan", "network=vae"), "choose a network for games of two, network=dcgan say", [("model=dcgan",)]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_does_not_play_together_is_told_with_a_way_that_works(
    composed: Any, overrides: tuple[str, ...], said: str, ways: list[tuple[str, ...]]
) -> None:
    with pytest.raises(ConfigError, match=said):
        assemble(composed(*overrides))
    for way in ways:
        assemble(composed(*way))


# ---- labels that are numbers ----------------------------------------------------------------------------------------


def test_labels_that_are_numbers_are_told_to_both_players_of_a_gan() -> None:
    check_conditions(config("gan", "mlp", True), ["age"])
    for parts, told in (
        (config("unpaired", "mlp", True), r"numbers \(age\), which GANs from a latent are told, and system\._target_"),
        (config("gan", "mlp", False), r"numbers \(age\): set network\.conditional=true, so that both players see them"),
        (config("gan", "mlp", "generator"), r"set network\.conditional=true"),
    ):
        with pytest.raises(ConfigError, match=told):
            check_conditions(parts, ["age"])
    classifier = {"auxiliary_classifier": {"_target_": "gan_runner.tricks.auxiliary_classifier.AuxiliaryClassifier"}}
    with pytest.raises(
        ConfigError, match=r"tricks\.auxiliary_classifier teaches classes, and the labels of this data are"
    ):
        check_conditions(config("gan", "mlp", True, classifier), ["age"])
