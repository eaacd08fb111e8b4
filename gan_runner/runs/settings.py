"""What of a configuration decides the outcome of a run: what runs are compared by, and what a resumed one must keep."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gan_runner.runs.initial import contents_of

GROUPS = ("network", "loss", "likelihood", "optimizer", "schedule", "tricks", "system", "latent", "data")
"""The parts that decide the outcome, beside the seed, the precision and the length of the run."""
PLACES = ("root", "a", "b", "path")
"""Keys in those groups that say where data lies: what lies there decides, and the data's fingerprint tells that."""
OF_FILES = ("file_column", "cache", "memory_limit_mb", "stream", "on_error", "splits")
ASIDE = (*PLACES, *OF_FILES, "download", "num_workers", "fused")
"""Keys in those groups that do not decide."""
TABLES = ("labels",)
"""Keys in those groups that say whether there is something, or name a table of it: that there is one decides, and the
data's fingerprint tells what it says.
"""
SINCE = {"balance": False}
"""Keys that runs of earlier versions had not, and what says that nothing is asked for."""
Scalar = bool | int | float | str


def settings(config: Mapping[str, Any]) -> dict[str, Scalar]:
    """The part of a resolved configuration that runs are compared by, flat: dotted names, scalars.

    A group stands for its class (`loss: hinge.Hinge`), the tricks also for the list of their names, init_from for what
    is in that checkpoint. A part's own seed counts where it is another than the run's.
    """
    seed = config.get("seed", 0)
    found: dict[str, Scalar] = {"seed": seed, "tricks": ", ".join(config.get("tricks") or {}) or "none"}
    found["trainer.max_steps"] = config.get("trainer", {}).get("max_steps", -1)
    if config.get("init_from"):
        found["init_from"] = contents_of(config["init_from"])
    for group in GROUPS:
        found |= dict(flat(config.get(group), group, ASIDE))
    without = SINCE | {"seed": seed}
    return {key: value for key, value in found.items() if "." not in key or without.get(_last(key)) != value}


def flat(node: Any, path: str, aside: Collection[str] = ()) -> Iterator[tuple[str, Scalar]]:
    """Dotted names and scalars of a node, but for keys that are left aside at any depth."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "_target_":
                yield path, ".".join(str(value).split(".")[-2:])
            elif not str(key).startswith("_") and key not in aside:
                yield from flat(value, f"{path}.{key}", aside)
    elif isinstance(node, str) and _last(path) in TABLES:
        yield path, "a table"
    elif isinstance(node, bool | int | float | str):
        yield path, node
    elif node is not None:
        yield path, str(node)


def _last(key: str) -> str:
    return key.rpartition(".")[2]
