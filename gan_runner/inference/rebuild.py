"""The players of a checkpoint, from that file alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

import torch

from gan_runner.assemble import build_system, make_players
from gan_runner.config.compatibility import translates
from gan_runner.config.errors import ConfigError
from gan_runner.config.trust import check_targets
from gan_runner.runs import checkpoints
from gan_runner.systems.adversarial import Adversarial
from gan_runner.systems.gan import GAN
from gan_runner.types import Make, Player, Shape

System = TypeVar("System", bound=Adversarial)


def rebuild(path: Path) -> tuple[GAN, int]:
    """The system that a checkpoint holds, on the processor, and the batches it has seen. Needs no data.

    Raises FileNotFoundError or ValueError for a file that is missing, damaged, untrusted or at odds with itself.
    """
    return rebuild_as(
        GAN, path, "gan-sample draws from a latent, so it needs a GAN (gan-translate makes images of images)"
    )


def rebuild_as(kind: type[System], path: Path, needs: str) -> tuple[System, int]:
    """Likewise, of another kind of system; `needs` ends the sentence that refuses any other."""
    contents = checkpoints.load(path)
    try:
        origin = contents["origin"]
        config, shape, num_classes = dict(origin["config"]), tuple(origin["shape"]), origin["num_classes"]
        source_shape = tuple(origin["source_shape"]) if "source_shape" in origin else None
        check_targets(config)
        makes = make_players(config, num_classes)
        if translates(config, source_shape):
            makes["generator"] = partial(makes["generator"], source_shape=source_shape)
        _check_size(makes, shape, path)
        system = build_system(config, shape, num_classes, source_shape)
    except (LookupError, TypeError, AttributeError, RuntimeError) as error:
        raise ValueError(f"checkpoint {path} does not describe a whole experiment ({error})") from error
    if not isinstance(system, kind):
        raise ValueError(f"checkpoint {path} holds a {type(system).__name__}: {needs}")
    checkpoints.fit(contents["state_dict"], system, path)
    return system, int(contents.get("global_step", 0))


def _check_size(makes: Mapping[Player, Make], shape: Shape, path: Path) -> None:
    """Networks that cannot lie in the file are not allocated to find out. Raises ValueError."""
    with torch.device("meta"):
        parameters = sum(p.numel() for make in makes.values() for p in make(shape).parameters())
    if 2 * parameters > path.stat().st_size:  # 2 bytes at the least each
        raise ValueError(
            f"the weights in checkpoint {path} do not fit its configuration, whose networks have {parameters:,} of them"
        )


def weights_of(chosen_by: str) -> str:
    """Which weights a system's sampler has, in words; `chosen_by`: a trick's name, or 'generator'."""
    return "the generator" if chosen_by == "generator" else f"the generator's average (tricks.{chosen_by})"


def choose_device(accelerator: str) -> torch.device:
    """auto: the accelerator where there is one, else the processor. Raises ConfigError for a gpu that is not there."""
    if accelerator != "cpu" and torch.accelerator.is_available():
        return torch.device(torch.accelerator.current_accelerator() or "cpu")
    if accelerator == "gpu":
        raise ConfigError("accelerator=gpu, and torch finds none here: set accelerator=cpu")
    return torch.device("cpu")
