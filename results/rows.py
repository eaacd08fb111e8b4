"""Samples of the recipes of a table, one row each, a column for each class: docs/images/<table>.png

    python results/rows.py [outputs=outputs]      # make tables does it too

From the run of the lowest seed whose folder is there; a table of which a recipe has none keeps its picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from columns import TABLES
from pictures import first_rows, numbered, save_grey
from runs import ROOT, Run, counted
from tables import by_row

DRAWN = ["equal_time_mnist", "equal_time_fashion"]
"""Tables of conditional recipes, whose sample grids have a column for each class."""
IMAGES = ROOT / "docs" / "images"
MARGIN, LETTERS = 230, 22
"""Pixels for the names, left of the rows, and the height of their letters."""


def main(images: Path = IMAGES) -> None:
    """Draw the tables whose runs are there."""
    found = counted()
    images.mkdir(parents=True, exist_ok=True)
    for name in DRAWN:
        rows = by_row(found, name)
        if rows and all(first_of(runs) for runs in rows.values()):
            save_grey(drawn({row: rows[row] for row in TABLES[name].ranked(rows)}), images / f"{name}.png")


def first_of(runs: Sequence[Run]) -> Path | None:
    """The folder of samples of the lowest seed that has one."""
    folders = [run.folder / "samples" for run in runs if run.folder is not None]
    return next((folder for folder in folders if folder.is_dir()), None)


def drawn(rows: Mapping[str, Sequence[Run]]) -> Image.Image:
    """The first row of each last grid, beside the name of its recipe."""
    grids = [last_of(folder) for runs in rows.values() if (folder := first_of(runs))]
    samples = first_rows(grids)
    sheet = Image.new("L", (MARGIN + samples.width, samples.height), 255)
    sheet.paste(samples, (MARGIN, 0))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(LETTERS)
    for index, runs in enumerate(rows.values()):
        middle = (index + 0.5) * samples.height / len(rows)
        draw.text((4, middle), runs[0].experiment.rpartition("/")[2], fill=0, font=font, anchor="lm")
    return sheet


def last_of(samples: Path) -> Image.Image:
    grids = numbered(samples)
    return grids[max(grids)]


if __name__ == "__main__":
    main()
