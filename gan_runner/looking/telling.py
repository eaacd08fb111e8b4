"""What was found in a set, in lines for people and as plain values for programs."""

from __future__ import annotations

import shlex
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from gan_runner.config.errors import listed
from gan_runner.config.labels import in_a_sentence
from gan_runner.data.containers.inside import InsidePath
from gan_runner.images.captions import aligned
from gan_runner.looking.copies import members
from gan_runner.looking.findings import Findings
from gan_runner.looking.suggesting import command, packed_whole, path_word, refused_sides, suggestions, two_domains

WIDTH, COLUMN = 120, 12
SHOWN = 3
"""Examples of each finding."""
COLOURS = 3
"""The channels of data=folder."""
CLASSES = 20
"""Classes that are named with their counts."""
UNEVEN = 3
"""A largest class of so many times the smallest is told."""


def lines(found: Findings) -> Iterator[str]:
    """What is printed: a line for each thing, and the command that is suggested."""
    for name, text in rows(found):
        yield _wrapped(name, text)
    words = suggestions(found)
    yield f"\nSuggested, to begin with:\n\n  {command(words)}\n"
    yield from (f"  {line}" for line in aligned([one for one in words if one.why]))


def _wrapped(name: str, text: str) -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=f"{name:<{COLUMN}}", subsequent_indent=" " * COLUMN, break_on_hyphens=False,
        break_long_words=False,
    )  # fmt: skip


def rows(found: Findings) -> list[tuple[str, str]]:
    """(what, text) of everything there is to say."""
    told = [
        ("images", _images(found)),
        ("sizes", _sizes(found)),
        ("pixels", _pixels(found)),
        ("classes", _classes(found)),
        ("splits", _splits(found)),
        ("copies", _copies(found)),
        ("near copies", _near(found)),
        ("brightness", _brightness(found)),
        ("left out", found.left_out or "nothing"),
        ("unreadable", _skipped(found)),
        ("beware", "; ".join(_beware(found))),
    ]
    return [(name, text) for name, text in told if text]


def _beware(found: Findings) -> Iterator[str]:
    said = (found.trouble, refused_sides(found), two_domains(found), packed_whole(found))
    return filter(None, (*said, *dict.fromkeys(found.warned)))


# ---- each line ------------------------------------------------------------------------------------------------------


def _images(found: Findings) -> str:
    sizes = bytes_of(found)
    forms = counted(Counter(one.form for one in found.headers))
    each = f" (median {in_bytes(median(sizes))})" if len(sizes) > 1 else ""
    return f"{len(found.files):,} in {found.folder.root}: {forms}, {in_bytes(sum(sizes))}{each}"


def bytes_of(found: Findings) -> list[int]:
    """Of each file on the disk that images lie in: one for each image, or a container for all."""
    sources = found.sources
    places = {file.container.file_of(file.index or 0) if isinstance(file, InsidePath) else file for file in sources}
    return [place.stat().st_size for place in places]


