"""What lies beside a file in a folder: a card, a picture of samples, and what weights are to be built into."""

from __future__ import annotations

from pathlib import Path

from gan_runner.exporting.card import card
from gan_runner.exporting.checking import Checked
from gan_runner.exporting.network import Handed
from gan_runner.exporting.request import CARD
from gan_runner.exporting.samples import write_samples
from gan_runner.files import replacing, write_json

PICTURE, CONFIG = "samples.png", "config.json"


def beside(handed: Handed, checked: Checked, form: str, file: Path, licence: str | None) -> list[Path]:
    """Write them. Returns all files that are handed on, the first of them the file itself."""
    folder = file.parent
    written = [file]
    picture = folder / PICTURE
    if write_samples(handed, picture):
        written.append(picture)
    if form == "safetensors":
        from gan_runner.exporting.safetensors import recipe

        write_json(folder / CONFIG, {"library": "gan_runner", **recipe(handed)})
        written.append(folder / CONFIG)
    text = card(handed, checked, form, file.name, licence, PICTURE if picture in written else None)
    with replacing(folder / CARD) as new:
        new.write_text(text, encoding="utf-8")
    return [*written, folder / CARD]
