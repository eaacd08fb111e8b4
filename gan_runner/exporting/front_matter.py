"""The head of a card, as Hugging Face reads it: YAML between two lines of dashes.

Source of the fields: huggingface.co/docs/hub/model-cards, and huggingface_hub.ModelCardData.
"""

from __future__ import annotations

import math
from typing import Any

import yaml  # type: ignore[import-untyped]

from gan_runner.exporting import licences
from gan_runner.exporting.history import History
from gan_runner.exporting.network import Handed
from gan_runner.figures import by_weight, is_control, is_headline, is_of_one_class, reported, scalar_of
from gan_runner.images.captions import caption_of
from gan_runner.systems.capabilities import Plays

LIBRARY = "gan_runner"
ON_THE_HUB = {
    "gan_runner.data.mnist.MNIST": "ylecun/mnist",
    "gan_runner.data.fashion_mnist.FashionMNIST": "zalando-datasets/fashion_mnist",
    "gan_runner.data.cifar10.CIFAR10": "uoft-cs/cifar10",
}
"""Class of published data -> its name on the hub."""


def front_matter(handed: Handed, told: History, form: str, licence: str | None, title: str, data: str) -> str:
    """With its dashes. title: what the model is called; data: what its data is called."""
    fields: dict[str, Any] = {**licences.fields(licence), "library_name": LIBRARY, "tags": _tags(handed, told, form)}
    if task := task_of(handed):
        fields["pipeline_tag"] = task
    node = handed.origin.config.get("data") or {}
    if known := [ON_THE_HUB[target] for target in _targets(node) if target in ON_THE_HUB]:
        fields["datasets"] = known
    figures = [name for name in by_weight(told.figures) if _is_told(name, told)]
    if figures:
        fields["metrics"] = list(dict.fromkeys(scalar_of(reported(name)) for name in figures))
        fields["model-index"] = [_result(handed, told, figures, title, data)]
    text: str = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=1000)
    return f"---\n{text}---\n"


def task_of(handed: Handed) -> str | None:
    """The hub's name for what the network does, where it has one: none of points, nor of classes that are asked for."""
    if len(handed.origin.shape) != 3:
        return None
    if handed.part == "generator":
        asked = any(one.name == "label" for one in handed.inputs)
        return None if asked else "unconditional-image-generation"
    return "image-feature-extraction" if handed.output == "latent" else "image-to-image"


def _tags(handed: Handed, told: History, form: str) -> list[str]:
    model = (told.facts.get("choices") or {}).get("model")
    kind = "gan" if Plays.of(handed.system) else "autoencoder"
    found = [LIBRARY.replace("_", "-"), kind, model or type(handed.system).__name__.lower(), form]
    return list(dict.fromkeys(one.replace("_", "-") for one in found))


def _targets(node: Any) -> list[str]:
    """The classes of a node of data, those that it is made of too."""
    if not isinstance(node, dict):
        return []
    own = [str(node["_target_"])] if "_target_" in node else []
    return own + [target for value in node.values() for target in _targets(value)]


def _is_told(name: str, told: History) -> bool:
    return not is_control(name) and not is_of_one_class(name) and math.isfinite(told.figures[name])


def _result(handed: Handed, told: History, figures: list[str], title: str, data: str) -> dict[str, Any]:
    """What runs are compared by; all that was measured where nothing is."""
    shown = [name for name in figures if is_headline(name)] or figures
    metrics = [
        {"type": scalar_of(reported(name)), "value": round(told.figures[name], 6), "name": _named(name)}
        for name in shown
    ]
    task = {"type": task_of(handed) or "other", "name": handed.part}
    return {"name": title, "results": [{"task": task, "dataset": {"name": data, "type": data}, "metrics": metrics}]}


def _named(name: str) -> str:
    caption = caption_of(name)
    return f"{caption.short} ({reported(name)})" if caption else reported(name)
