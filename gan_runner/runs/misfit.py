"""Why the weights of one experiment do not fit another: the keys that differ, with both values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gan_runner.runs.identity import changes, in_words
from gan_runner.types import Origin, Shape

SHAPING = ("network", "latent", "likelihood", "system", "tricks")
"""Groups that decide which weights there are, beside the data's classes and its shape."""
SIZES = ("image_size", "channels", "image_size_a", "channels_a", "source_channels", "scale")
"""Keys of data that decide its shape."""

Changes = dict[str, tuple[Any, Any]]


def differences(before: Origin, now: Origin) -> str | None:
    """What gives their networks other weights: "data.image_size was 16, is 32". None where nothing does."""
    told = [_of_classes(before, now), _of_shapes(before, now)]
    found = _shortest(_whole_parts(_in(changes(before.config, now.config), SHAPING)))
    told += in_words(found)
    return ", ".join(filter(None, told)) or None


def overrides(before: Origin, now: Origin) -> list[str]:
    """What gives a run the data's size, latents and networks of an earlier one, to paste after its command; networks
    that the earlier one had none of stay as they are.
    """
    changed = {
        key: was
        for key, (was, _) in changes(before.config, now.config).items()
        if was is not None and key.partition(".")[0] in ("network", "latent", "data")
    }
    parts = [key for key in changed if key in ("latent", "network.generator", "network.discriminator")]
    told = dict.fromkeys(f"{key.partition('.')[0]}={_option(str(changed[key]))}" for key in parts)
    wanted = {key: (was, None) for key, was in changed.items() if key not in parts and _shapes(key)}
    return [*told, *(f"{key}={_typed(was)}" for key, (was, _) in _shortest(wanted).items())]


def _shapes(key: str) -> bool:
    return not key.startswith("data") or key.rpartition(".")[2] in SIZES


def _option(name: str) -> str:
    """The option that stands for a class: dcgan for dcgan.Generator, gaussian for latents.Gaussian."""
    module, _, kind = name.rpartition(".")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower() if module == "latents" else module


def _typed(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).replace(" ", "")


def _of_classes(before: Origin, now: Origin) -> str | None:
    """Where labels enter the networks, each class has weights of its own."""
    if not (before.classes and now.classes) or before.classes == now.classes:
        return None
    data = now.config.get("data") or {}
    where = "data.root" if data.get("root") is not None else "the data"
    return f"{where} had {before.classes} classes, now has {now.classes}"


def _of_shapes(before: Origin, now: Origin) -> str | None:
    if (before.shape, before.source_shape) == (now.shape, now.source_shape):
        return None
    changed = _in(changes(before.config, now.config), ("data",))
    keys = {key: values for key, values in changed.items() if key.rpartition(".")[2] in SIZES}
    if keys:
        return ", ".join(in_words(keys))
    pairs = {"the data": (before.shape, now.shape), "its source": (before.source_shape, now.source_shape)}
    differing = {what: shapes for what, shapes in pairs.items() if shapes[0] != shapes[1]}
    return ", ".join(
        f"{what} had shape {_sides(was)}, now has {_sides(is_now)}" for what, (was, is_now) in differing.items()
    )


def _sides(shape: Shape | None) -> str:
    return "×".join(map(str, shape)) if shape else "none"


def _in(changed: Changes, groups: tuple[str, ...]) -> Changes:
    return {key: values for key, values in changed.items() if key.partition(".")[0] in groups}


def _whole_parts(changed: Changes) -> Changes:
    """Of a part that is another, or of tricks that are others, not every setting too."""
    return {key: values for key, values in changed.items() if not any(key.startswith(f"{part}.") for part in changed)}


def _shortest(changed: Changes) -> Changes:
    """Of keys that follow one another (network.width, network.generator.width) the one that is set."""
    kept: Changes = {}
    for key in sorted(changed, key=lambda key: key.count(".")):
        if not any(_is_followed(other, key) and kept[other] == changed[key] for other in kept):
            kept[key] = changed[key]
    return kept


def _is_followed(leader: str, key: str) -> bool:
    return leader.rpartition(".")[2] == key.rpartition(".")[2] and leader.count(".") < key.count(".")


def first_misfit(saved: Any, own: Mapping[str, Any]) -> str | None:
    """Of two state dicts the first name that is in one alone, or stands for another shape; None where all fit."""
    if not isinstance(saved, Mapping):
        return "they are no mapping from names to weights"
    for name in own:
        if name not in saved:
            return f"{name} is missing"
        if getattr(saved[name], "shape", None) != getattr(own[name], "shape", None):
            return f"{name} has another size"
    return next((f"{name} belongs to none of its networks" for name in saved if name not in own), None)
