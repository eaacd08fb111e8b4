"""Whether the parts of a configuration agree: on images that are translated, on who plays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from gan_runner.config.errors import ConfigError, listed
from gan_runner.config.options import recipe_of
from gan_runner.config.schema import class_attribute
from gan_runner.types import Shape


def translates(config: Mapping[str, Any], source_shape: Shape | None) -> bool:
    """Whether generators start from an image of shape `source_shape` instead of a latent.

    Raises ConfigError where the system, the network and the data do not agree.
    """
    generator = config["network"].get("generator", {})
    system, network = config["system"]["_target_"], generator.get("_target_")
    needs = class_attribute(config["system"], "needs", ())
    translating = "source" in needs
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
    if source_shape is not None and "input" in needs and config["network"].get("conditional"):
        raise ConfigError(
            "network.conditional tells networks the class, and images that become others (data=degraded, paired, "
            "unpaired) are measured and translated without one: set network.conditional=false"
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


def check_conditions(config: Mapping[str, Any], names: Sequence[str]) -> None:
    """Raises ConfigError where labels that are numbers, so called, are told to nobody who could be told them."""
    system = config["system"]["_target_"]
    told = f"the labels of this data are numbers ({listed(names)})"
    if not class_attribute(config["system"], "takes_numbers"):
        raise ConfigError(
            f"{told}, which GANs from a latent are told, and system._target_={system} is none of these: choose "
            "model=cgan or dcgan, or classes by one column (data.label_column=<name>), or data.labels=false"
        )
    if config["network"].get("conditional") is not True:
        raise ConfigError(f"{told}: set network.conditional=true, so that both players see them, or data.labels=false")
    for name, node in (config["tricks"] or {}).items():
        if node and "_target_" in node and class_attribute(node, "teaches_labels"):
            raise ConfigError(f"tricks.{name} teaches classes, and {told}: remove tricks.{name}, or take classes")


def check_players(config: Mapping[str, Any]) -> None:
    """Raises ConfigError where a system lacks what it plays with, or is given what it has no use for."""
    system, network = config["system"]["_target_"], config["network"]
    needs = class_attribute(config["system"], "needs", frozenset())
    if "game" in needs and not config.get("loss"):  # also of a checkpoint that was cut short
        raise ConfigError(f"system._target_={system} plays a game, and loss=none: choose a loss (non_saturating, …)")
    wanted = needs & {"encoder", "decoder", "discriminator"}
    if "game" in needs:  # whoever decodes codes has no other generator
        wanted |= {"discriminator"} if "decoder" in needs else {"generator", "discriminator"}
    if missing := sorted(wanted - network.keys()):
        raise ConfigError(
            f"system._target_={system} needs network.{missing[0]}, and this network has {_named(network)}: choose "
            f"{_with(needs, recipe_of('system', system))}"
        )
    _check_optimizers(config, system)
    if class_attribute(config["system"], "inherits", ()) and not config.get("init_from"):
        raise ConfigError(
            f"system._target_={system} begins with the networks of a finished run: give init_from=<run folder>, and "
            "that run's network=…, latent.latent_dim=… and data=…"
        )
    if "likelihood" in needs:
        _check_autoencoder(config, system)
    elif config.get("likelihood"):
        raise ConfigError(
            f"likelihood is what an autoencoder learns by, and system._target_={system} has no use for one: leave it "
            "out, or choose model=autoencoder, vae or another that has one"
        )
    if config["system"].get("sample_from") == "mixture" and not (config.get("callbacks") or {}).get("codes"):
        raise ConfigError(
            "system.sample_from=mixture draws from what callbacks.codes fits, and this run has no callbacks.codes: set "
            "callbacks=default, or system.sample_from=prior"
        )
    if "game" not in needs:
        _refuse_adversarial(config, system)


def _with(needs: Collection[str], recipe: str | None) -> str:
    """What has all that a system of these needs plays with; recipe: the model that is made for it."""
    networks = "a network for games of two, network=dcgan say"
    if "decoder" in needs:
        own = "discriminator" in needs  # of images; a game brings one of codes
        networks = "network=ganomaly" if own else "network=vae or network=conv_vae"
    elif recipe is None and "encoder" in needs:  # one of the discriminator's architecture
        recipe = "vae_gan"
    return f"model={recipe} with {networks}" if recipe else networks


def _check_optimizers(config: Mapping[str, Any], system: str) -> None:
    """Raises ConfigError where a recipe would have said how the players of its system move."""
    recipe = recipe_of("system", system)
    players, known = class_attribute(config["system"], "players", ()), config.get("optimizer") or {}
    moved = [player for player in players if player not in known]
    if recipe and moved:
        raise ConfigError(
            f"system._target_={system} moves the player {moved[0]}, and there is no optimizer.{moved[0]}: choose "
            f"model={recipe}, which has all that this system needs, in place of the system alone"
        )


def _check_autoencoder(config: Mapping[str, Any], system: str) -> None:
    if not config.get("likelihood"):
        raise ConfigError(
            f"system._target_={system} learns by a likelihood: set likelihood=bernoulli, gaussian or laplace"
        )
    if config["network"].get("conditional") == "generator":
        raise ConfigError(
            "network.conditional=generator is for games of two; an autoencoder's encoder and decoder both see the "
            "label: set network.conditional=true"
        )


def _refuse_adversarial(config: Mapping[str, Any], system: str) -> None:
    """What would look at a discriminator where there is none."""
    for name, node in (config["tricks"] or {}).items():
        if node and "_target_" in node and class_attribute(node, "needs_adversary", True):
            raise ConfigError(
                f"tricks.{name} needs a discriminator that plays for a loss, and system._target_={system} has none: "
                f"remove tricks.{name}, or choose a model with an adversary (vae_gan, aae, dcgan)"
            )
    if not config.get("loss"):
        return
    if config.get("likelihood"):
        raise ConfigError(
            f"loss is what two adversaries play for, and system._target_={system} has none: leave loss out (it learns "
            "by likelihood=bernoulli, gaussian or laplace)"
        )
    if "discriminator" in class_attribute(config["system"], "needs", ()):
        raise ConfigError(
            f"system._target_={system} has a loss of its own, which loss=… would not change: leave loss out, or set "
            "loss=none"
        )


def _named(network: Mapping[str, Any]) -> str:
    names = [name for name, node in network.items() if isinstance(node, Mapping) and "_target_" in node]
    return " and ".join(names) or "none"
