"""What a configuration that came with a file may build: classes of this package and torch's optimizers, no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from inspect import ismodule
from typing import Any

from gan_runner.config.schema import targets

VOUCH = "set trust=true"
"""How a command line vouches for classes of one's own, at the end of a sentence."""

ALLOWED = ("gan_runner", "torch.optim")
"""Packages (torch.optim.lr_scheduler among them) whose own classes a `_target_` may name."""

LIGHTNING = "pytorch_lightning"
"""Whose loggers and callbacks a run folder may name besides: resuming builds the trainer too."""

UNBUILT = ("trainer", "callbacks", "logger", "metrics", "features", "data")
"""Sections that rebuilding the players does not read: they may name anything, which is never imported."""


MOVED = {
    "gan_runner.trainer.Trainer": "gan_runner.training.trainer.Trainer",
    "gan_runner.loggers.CSV": "gan_runner.training.loggers.CSV",
    "gan_runner.schedules.ConstantThenLinear": "gan_runner.training.schedules.ConstantThenLinear",
    "gan_runner.archives.Archive": "gan_runner.data.fetching.archives.Archive",
}
"""What run folders and checkpoints of earlier versions call classes that have moved, and their present names."""


def with_present_names(node: Any) -> Any:
    """A copy of plain containers in which each `_target_` that has moved has its present name."""
    if isinstance(node, Mapping):
        return {
            key: MOVED.get(value, value) if key == "_target_" and isinstance(value, str) else with_present_names(value)
            for key, value in node.items()
        }
    return [with_present_names(value) for value in node] if isinstance(node, list) else node


def vouched(overrides: Sequence[str]) -> bool:
    """Whether a command line says trust=true. A file cannot: it may come from anywhere."""
    given = [override.partition("=") for override in overrides]
    said = [value.strip().lower() for key, _, value in given if key.lstrip("+") == "trust"]
    return said[-1:] == ["true"]


def check_targets(config: Mapping[str, Any], unbuilt: Sequence[str] = UNBUILT) -> None:
    """Refuse a configuration that could call anything but the classes of ALLOWED when its parts are built.

    Whoever writes a checkpoint writes its configuration, and instantiating one calls what `_target_` names. Nothing
    outside ALLOWED is imported to find out. Raises ValueError naming the key, what it asks for, and the way to vouch
    for classes of one's own.
    """
    for key, value in config.items():
        if key not in unbuilt:
            _check(value, str(key))


def check_folder_targets(config: Mapping[str, Any]) -> None:
    """Refuse a run folder whose resolved configuration names other classes than this package's, torch's optimizers
    and Lightning's. Raises ValueError naming the key and the way to vouch for classes of one's own.
    """
    for path, node in targets(config, ""):
        if not _is_allowed_class(node["_target_"], (*ALLOWED, LIGHTNING)):
            raise ValueError(
                f"{path}._target_={node['_target_']!r} in this run folder is not trusted: if it names a class of your "
                f"own, {VOUCH}"
            )


def _check(value: Any, path: str) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            # A part is copied by dict(), to which a list of two-key mappings is a mapping from keys to keys.
            if not (isinstance(key, str) and key.isidentifier()):
                raise ValueError(
                    f"the configuration in this checkpoint has the key {key!r} at {path}, which is no name"
                )
            if key == "_target_":
                _check_target(inner, path)
            else:
                _check(inner, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            _check(inner, f"{path}[{index}]")
    elif isinstance(value, str) and ("${" in value or value == "_target_"):
        # Interpolations are resolved after this check and dict() pairs up lists: either could make a target of it.
        raise ValueError(f"the configuration in this checkpoint has {path}={value!r}, which is not a plain value")


def _check_target(target: Any, path: str) -> None:
    if not _is_allowed_class(target, ALLOWED):
        raise ValueError(
            f"the configuration in this checkpoint has {path}._target_={target!r}, which is not trusted: it is "
            f"no class of {' or '.join(ALLOWED)} as installed here; if it names a class of your own, {VOUCH}"
        )


def _is_allowed_class(target: Any, allowed: tuple[str, ...]) -> bool:
    """Follow the dotted name as instantiation does, attribute first and submodule second, staying inside `allowed`."""
    package = next((name for name in allowed if isinstance(target, str) and target.startswith(f"{name}.")), None)
    if package is None:
        return False
    found: Any = import_module(package)
    for part in target.removeprefix(f"{package}.").split("."):
        if not ismodule(found) or not _inside(found.__name__, allowed):
            return False
        try:
            found = vars(found)[part] if part in vars(found) else import_module(f"{found.__name__}.{part}")
        except Exception:  # no such module, or a name that none can have
            return False
    return isinstance(found, type) and _inside(found.__module__, allowed)


def _inside(module: str, allowed: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in allowed)