def in_bytes(count: float) -> str:
    """A size on the disk in a unit that fits."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "bytes" or count >= 100 else f"{count:.3g} {unit}"
        count /= 1000
    raise AssertionError


def _sizes(found: Findings) -> str:
    sides = [one.sides for one in found.headers]
    if not sides:
        return ""
    seen = _seen_as(found)
    if len(set(sides)) == 1:
        return f"all {_side(sides[0])} pixels (width × height){seen}"
    by_area = sorted(sides, key=lambda one: one[0] * one[1])
    squares = sum(height == width for height, width in sides) / len(sides)
    least, middle, most = (_side(by_area[at]) for at in (0, len(sides) // 2, -1))
    return f"{least} to {most} pixels (width × height), median {middle}; {squares:.0%} are square{seen}"


def _side(sides: tuple[int, int]) -> str:
    return f"{sides[1]} × {sides[0]}"


def _seen_as(found: Findings) -> str:
    """What becomes of them, and how much is cut away."""
    height, width = found.folder.decoder.size
    if {one.sides for one in found.headers} == {(height, width)}:
        return ""
    told = f"; training sees {width} × {height} (data.fit={found.folder.decoder.fit})"
    if found.folder.decoder.fit != "crop":
        return told
    kept = [min(one.sides[0] * width, one.sides[1] * height) ** 2 / (one.sides[0] * one.sides[1] * width * height)
            for one in found.headers if all(one.sides)]  # fmt: skip
    lost = 1 - float(np.mean(kept))
    return f"{told}, which cuts {lost:.0%} of the pixels away" if lost >= 0.005 else told


def _pixels(found: Findings) -> str:
    kinds = counted(Counter(one.kind for one in found.headers))
    in_colour = any(not one.kind.startswith("grey") for one in found.headers)
    grey = ["all of them show grey alone"] if found.chosen.get("channels") == 1 and in_colour else []
    notes = (_without_place(note, found) for note in dict.fromkeys(found.notes))
    return "; ".join([kinds, *grey, *notes])


def _without_place(note: str, found: Findings) -> str:
    """The images that a note is about need no name here."""
    place = found.folder.place
    whole = str(place.container.path if isinstance(place, InsidePath) else place)
    return note.removeprefix(f"{found.folder.places.train}: ").removeprefix(f"{whole}: ")


def _classes(found: Findings) -> str:
    if found.labels is not None and not found.has_classes:
        return f"none: each image has {found.labels.shape[1]} numbers for labels"
    if found.labels is None:
        why = found.unlabelled or "the folders cannot be classes, or there are none"
        return "none" if "labels" in found.given else f"none: {why}"
    counts = dict(zip(found.class_names, found.class_counts("train"), strict=True))
    parts = [f"{in_a_sentence(name)} {count:,}" for name, count in sorted(counts.items(), key=lambda one: -one[1])]
    least, most = min(counts.values()), max(counts.values())
    told = f"{len(counts)} class{'es' if len(counts) > 1 else ''}, images to train on: {listed(parts, CLASSES)}"
    if least and most >= UNEVEN * least:
        told += f"; the largest has {most / least:.1f} times the images of the smallest"
    return f"{told}; they are {found.labels_told}" if found.labels_told else told


def _splits(found: Findings) -> str:
    train, test = len(found.rows["train"]), len(found.rows["test"])
    places = found.folder.places
    if places.test is not None:
        return f"{train:,} to train on, {test:,} held out: {places.sentence(found.folder.holdout)}"
    share = f" (data.holdout={found.folder.holdout:g}, drawn by chance)" if test else " (data.holdout=0)"
    apart = f"; {places.sentence(found.folder.holdout)}" if places.apart else ""
    rest = len(found.files) - train - test
    unused = f", {rest:,} not used" if rest else ""
    return f"{train:,} to train on, {test:,} held out{share}{unused}{apart}"


def _copies(found: Findings) -> str:
    copies, files = members(found.copies), members(found.same_bytes)
    if not copies:
        return "none: no two images have the same pixels"
    some = f"{files:,} of them byte for byte" if files else "none of them byte for byte"
    bytewise = "byte for byte" if files == copies else some
    parts = [f"{_are(copies, 'a copy', 'copies')} of another at {_side(found.folder.decoder.size)}, {bytewise}: "
             f"{_examples(found, [group[:2] for group in found.copies])}"]  # fmt: skip
    if mixed := _of_two_classes(found):
        parts.append(f"{len(mixed):,} in two classes at once: {_examples(found, mixed)}")
    if crossing := found.crossing(found.copies):
        names = _examples(found, crossing)
        parts.append(f"{len(crossing):,} both trained on and held out, which flatters what is measured: {names}")
    return "; ".join(parts)


def _are(count: int, one: str, several: str) -> str:
    """1 image is a copy, 2 images are copies."""
    return f"1 image is {one}" if count == 1 else f"{count:,} images are {several}"


def _of_two_classes(found: Findings) -> list[tuple[int, int]]:
    """Of copies that lie in several classes two each."""
    if found.labels is None or not found.has_classes:
        return []
    pairs = []
    for group in found.copies:
        other = [at for at in group if found.labels[at] != found.labels[group[0]]]
        pairs += [(group[0], other[0])] if other else []
    return pairs


def _examples(found: Findings, pairs: Sequence[Sequence[int]]) -> str:
    return listed([" = ".join(map(found.name, pair)) for pair in pairs], SHOWN)


def _near(found: Findings) -> str:
    pairs = found.near.pairs
    some = "" if found.near.whole else ", of those compared (they are too many to compare all)"
    if not pairs:
        return f"none{some}"
    look = "1 pair looks" if len(pairs) == 1 else f"{len(pairs):,} pairs look"
    crossing = len(found.crossing(pairs))
    more = f"; {crossing:,} of an image to train on and one held out" if crossing else ""
    examples = listed([" ≈ ".join(map(found.name, pair)) for pair in pairs], SHOWN)
    return f"{look} alike, colour and brightness aside{some}: {examples}{more}"


def _brightness(found: Findings) -> str:
    traits = found.traits
    told = f"{traits.brightness.mean():.2f} on average, from 0 (black) to 1 (white)"
    empty = _empty(found)
    names = listed([found.name(position) for position in empty], SHOWN)
    return f"{told}; {_are(len(empty), 'of one colour', 'of one colour')}: {names}" if len(empty) else told


def _empty(found: Findings) -> list[int]:
    return [int(position) for position in np.flatnonzero(found.traits.empty)]


def _skipped(found: Findings) -> str:
    root = f"{found.folder.place}/"
    told = [one.replace(root, "") for one in found.skipped]
    more = f" and {len(told) - SHOWN:,} more" if len(told) > SHOWN else ""
    return f"{len(told):,} skipped: {'; '.join(told[:SHOWN])}{more}" if told else "nothing"


def counted(counts: Counter[str]) -> str:
    """JPEG 1,200, PNG 34; a single kind without its count."""
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common())


# ---- for programs ---------------------------------------------------------------------------------------------------


def plain(found: Findings) -> dict[str, Any]:
    """All of it as JSON holds it."""

    def named(groups: Iterable[Sequence[int]]) -> list[list[str]]:
        return [[found.name(position) for position in group] for group in groups]

    sides = sorted(Counter(one.sides for one in found.headers).items())
    words = suggestions(found)
    return {
        "root": str(found.folder.root),
        "images": len(found.files),
        "bytes": sum(bytes_of(found)),
        "formats": Counter(one.form for one in found.headers),
        "kinds": Counter(one.kind for one in found.headers),
        "sizes": [{"height": height, "width": width, "images": count} for (height, width), count in sides],
        "notes": list(found.notes),
        "classes": _counts(found),
        "why_no_classes": found.unlabelled,
        "train": len(found.rows["train"]),
        "test": len(found.rows["test"]),
        "copies": named(found.copies),
        "same_bytes": named(found.same_bytes),
        "copies_across": named(found.crossing(found.copies)),
        "copies_in_two_classes": named(_of_two_classes(found)),
        "near_copies": named(found.near.pairs),
        "near_copies_whole": found.near.whole,
        "brightness": float(found.traits.brightness.mean()),
        "empty": [found.name(position) for position in _empty(found)],
        "left_out": found.left_out,
        "skipped": list(found.skipped),
        "beware": list(_beware(found)),
        "suggested": {"command": command(words), "why": {one.word: one.why for one in words if one.why}},
    }


def _counts(found: Findings) -> dict[str, dict[str, int]] | None:
    if not found.has_classes:
        return None
    train, test = found.class_counts("train"), found.class_counts("test")
    return {
        name: {"train": one, "test": other} for name, one, other in zip(found.class_names, train, test, strict=True)
    }


# ---- what was packed ------------------------------------------------------------------------------------------------


def packed(found: Findings, written: Mapping[Path, int]) -> Iterator[str]:
    """A line for each file of a packed set."""
    side, labels = _side(found.folder.decoder.size), "" if found.labels is None else ", with labels"
    for number, (file, count) in enumerate(written.items()):
        size = in_bytes(file.stat().st_size)
        use = "the images that are held out: gan-evaluate root=… measures by them" if number else _reading(found, file)
        yield f"{file} ({size}): {count:,} image{'' if count == 1 else 's'} of {side}{labels}; {use}"


def _reading(found: Findings, file: Path) -> str:
    """The keys by which training reads a packed set as it is."""
    folder = found.folder
    height, width = folder.decoder.size
    words = [path_word("data.root", file), f"data.image_size={height if height == width else f'[{height},{width}]'}"]
    words += [] if folder.shape[0] == COLOURS else [f"data.channels={folder.shape[0]}"]
    words += [] if found.labels is None else ["data.labels=true"]
    return f"{shlex.join(['gan-train', 'data=folder', *words])} reads it"
