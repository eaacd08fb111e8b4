"""What to change of a configuration when a game goes wrong: overrides to paste after its command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gan_runner.config.schema import class_attribute
from gan_runner.monitoring.diagnosis import State

PENALTIES = ("gradient_penalty", "dragan", "r1", "r2")
"""Tricks that bound the discriminator's gradient; one of them is enough."""
PREDICTORS = ("latent_regression", "latent_prior")
"""Tricks that predict each fake's latent, which those that change the head or pack the batch would disturb."""
PLAIN = ["a lower learning rate", "more steps for the weaker player"]
"""For a system whose configuration is not known."""


def remedies(trouble: State, config: Mapping[str, Any], vanished: bool = False) -> list[str]:
    """Overrides of this configuration that help, the first first; each stands for itself.

    vanished: the generator's gradient has, so that first of all it needs a loss that does not saturate.

    One that needs another beside it is a line of two. Tricks that are on, or that could not be played here, are left
    out.
    """
    if not config:
        return PLAIN
    if trouble == "posterior collapsed":
        return tell_more(config)
    if _plays_no_game(config):
        return calm_alone(config)
    flat = saturates(config) and (vanished or trouble == "discriminator too strong")
    return [*(["loss=non_saturating"] if flat else []), *_of_state(trouble, config)]


def _of_state(trouble: State, config: Mapping[str, Any]) -> list[str]:
    if trouble == "discriminator too strong":
        return weaken("discriminator", config) + blur(config) + bound(config)
    if trouble == "generator too strong":
        sharp = ["loss.label_smoothing=0"] if config["loss"].get("label_smoothing") else []
        return weaken("generator", config) + sharp
    if trouble == "diverged":
        return calm(config) + bound(config)
    if _judges_codes(config):  # images that are to come back need codes that differ
        return [*_tenfold("system.reconstruction", config), *bound(config), *weaken("generator", config)]
    return compare_samples(config) + bound(config) + weaken("generator", config)


def _plays_no_game(config: Mapping[str, Any]) -> bool:
    """Whether nobody watches a balance: an autoencoder alone, GANomaly, f-AnoGAN's encoder."""
    return not class_attribute(config["system"], "all_games")


def tell_more(config: Mapping[str, Any]) -> list[str]:
    """Let codes tell more of the data than the weight of the KL has left worth its nats."""
    system, likelihood = config["system"], config.get("likelihood") or {}
    found = []
    if system.get("capacity") is not None:
        found.append(f"system.capacity={max(2 * system['capacity'], 25):g}")
    elif system.get("free_bits") == 0:
        found.append("system.free_bits=0.25")
    if beta := system.get("beta"):
        found.append(f"system.beta={1 if beta > 1 else beta / 10:g}")
    found += [f"likelihood.{key}=learned" for key in ("sigma", "scale") if isinstance(likelihood.get(key), int | float)]
    if system.get("anneal_batches") == 0 and (beta or 0) <= 1:  # a larger weight would be as strong in the end
        batches = config["trainer"].get("max_steps") or 0
        found.append(f"system.anneal_batches={max(batches // 2, 1) if batches > 0 else 10_000}")
    return found


def calm_alone(config: Mapping[str, Any]) -> list[str]:
    """Smaller steps for those who move where no game is watched."""
    players = class_attribute(config["system"], "players", ())
    rate = config["optimizer"].get("lr") or next((config["optimizer"].get(one, {}).get("lr") for one in players), None)
    limits = config["system"].get("gradient_clip") or {}
    found = [f"optimizer.lr={rate / 10:g}"] if rate else []
    found += [f"system.gradient_clip.{player}=1" for player in players if not limits.get(player)]
    inherits = class_attribute(config["system"], "inherits", ())  # then tricks are those of another run
    return [*found, *([] if inherits else _adding("ema", config))]


def saturates(config: Mapping[str, Any]) -> bool:
    """Whether the generator's loss is flat where the discriminator rejects its samples with certainty."""
    return bool(class_attribute(config["loss"], "saturates")) and not _is_on("feature_matching", config)


