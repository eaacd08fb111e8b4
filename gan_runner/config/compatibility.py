"""Whether a configuration translates images of one domain into another's, and all its parts agree on that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gan_runner.config.errors import ConfigError
from gan_runner.config.schema import class_attribute
from gan_runner.types import Shape


def translates(config: Mapping[str, Any], source_shape: Shape | None) -> bool:
    """Whether generators start from an image of shape `source_shape` instead of a latent.

    Raises ConfigError where the system, the network and the data do not agree.
    """
    generator = config["network"].get("generator", {})
    system, network = config["system"]["_target_"], generator.get("_target_")
    translating = "source" in class_attribute(config["system"], "needs", ())
    takes_a_source = class_attribute(generator, "takes_a_source")
    if translating and not takes_a_source:
        raise ConfigError(
            f"system._target_={system} translates images, and network.generator._target_={network} makes them from a "
            "latent: set network=cyclegan or network=pix2pix, or choose another model"
        )
    if takes_a_source and not translating:
        raise ConfigError(
            f"network.generator._target_={network} translates images, and system._target_={system} deals it latents: "
            "choose model=cyclegan or model=pix2pix, or another network"
        )
    if translating and source_shape is None:
        raise ConfigError(
            f"system._target_={system} translates images of one domain into another's, and this data has one domain: "
            "choose data=paired, unpaired or degraded, or another model"
        )
    if translating and config["network"]["conditional"]:
        raise ConfigError("network.conditional is for games that start from a latent: set network.conditional=false")
    for name, node in (config["tricks"] or {}).items() if translating else ():
        if node and "_target_" in node and class_attribute(node, "needs_latent"):
            raise ConfigError(
                f"tricks.{name} is about the latent that a sample was made from, and system._target_={system} makes it "
                f"from an image: remove tricks.{name}"
            )
    return translating
