"""A set of image files in a line, for the beginning of a run: what gan-data tells at length."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from gan_runner.data.containers.inside import AnImage, InsidePath
from gan_runner.data.files.contents import UNREADABLE
from gan_runner.data.files.headers import tried

LOOKED_AT = 32
"""Files whose sizes are read, at even distances: a run does not wait for those of all."""


def in_short(
    paths: Sequence[AnImage],
    classes: Collection[str] | None,
    known: Mapping[str, str],
    held_out: Mapping[str, str] | None = None,
) -> str:
    """How many images there are, their sizes, their classes and, by the digests of files, how many are copies.
    gan-data names these.

    known: name -> digest, empty where nobody has read the files. held_out: those of the split to measure by.
    """
    parts = [f"{len(paths):,} image{'' if len(paths) == 1 else 's'}{_sizes(paths)}"]
    parts += [f"{len(classes)} class{'es' if len(classes) > 1 else ''}"] if classes else []
    read = [one for one in known.values() if one != UNREADABLE]
    if copies := len(read) - len(set(read)):
        parts.append(f"{copies:,} of them {'a copy' if copies == 1 else 'copies'} of another")
    if held_out and (both := len(set(read) & set(held_out.values()))):
        parts.append(f"{both:,} of them held out too, which flatters what is measured")
    return ", ".join(parts)


def _sizes(paths: Sequence[AnImage]) -> str:
    first = paths[0] if paths else None
    if isinstance(first, InsidePath) and first.container.in_blocks:
        return ""
    step = max(1, len(paths) // LOOKED_AT)
    looked_at = paths[::step][:LOOKED_AT]
    sides = sorted({one.sides for one in map(tried, looked_at) if one is not None}, key=lambda one: one[0] * one[1])
    if not sides:
        return ""
    some = "" if len(looked_at) == len(paths) else f" ({len(looked_at)} looked at)"
    low, high = (f"{width} × {height}" for height, width in (sides[0], sides[-1]))
    return f" of {low}{'' if low == high else f' to {high}'} pixels{some}"
