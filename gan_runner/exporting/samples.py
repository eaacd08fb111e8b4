"""The picture of a card: what gan-sample draws of the same weights, by the network that is handed on."""

from __future__ import annotations

from pathlib import Path

import torch

from gan_runner.exporting.network import Handed
from gan_runner.exporting.snippets import SEED, columns, count_of, named
from gan_runner.images.drawing import bands_shown, in_colour
from gan_runner.images.ranges import to_unit_range
from gan_runner.images.writing import write_picture

BATCH = 64


@torch.no_grad()
def write_samples(handed: Handed, path: Path) -> bool:
    """Draw what the network makes of latents, classes in columns; points as points. False for one that takes images:
    a picture of it would show images of the data, whose owner nobody has asked.
    """
    if handed.part != "generator":
        return False
    count = count_of(handed)
    given = handed.examples(count, SEED)
    batched = [one.batched for one in handed.inputs]
    parts = []
    for start in range(0, count, BATCH):
        batch = [one[start : start + BATCH] if cut else one for one, cut in zip(given, batched, strict=True)]
        parts.append(handed.module(*batch))
    made = to_unit_range(torch.cat(parts), torch.contiguous_format)
    origin, across, names = handed.origin, columns(handed), []
    if origin.kind == "images" and bands_shown(origin.shape[0], origin.fourth_is_band):
        made = in_colour(made)
    label = named(handed, "label")
    if label is not None and not label.dtype.is_floating_point and across % (origin.num_classes or 1) == 0:
        names = [origin.called[place % len(origin.called)] for place in range(across)]
    write_picture(path, made, origin.kind, across, names)
    return True
