"""comparison.png of a sweep: a row for each setting, a column for each moment, beside what differs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import wrap

from PIL import Image, ImageDraw

from gan_runner.images.captions import FAKE, GREY, INK, WHITE, arrowed, batches
from gan_runner.images.fields import box_of, cell_of, field_of
from gan_runner.images.lettering import BAND, banner, say, stacked
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.jobs import Job
from gan_runner.runs.summary import Row, told_of

MOMENTS, ROWS = 5, 12
"""The most columns and rows."""
CELLS, SIDE, GAP = 5, 180, 6
"""How many images a side of a grid are shown, of how many pixels together, and between two moments."""
TEXT, LETTERS, LINE = 340, 13, 18
"""Pixels for the words left of a row, the height of their letters and of a line."""
SERIES = (r"(\d+)", r"a2b_(\d+)", r"reconstruction_(\d+)", r"\w+?_(\d+)")
"""The names of pictures that show a run over time, the most telling first."""


def drawn(table: Sequence[Row], names: Sequence[str]) -> Image.Image | None:
    """Of the rows of a summary, the first ROWS; None where no run has left a picture. names: figures that are told."""
    shown = {row.settings: pictures_of(job) for row in table[:ROWS] if (job := job_of(row)) is not None}
    at = moments([number for found in shown.values() for number in found])
    if not at:
        return None
    strips = [_row(row, shown.get(row.settings, {}), at, names) for row in table[:ROWS]]
    width = strips[0].width
    above = Image.new("RGB", (width, BAND), WHITE)
    draw = ImageDraw.Draw(above)
    for index, number in enumerate(at):
        middle = TEXT + index * (SIDE + GAP) + SIDE / 2
        say(draw, (middle, BAND / 2), f"after {batches(number)}", LETTERS, SIDE + GAP)
    below = [_legend(shown, width)]
    if len(table) > ROWS:
        below.append(banner(f"and {len(table) - ROWS} more settings: summary.md", width))
    return stacked([above, *strips, *filter(None, below)])


def job_of(row: Row) -> Job | None:
    """Whose pictures stand for a setting: a finished job's if there is one, of the first seed."""
    return next(iter([*row.played, *row.begun]), None)


def pictures_of(job: Job) -> dict[int, Path]:
    """What a run has drawn over time, by batches; of one whose figures were taken from another, that one's."""
    run = RunFolder(Path(RunFolder(job.folder).facts().get("same_as", job.folder)))
    for name in SERIES:
        numbered = {path: re.fullmatch(name, path.stem) for path in sorted(run.samples.glob("*.png"))}
        if found := {int(match[1]): path for path, match in numbered.items() if match}:
            return found
    return {}


def moments(numbers: Sequence[int]) -> list[int]:
    """At most MOMENTS of these batches, the first and the last among them, ever further apart."""
    every = sorted(set(numbers))
    if len(every) <= MOMENTS:
        return every
    steps = [(len(every) - 1) ** (index / (MOMENTS - 2)) for index in range(MOMENTS - 1)]
    places = [0]
    for index, step in enumerate(steps):
        places.append(min(max(places[-1] + 1, round(step)), len(every) - len(steps) + index))
    return [every[place] for place in places]


def nearest(found: Mapping[int, Path], at: Sequence[int], moment: int) -> int | None:
    """The picture that stands in the column of a moment: no other column is nearer to it."""
    own = [number for number in found if min(at, key=lambda one: abs(one - number)) == moment]
    return min(own, key=lambda number: abs(number - moment), default=None)


def _row(row: Row, found: Mapping[int, Path], at: Sequence[int], names: Sequence[str]) -> Image.Image:
    """The words of a setting, and its pictures."""
    lines = [(line, INK if line_is_figure else (0, 0, 0)) for line, line_is_figure in _words(row, names, bool(found))]
    unfinished = _unfinished(row)
    height = max(SIDE if found else 0, LINE * (len(lines) + len(unfinished))) + GAP
    strip = Image.new("RGB", (TEXT + len(at) * (SIDE + GAP), height), WHITE)
    draw = ImageDraw.Draw(strip)
    draw.line((0, 0, strip.width, 0), fill=GREY)
    for index, (line, colour) in enumerate([*lines, *((line, FAKE) for line in unfinished)]):
        say(draw, (6, GAP + LINE * (index + 0.5)), line, LETTERS, TEXT - 12, colour, "lm")
    for index, moment in enumerate(at):
        left = TEXT + index * (SIDE + GAP)
        number = nearest(found, at, moment)
        if number is None:
            say(draw, (left + SIDE / 2, height / 2), "no picture", LETTERS, SIDE, GREY)
            continue
        with Image.open(found[number]) as picture:
            cell = smaller(picture)
        strip.paste(cell, (left, GAP))
        if number != moment:
            say(draw, (left + 3, GAP + SIDE - 8), f"after {batches(number)}", 11, SIDE, INK, "lm", halo=True)
    return strip


def _words(row: Row, names: Sequence[str], drew: bool) -> list[tuple[str, bool]]:
    """What differs, the figures of the finished runs, and whose pictures these are; whether it is a figure."""
    settings = [line for word in row.settings.split(" ") for line in wrap(word, 46, break_on_hyphens=False)]
    figures = [f"{arrowed(name)} {told_of(row, name)}" for name in names if name in row.figures]
    job = job_of(row)
    whose = f"; pictures of seed {job.seed}" if job is not None and drew else ""
    ended = f"{row.finished} of {row.jobs} runs finished{whose}"
    return [*((line, False) for line in settings), *((line, True) for line in [*figures, ended])]


def _unfinished(row: Row) -> list[str]:
    """What became of the jobs that came to no end."""
    ended = [job for job in row.begun if job.status != "finished"]
    told = [f"seed {job.seed}: {job.status}{f', {job.why}' if job.why else ''}" for job in ended]
    lines = [line for one in told[:2] for line in wrap(one, 46)[:4]]
    return [*lines, *([f"and {len(told) - 2} more"] if len(told) > 2 else [])]


def smaller(picture: Image.Image) -> Image.Image:
    """The data of a picture without its words, of a grid its first images, within SIDE × SIDE."""
    field, cell = field_of(picture).convert("RGB"), cell_of(picture)
    if cell is not None:
        field = field.crop((0, 0, min(field.width, CELLS * cell[0] + 2), min(field.height, CELLS * cell[1] + 2)))
    scale = SIDE / max(field.size)
    size = (max(1, round(field.width * scale)), max(1, round(field.height * scale)))
    return field.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.NEAREST)


def _legend(shown: Mapping[str, Mapping[int, Path]], width: int) -> Image.Image | None:
    """What scatter plots have below their field."""
    path = next((found[max(found)] for found in shown.values() if found), None)
    if path is None:
        return None
    with Image.open(path) as picture:
        left, top, _, height = box_of(picture)
        if cell_of(picture) is not None or picture.height - top - height < BAND:
            return None
        strip = picture.convert("RGB").crop((left, top + height + 20, picture.width, picture.height))
    sheet = Image.new("RGB", (width, strip.height), WHITE)
    sheet.paste(strip, (max(0, min(TEXT, width - strip.width)), 0))  # whole beside few moments, too
    return sheet
