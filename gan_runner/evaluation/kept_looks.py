"""What an extractor saw in reals, kept on disk: the next run of the same data and net need not look again."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from gan_runner.evaluation.samples import looking
from gan_runner.features.base import FeatureExtractor, Seen, checksum
from gan_runner.files import replacing
from gan_runner.runs.interruption import signals

log = logging.getLogger(__name__)

LEAST = 1_000_000
"""Numbers in the images below which looking is as quick as reading a file."""


def keeping(extractor: FeatureExtractor | None, batch_size: int) -> Callable[[Tensor], Seen]:
    """As `looking`, for reals: what was seen is taken from extractor.kept, or written there."""
    look = looking(extractor, batch_size)
    if extractor is None or extractor.kept is None:
        return look
    folder, net = extractor.kept, extractor

    def find(images: Tensor) -> Seen:
        if images.numel() < LEAST:
            return look(images)
        path = folder / f"{net.name}-{key_of(net, images)}.pt"
        if (found := read(path)) is not None:
            return found
        seen = look(images)
        write(path, seen)
        return seen

    return find


def key_of(extractor: FeatureExtractor, images: Tensor) -> str:
    """Of the net's name, weights and preparation, the kind of device that it computes on, and each byte of the images
    (N, C, H, W).
    """
    device = next(extractor.parameters()).device.type
    net = (extractor.name, checksum(extractor.state_dict()), extractor.prepared)
    facts = (*net, device, torch.__version__, tuple(images.shape))
    known = hashlib.sha256(repr(facts).encode())
    known.update(images.contiguous().numpy().data)
    return known.hexdigest()[:24]


def read(path: Path) -> Seen | None:
    """What `write` left there; None where there is nothing, or where it is damaged, which the log says."""
    if not path.is_file():
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        seen = Seen(content["features"], content["logits"])
        if checksum(present(seen)) != content["crc32"]:
            raise ValueError("its checksum is wrong")
    except Exception as error:  # reading a damaged file raises anything
        log.warning("what was seen of reals in %s is damaged (%s): looking again", path, " ".join(str(error).split()))
        return None
    return seen


def write(path: Path, seen: Seen) -> None:
    """Whole or not at all; where it cannot be written, later runs look again, which the log says."""
    seen = Seen(*(None if part is None else part.cpu() for part in seen))  # type: ignore[arg-type]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with signals.whole(), replacing(path) as beside:
            torch.save({**seen._asdict(), "crc32": checksum(present(seen))}, beside)
    except OSError as error:
        log.warning("features of reals cannot be kept in %s (%s): later runs look again", path.parent, error)


def present(seen: Seen) -> dict[str, Tensor]:
    """Its parts that there are."""
    return {name: part for name, part in seen._asdict().items() if part is not None}
