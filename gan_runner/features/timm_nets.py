"""Nets whose architecture is timm's: made and filled by it, from files that are read as names and tensors alone."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from torch import Tensor, nn

from gan_runner import rng
from gan_runner.config.errors import did_you_mean
from gan_runner.features.pretrained import Fetched, Preparation
from gan_runner.features.weights import Published, state_of

MOST_BYTES = 20_000_000_000  # the largest nets have 19 GB
FILE = "model.safetensors"


class OfTimm(Fetched):
    """A net of timm's, by its name there; the last of its activations before any classifier are the features.

    Its own weights are those that timm names: from torch's cache, from that of huggingface_hub, or, with `download`,
    from huggingface.co (HF_ENDPOINT names a mirror).
    """

    packages = ("timm",)
    side: int | None = None
    """Pixels that images are resized to; None: as many as the net learned with."""

    def __init__(self, net: str, *settings: Any) -> None:
        super().__init__(*settings)
        self.net = net

    @property
    def called(self) -> str:
        return f"timm_{self.net.partition('.')[0]}"

    @property
    def holds(self) -> str:
        return f"timm's {self.net}"

    def published(self) -> Published:
        facts = facts_of(self.net)
        if facts.hf_hub_id:
            name = facts.hf_hub_filename or FILE
            place = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
            address = f"{place}/{facts.hf_hub_id}/resolve/main/{name}"
            return Published(f"{facts.hf_hub_id.rpartition('/')[2]}{Path(name).suffix}", address, MOST_BYTES)
        if facts.url:
            return Published(facts.url.rpartition("/")[2], facts.url, MOST_BYTES)
        raise ValueError(f"nobody has published weights of timm's {self.net}: set features.weights=<file of its state>")

    def places(self) -> list[Path]:
        """Torch's cache, under timm's name or that of the original file, and huggingface_hub's."""
        facts = facts_of(self.net)
        places = [self.published().path]
        if facts.url:
            places.append(Published(facts.url.rpartition("/")[2], facts.url, MOST_BYTES).path)
        if facts.hf_hub_id:
            from huggingface_hub import try_to_load_from_cache

            found = try_to_load_from_cache(facts.hf_hub_id, facts.hf_hub_filename or FILE)
            places += [Path(found)] if isinstance(found, str) else []
        return places

    def build(self, path: Path) -> tuple[nn.Module, Preparation]:
        from timm.data import resolve_model_data_config

        network = filled(self.net, self.state(path), self.side)
        learned = resolve_model_data_config(network)
        height, width = (self.side, self.side) if self.side else learned["input_size"][1:]
        mode: Literal["bilinear", "bicubic"] = "bilinear" if learned["interpolation"] == "bilinear" else "bicubic"
        prepared = Preparation(height, width, mode, tuple(learned["mean"]), tuple(learned["std"]))
        return self.head(network), prepared

    def state(self, path: Path) -> dict[str, Tensor]:
        """What a file holds, in a form that timm knows."""
        return state_of(path)

    def head(self, network: nn.Module) -> nn.Module:
        """What gives the features."""
        return BeforeHead(network)


class BeforeHead(nn.Module):
    """The pooled activations (N, F) that a net of timm's gives its classifier."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Any) -> Any:
        net: Any = self.network
        return net.forward_head(net.forward_features(image), pre_logits=True)


def facts_of(net: str) -> Any:
    """What timm knows of the weights of a net. Raises ValueError for a name that it has not."""
    import timm

    try:
        return timm.get_pretrained_cfg(net, allow_unregistered=False)
    except RuntimeError as error:
        known = timm.list_models()
        architecture, _, tag = net.partition(".")
        if architecture in known and tag:
            tags = [name.partition(".")[2] for name in timm.list_pretrained(f"{architecture}.*")]
            told = f"; there are: {', '.join(tags)}"
        else:
            told = did_you_mean(architecture, known) or ": timm.list_models() lists them"
        raise ValueError(f"features.net={net} is no net of timm's{told}") from error


def filled(net: str, state: Mapping[str, Tensor], side: int | None = None) -> Any:
    """A net of timm's with a state, which timm brings into its form. Raises anything if it does not fit.

    side: pixels of its input, where that shall not be the net's own; only for nets of a fixed size.
    """
    import timm

    size = {} if side is None else {"img_size": side}
    with quiet(), rng.isolated(0):  # it draws weights that are replaced at once
        filling = {"state_dict": dict(state), "custom_load": False}
        network: Any = timm.create_model(net, pretrained=True, pretrained_cfg_overlay=filling, **size)
    network.pretrained_cfg.pop("state_dict", None)  # a copy of the weights
    return network


@contextmanager
def quiet() -> Iterator[None]:
    """Without timm's lines about what it loads."""
    log = logging.getLogger("timm")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)
