"""A set as one zip of images of one size, in the layout of StyleGAN's tools.

Members are PNG files, not compressed, called 00000/img00000000.png and on; dataset.json holds
{"labels": [[name, class], …]}, [[name, [number, …]], …] of numbers for labels, or null without labels (Karras et al.
2021, github.com/NVlabs/stylegan3, dataset_tool.py). Its readers ask for nothing else; for ours are "class_names",
"label_names", and "wholes": [[name, number], …] of images that are pages of one file or slices of one volume.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from math import floor, log10
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from gan_runner.config.errors import ConfigError
from gan_runner.data.decks import Deck, labels_or_numbers_of
from gan_runner.files import replacing
from gan_runner.images.drawing import IN_A_PICTURE
from gan_runner.looking.findings import Findings, unwrapped
from gan_runner.looking.traits import as_bytes
from gan_runner.types import Conditions, Split
from gan_runner.waiting.preparing import preparing

LABELS = "dataset.json"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of each member, so that equal sets are equal files."""
AT_ONCE = 64
EXACT = 5
"""Numbers for labels are kept in float32, over their spread: so many decimals of the spread are what they were."""


def files_of(found_apart: bool, output: Path) -> dict[Split, Path]:
    """The file of each split. Images that are held out have one of their own, where they have a folder of their own:
    the layout knows no splits, and whoever reads it would train on them.
    """
    files: dict[Split, Path] = {"train": output}
    return files | {"test": output.with_name(f"{output.stem}-test{output.suffix}")} if found_apart else files


def pack(found: Findings, output: Path) -> dict[Path, int]:
    """Write the set; file -> how many images it holds. Raises ConfigError for bands that a PNG does not hold, or would
    show as transparency.
    """
    if found.folder.fourth_is_band:
        raise ConfigError("output=<file>.zip holds PNG files, which have no fourth band: set channels=3")
    if (bands := found.folder.shape[0]) not in IN_A_PICTURE:
        raise ConfigError(
            f"output=<file>.zip holds PNG files, of grey, colour and transparency, and these images have {bands} "
            "bands: leave output out, training reads them where they lie"
        )
    apart = found.folder.places.test is not None
    written = {}
    for split, file in files_of(apart, output).items():
        deck, positions = _rows(found, split, apart)
        written[file] = write(file, deck, positions, found.class_names, found.folder.conditions)
    return written


def _rows(found: Findings, split: Split, apart: bool) -> tuple[Deck, Tensor]:
    """A deck and the positions that go into a file: with the share that is held out, which is drawn again."""
    deck, positions = unwrapped(found.folder.deck(split))
    if split == "train" and not apart and found.folder.has_test_split and len(found.rows["test"]):
        positions = torch.cat([positions, unwrapped(found.folder.deck("test"))[1]]).sort().values
    return deck, positions


def write(
    output: Path, deck: Deck, positions: Tensor, class_names: Sequence[str], conditions: Conditions | None = None
) -> int:
    """The images at some positions of a deck, in this order, as a zip. Returns how many there are.

    conditions: what numbers for labels are called, and how they were scaled, which the zip's are not.
    """
    labels = labels_or_numbers_of(deck)
    parts: Tensor | None = getattr(deck, "parts", None)
    pairs: list[list[Any]] = []
    with replacing(output) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as archive, preparing(
        "packing", len(positions), "images"
    ) as done:  # fmt: skip
        for part in positions.split(AT_ONCE):
            for position, image in zip(part.tolist(), as_bytes(deck[part].real), strict=True):
                number = f"{len(pairs):08d}"
                label = None if labels is None else _label(labels[position].tolist(), conditions)
                pairs.append([f"{number[:5]}/img{number}.png", label])
                archive.writestr(zipfile.ZipInfo(pairs[-1][0], EPOCH), as_png(image))
            done(len(part))
        content: dict[str, Any] = {"labels": None if labels is None else pairs}
        content |= {"class_names": list(class_names)} if class_names else {}
        content |= {"label_names": list(conditions.names)} if conditions is not None else {}
        if parts is not None:
            wholes = zip(pairs, parts[positions].tolist(), strict=True)
            content["wholes"] = [[name, whole] for (name, _), whole in wholes]
        archive.writestr(zipfile.ZipInfo(LABELS, EPOCH), json.dumps(content))
    return len(pairs)


def _label(label: Any, conditions: Conditions | None) -> Any:
    """A class, or numbers as they were before they were scaled."""
    if conditions is None:
        return label
    scaled = zip(label, conditions.mean, conditions.spread, strict=True)
    return [round(mean + value * spread, EXACT - floor(log10(spread))) for value, mean, spread in scaled]


def as_png(image: Tensor) -> bytes:
    """Bytes (C, H, W) as a PNG file that is not compressed."""
    array = image.permute(1, 2, 0).numpy()
    stream = io.BytesIO()
    Image.fromarray(array[..., 0] if array.shape[2] == 1 else array).save(stream, "PNG", compress_level=0)
    return stream.getvalue()
