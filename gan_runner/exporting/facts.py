"""What a file says of itself, wherever it lies: which network it is, what to ask it with, what it gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import gan_runner
from gan_runner.exporting.discreet import Hidden
from gan_runner.exporting.network import Handed, Input
from gan_runner.exporting.priors import drawing, limits
from gan_runner.systems.capabilities import Samples


def facts(handed: Handed) -> dict[str, str]:
    """Name -> text; lists and numbers are JSON. Only what there is to say."""
    origin = handed.origin
    hidden = Hidden.of({"data": origin.data or {}}, handed.checkpoint)
    told: dict[str, Any] = {
        "summary": hidden.without(summary(handed)),
        "version": gan_runner.__version__,
        "run": hidden.without(_name(handed.checkpoint)),
        "system": type(handed.system).__name__,
        "part": handed.part,
        "weights": handed.weights,
        "batches": handed.batches,
        "seed": origin.config.get("seed"),
        "inputs": {one.name: told_of_input(one) for one in handed.inputs},
        "output": {"name": handed.output, "shape": sides(handed.output_shape), "range": value_range(handed)},
        "remarks": list(handed.remarks) or None,
    }
    if handed.part == "generator":
        prior = cast(Samples, handed.system).latent
        told |= {"prior": drawing(prior).words, "truncation": limits(prior)}
    if origin.conditions is not None and any(one.name == "label" for one in handed.inputs):
        plain = origin.conditions.plain()
        told["labels"] = {key: plain[key] for key in ("names", "mean", "spread")}
    elif any(one.name == "label" for one in handed.inputs):
        told["classes"] = list(origin.called)
    if origin.scales:
        told["scales"] = dict(origin.scales)
    if origin.depth:
        told["depth"] = origin.depth
    return {key: _text(value) for key, value in told.items() if value is not None}


def _name(checkpoint: Path) -> str:
    """Of the run folder, or of a file that lies elsewhere: nothing of the folders above."""
    folder = checkpoint.resolve().parent
    return folder.parent.name if folder.name == "checkpoints" else checkpoint.stem


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def summary(handed: Handed) -> str:
    """A sentence."""
    data = handed.origin.data
    of = f" of {data['name']}" if data else ""
    return f"{handed.part}{of}: {handed.weights} after {handed.batches} batches"


def told_of_input(one: Input) -> dict[str, Any]:
    """An input as JSON."""
    shape = sides(one.shape) if one.batched else list(one.shape)
    return {"shape": shape, "type": str(one.dtype).removeprefix("torch."), "meaning": one.meaning}


def sides(shape: tuple[int | None, ...]) -> list[int | str]:
    """A shape with its batch, free sides by name."""
    return ["N", *(side if side is not None else " HW"[min(place, 2)] for place, side in enumerate(shape))]


def value_range(handed: Handed) -> str:
    """What the numbers of an output mean."""
    if handed.in_bytes:
        return "bytes, 0 to 255"
    if handed.output in ("latent", "points") or len(handed.output_shape) != 3:
        return "any number"
    return "-1 (black) to 1 (white): byte = round((x + 1) * 127.5)"
