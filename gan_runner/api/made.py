"""What a system is asked for in Python, beside what the commands write of it."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gan_runner import rng
from gan_runner.api.given import read_all
from gan_runner.api.images import Samples, Translations
from gan_runner.assemble import build_data
from gan_runner.config.trust import check_targets
from gan_runner.exporting.folding import fold
from gan_runner.images.depths import Depth, pixels_of
from gan_runner.images.ranges import to_unit_range
from gan_runner.inference.evaluate import keep_classes
from gan_runner.inference.rebuild import choose_device, weights_of
from gan_runner.inference.request import DataRequest, SampleRequest, TranslateRequest
from gan_runner.inference.sample import NEEDS, classes_asked, columns, drawn, weights_in_words
from gan_runner.inference.translate import NEEDS as NEEDS_IMAGES
from gan_runner.inference.translate import has_holes, prepare
from gan_runner.systems.base import System
from gan_runner.systems.capabilities import Encodes, Translates
from gan_runner.systems.capabilities import Samples as Sampling


def sampling(system: System, checkpoint: Path) -> Sampling:
    """The system, that makes samples. Raises ValueError for another."""
    found = Sampling.of(system)
    if found is None:
        raise ValueError(f"checkpoint {checkpoint} holds a {type(system).__name__}: {NEEDS}")
    return found


def samples(request: SampleRequest, system: System, batches: int) -> Samples:
    """Samples as gan-sample draws them."""
    able = sampling(system, request.checkpoint)
    classes = classes_asked(request, able)
    found = drawn(request, able, classes, choose_device(request.accelerator))
    tensor = torch.cat([*found.draws])
    across = columns(len(classes), len(tensor))
    label = None if found.label is None else found.label.numpy()
    above = [found.names[y] for y in classes * (across // len(classes))] if across else []
    weights = weights_in_words(able, found.chosen_by, batches)
    return Samples(
        pixels_of(tensor, found.depth) if tensor.ndim > 2 else tensor.numpy(),
        label,
        found.names if label is not None else (),
        f"{found.count} samples of {weights}, seed {request.seed}",
        tensor,
        across,
        system.origin.fourth_is_band,
        above,
    )


def translations(request: TranslateRequest, system: System, batches: int, images: Any, mask: Any) -> Translations:
    """Translations as gan-translate makes them."""
    able = Translates.of(system)
    if able is None:
        raise ValueError(f"checkpoint {request.checkpoint} holds a {type(system).__name__}: {NEEDS_IMAGES}")
    request.check_damage()
    translator = prepare(request, able, choose_device(request.accelerator))
    given = read_all(images, translator, mask)
    parts: list[dict[str, Tensor]] = []
    with rng.isolated(request.seed):
        for start in range(0, len(given), request.batch_size):
            batch = given[start : start + request.batch_size]
            parts.append(translator(np.stack(batch), range(start, start + len(batch))))
    made = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    weights = weights_of(able.chosen_by(request.direction), system.origin.config.get("tricks") or ())
    what = translator.made if Encodes.of(system) else f"translated {request.direction}"
    pixels = {name: pixels_of(column) for name, column in made.items()}
    told = f"{len(given)} images {what} by {weights} after {batches} batches"
    return Translations(pixels[translator.made], pixels, told, made)


def of_the_data(request: DataRequest, system: System) -> Samples:
    """Images or points of a split, drawn by a seed: those that are translated, where there are such, without their
    holes; else reals.
    """
    origin, split, trust = system.origin, request.split, request.trust
    if not trust:
        check_targets({"data": origin.config["data"]}, unbuilt=())
    data = build_data(origin.config)
    data.settle(origin.scales)
    keep_classes(system, data)
    data.check()
    deck = data.deck(split)
    generator = torch.Generator().manual_seed(request.seed)
    batch = deck[torch.randperm(len(deck), generator=generator)[: request.num_samples]]
    starts = batch.source is not None and not has_holes(origin.config["data"], trust)
    tensor = to_unit_range(batch.source if starts and batch.source is not None else batch.real).contiguous()
    depth = Depth.of(origin.depth, (origin.scales or {}).get("real"))
    label = None if batch.label is None else batch.label.numpy()
    return Samples(
        pixels_of(tensor, None if starts else depth) if tensor.ndim > 2 else tensor.numpy(),
        label,
        origin.called if label is not None and label.ndim == 1 else (),
        f"{len(tensor)} {'images to start from' if starts else 'reals'} of the {split} split",
        tensor,
        None,
        origin.fourth_is_band,
    )


def plain_generator(system: System) -> nn.Module:
    """A copy of the network that samples or translates. Raises ValueError for a system that has none."""
    able, translates = Sampling.of(system), Translates.of(system)
    if able is not None:
        network = able.sampler()[0]
    elif translates is not None:
        network = translates.translator(translates.directions[0])
    else:
        raise ValueError(f"{type(system).__name__} makes neither samples nor translations: it has no generator")
    network = deepcopy(network).cpu().float().eval().requires_grad_(False)
    fold(network)
    return network
