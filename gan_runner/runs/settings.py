"""What of a configuration decides the outcome of a run: what runs are compared by, and what a resumed one must keep."""

from collections.abc import Iterator, Mapping
from typing import Any

from gan_runner.runs.initial import contents_of

GROUPS = ("network", "loss", "optimizer", "schedule", "tricks", "system", "latent", "data")
"""The parts that decide the outcome, beside the seed, the precision and the length of the run."""
ASIDE = ("root", "cache", "download", "num_workers", "seed", "fused", "memory_limit_mb", "stream", "on_error", "a", "b",
         "splits")  # fmt: skip
"""Keys in those groups that do not."""
Scalar = bool | int | float | str


def settings(config: Mapping[str, Any]) -> dict[str, Scalar]:
    """The part of a resolved configuration that runs are compared by, flat: dotted names, scalars.

    A group stands for its class (`loss: hinge.Hinge`), the tricks also for the list of their names, init_from for what
    is in that checkpoint.
    """
    flat: dict[str, Scalar] = {"seed": config.get("seed", 0), "tricks": ", ".join(config.get("tricks") or {}) or "none"}
    flat["trainer.max_steps"] = config.get("trainer", {}).get("max_steps", -1)
    if config.get("init_from"):
        flat["init_from"] = contents_of(config["init_from"])
    for group in GROUPS:
        flat |= dict(_scalars(config.get(group), group))
    return flat


def _scalars(node: Any, path: str) -> Iterator[tuple[str, Scalar]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "_target_":
                yield path, ".".join(str(value).split(".")[-2:])
            elif not str(key).startswith("_") and key not in ASIDE:
                yield from _scalars(value, f"{path}.{key}")
    elif isinstance(node, bool | int | float | str):
        yield path, node
    elif node is not None:
        yield path, str(node)
