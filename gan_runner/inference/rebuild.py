"""The players of a checkpoint, from that file alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

import torch

from gan_runner.assemble import build_system, make_networks
from gan_runner.config.compatibility import translates
from gan_runner.config.errors import ConfigError
from gan_runner.config.trust import check_targets
from gan_runner.runs import checkpoints
from gan_runner.systems.base import System
from gan_runner.types import Make, Origin, Shape

Wanted = TypeVar("Wanted", bound=System)


def rebuild(wanted: type[Wanted], path: Path, needs: str, trust: bool = False) -> tuple[Wanted, int]:
    """The system that a checkpoint holds, on the processor, and the batches it has seen. Needs no data.

    wanted: what it must be able to do; `needs` ends the sentence that refuses any other. trust: whether its players may
    be of any class that can be imported. Raises FileNotFoundError or ValueError for a file that is missing, damaged,
    untrusted or at odds with itself.
    """
    contents = checkpoints.load(path)
    try:
        origin = Origin.of(contents["origin"])
        if not trust:
            check_targets(origin.config)
        numbers = origin.conditions
        makes = make_networks(origin.config, len(numbers.names) if numbers is not None else origin.num_classes)
        if translates(origin.config, origin.source_shape):
            makes["generator"] = partial(makes["generator"], source_shape=origin.source_shape)
        if not trust:  # and a network of one's own need not know torch's meta device
            _check_size(makes, origin.shape, path)
        built = build_system(
            origin.config,
            origin.shape,
            origin.num_classes,
            origin.source_shape,
            origin.class_names,
            origin.conditions,
        )
        built.origin = origin
    except ConfigError as error:  # no command line made it
        raise ConfigError(f"checkpoint {path} does not describe a whole experiment ({error})") from error
    except (LookupError, TypeError, AttributeError, RuntimeError) as error:
        raise ValueError(f"checkpoint {path} does not describe a whole experiment ({error})") from error
    system = wanted.of(built)
    if system is None:
        raise ValueError(f"checkpoint {path} holds a {type(built).__name__}: {needs}")
    checkpoints.fit(contents, system, path)
    return system, int(contents.get("global_step", 0))


def _check_size(makes: Mapping[str, Make], shape: Shape, path: Path) -> None:
    """Networks that cannot lie in the file are not allocated to find out. Raises ValueError."""
    with torch.device("meta"):
        parameters = sum(p.numel() for make in makes.values() for p in make(shape).parameters())
    if 2 * parameters > path.stat().st_size:  # 2 bytes at the least each
        raise ValueError(
            f"the weights in checkpoint {path} do not fit its configuration, whose networks have {parameters:,} of them"
        )


def weights_of(chosen_by: str, tricks: Collection[str]) -> str:
    """Which weights a system's sampler has, in words; `chosen_by`: the name of a trick, or of the network itself."""
    return f"the generator's average (tricks.{chosen_by})" if chosen_by in tricks else f"the {chosen_by}"


def choose_device(accelerator: str) -> torch.device:
    """auto: the accelerator where there is one, else the processor. Raises ConfigError for a gpu that is not there."""
    if accelerator != "cpu" and torch.accelerator.is_available():
        return torch.device(torch.accelerator.current_accelerator() or "cpu")
    if accelerator == "gpu":
        raise ConfigError("accelerator=gpu, and torch finds none here: set accelerator=cpu")
    return torch.device("cpu")
