"""A composed configuration, looked at without following its references."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeGuard

from omegaconf import DictConfig


def is_mapping(node: Any) -> TypeGuard[DictConfig]:
    """Whether a node has keys of its own."""
    return isinstance(node, DictConfig) and not node._is_none() and not node._is_interpolation()


def child(node: Any, key: str) -> Any:
    """The node at a dotted key below another, as it is written; None where there is none."""
    for name in key.split(".") if key else ():
        if not is_mapping(node) or name not in node.keys():  # noqa: SIM118  # `in` denies a key without a value
            return None
        node = node._get_node(name)
    return node


def raw(node: Any, key: str) -> Any:
    """A value at a dotted key as it is written, references and all; None where there is none."""
    found = child(node, key)
    return None if found is None or isinstance(found, DictConfig) else found._value()


def first_missing(config: DictConfig, key: str) -> str | None:
    """The shortest beginning of a dotted key that a mapping on the way has not; None where all are there."""
    names = key.split(".")
    for length in range(1, len(names) + 1):
        if not is_mapping(child(config, ".".join(names[: length - 1]))):
            return None
        if child(config, ".".join(names[:length])) is None:
            return ".".join(names[:length])
    return None


def flat(node: Any, path: str = "") -> Iterator[str]:
    """Every key below a node, dotted."""
    if is_mapping(node):
        for name in node:
            inner = ".".join(filter(None, (path, str(name))))
            yield inner
            yield from flat(node._get_node(name), inner)


def parts_below(config: DictConfig, path: str) -> dict[str, str]:
    """The keys of a mapping that name a class, and that class: optimizer.generator: torch.optim.Adam."""
    node = child(config, path)
    names = [str(name) for name in node] if is_mapping(node) else []
    found = {name: raw(node, f"{name}._target_") for name in names}
    return {f"{path}.{name}": target for name, target in found.items() if isinstance(target, str)}