def weaken(strong: str, config: Mapping[str, Any]) -> list[str]:
    """A lower rate for the stronger player, more updates for the other one."""
    system, other = config["system"], "generator" if strong == "discriminator" else "discriminator"
    rate = config["optimizer"][strong].get("lr")
    found = [f"optimizer.{strong}.lr={rate / 2:g}"] if rate else []
    if system[f"{strong}_steps"] > 1:
        return [*found, f"system.{strong}_steps={system[f'{strong}_steps'] - 1}"]
    return [*found, f"system.{other}_steps={system[f'{other}_steps'] + 1}"]


def blur(config: Mapping[str, Any]) -> list[str]:
    """Make reals and fakes overlap, for a discriminator that parts them without effort."""
    smooth = ["loss.label_smoothing=0.1"] if config["loss"].get("label_smoothing") == 0 else []
    augmented = _is_on("ada", config) or not is_of_images(config)
    return [*smooth, *_adding("instance_noise", config), *([] if augmented else _adding("diff_augment", config))]


def bound(config: Mapping[str, Any]) -> list[str]:
    """Keep the discriminator's gradients small: a penalty, where none is on, or bounded weights."""
    found = []
    if not _is_on("spectral_norm", config) and not _is_on("weight_clipping", config) and not _starts_at_zero(config):
        found += _adding("spectral_norm", config)
    if not any(_is_on(name, config) for name in PENALTIES):
        name = "gradient_penalty" if _is_critic(config) else "r1"
        # BatchNorm makes each logit depend on the whole batch, and a penalty on a sample's own gradient mean nothing.
        norm = " network.discriminator.norm=layer" if config["network"]["discriminator"].get("norm") == "batch" else ""
        found += [override + norm for override in _adding(name, config)]
    return found


def compare_samples(config: Mapping[str, Any]) -> list[str]:
    """Let a lack of variety cost the generator something."""
    predicts = any(_is_on(name, config) for name in PREDICTORS)
    slice_size = config["data"]["batch_size"] // config["system"].get("accumulate", 1)
    packs = not (predicts or config["network"].get("conditional")) and slice_size % 2 == 0
    found = _adding("pacgan", config) if packs else []
    if not predicts and not _judges_patches(config):
        found += _adding("minibatch_stddev", config) + _adding("minibatch_discrimination", config)
    found += _adding("mode_seeking", config)
    return found if is_of_images(config) else found + _adding("unrolled", config)


def calm(config: Mapping[str, Any]) -> list[str]:
    """Smaller steps for both players."""
    rates = {player: config["optimizer"][player].get("lr") for player in ("generator", "discriminator")}
    found = [" ".join(f"optimizer.{player}.lr={rate / 10:g}" for player, rate in rates.items() if rate)]
    limits = config["system"].get("gradient_clip") or {}
    found += [f"system.gradient_clip.{player}=1" for player in rates if not limits.get(player)]
    return [*filter(None, found), *_adding("ema", config)]


def is_of_images(config: Mapping[str, Any]) -> bool:
    """Whether what is judged are images, rather than points or codes."""
    return class_attribute(config["data"], "kind", "images") == "images" and not _judges_codes(config)


def _judges_codes(config: Mapping[str, Any]) -> bool:
    return bool(class_attribute(config["system"], "judges_codes"))


def _adding(trick: str, config: Mapping[str, Any]) -> list[str]:
    return [] if _is_on(trick, config) else [f"+tricks@tricks.{trick}={trick}"]


def _tenfold(key: str, config: Mapping[str, Any]) -> list[str]:
    """More of a weight, where it is one."""
    group, name = key.split(".")
    return [f"{key}={10 * config[group][name]:g}"] if config[group].get(name) else []


def _is_on(trick: str, config: Mapping[str, Any]) -> bool:
    return bool((config.get("tricks") or {}).get(trick))


def _is_critic(config: Mapping[str, Any]) -> bool:
    return bool(class_attribute(config["loss"], "is_critic"))


def _starts_at_zero(config: Mapping[str, Any]) -> bool:
    """Spectral norm divides by a weight's largest singular value."""
    return bool(class_attribute(config["network"]["discriminator"], "starts_at_zero"))


def _judges_patches(config: Mapping[str, Any]) -> bool:
    """There is no linear head then, which could see more than a patch."""
    return bool(class_attribute(config["network"]["discriminator"], "judges_patches"))
