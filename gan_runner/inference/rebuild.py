"""The players of a checkpoint, from that file alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

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
    built = built_of(contents["origin"], f"checkpoint {path}", path.stat().st_size // 2, trust)  # 2 bytes at the least
    system = wanted.of(built)
    if system is None:
        raise ValueError(f"checkpoint {path} holds a {type(built).__name__}: {needs}")
    checkpoints.fit(contents, system, path)
    return system, int(contents.get("global_step", 0))


def built_of(plain: Mapping[str, Any], called: str, most: int, trust: bool = False) -> System:
    """The system that a file describes, with new weights. plain: what it tells of a run, as Origin.plain gives it;
    called: what sentences call the file; most: weights that can lie in it. trust: whether its players may be of any
    class. Raises ValueError for what is untrusted or at odds with itself.
    """
    try:
        origin = Origin.of(plain)
        if not trust:
            check_targets(origin.config)
        numbers = origin.conditions
        makes = make_networks(origin.config, len(numbers.names) if numbers is not None else origin.num_classes)
        if translates(origin.config, origin.source_shape):
            makes["generator"] = partial(makes["generator"], source_shape=origin.source_shape)
        if not trust:  # and a network of one's own need not know torch's meta device
            _check_size(makes, origin.shape, called, most)
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
        raise ConfigError(f"{called} does not describe a whole experiment ({error})") from error
    except (LookupError, TypeError, AttributeError, RuntimeError) as error:
        raise ValueError(f"{called} does not describe a whole experiment ({error})") from error
    return built


def _check_size(makes: Mapping[str, Make], shape: Shape, called: str, most: int) -> None:
    """Networks that cannot lie in a file are not allocated to find out. Raises ValueError."""
    with torch.device("meta"):
        parameters = sum(p.numel() for make in makes.values() for p in make(shape).parameters())
    if parameters > most:
        raise ValueError(
            f"the weights in {called} do not fit its configuration, whose networks have {parameters:,} of them"
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
