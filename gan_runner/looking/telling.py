"""What was found in a set, in lines for people and as plain values for programs."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from gan_runner.config.errors import listed
from gan_runner.config.labels import in_a_sentence
from gan_runner.images.captions import aligned
from gan_runner.looking.copies import members
from gan_runner.looking.findings import Findings
from gan_runner.looking.suggesting import command, refused_sides, suggestions, two_domains

WIDTH, COLUMN = 120, 12
SHOWN = 3
"""Examples of each finding."""
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
        ("beware", "; ".join(filter(None, (found.trouble, refused_sides(found), two_domains(found))))),
    ]
    return [(name, text) for name, text in told if text]


# ---- each line ------------------------------------------------------------------------------------------------------


def _images(found: Findings) -> str:
    sizes = bytes_of(found)
    forms = counted(Counter(one.form for one in found.headers))
    disk = f", {in_bytes(sum(sizes))} (median {in_bytes(median(sizes))})" if sizes else ""
    return f"{len(found.files):,} in {found.folder.place}: {forms}{disk}"


def bytes_of(found: Findings) -> list[int]:
    """Of each file as it is kept; nothing of images inside a container, which are not files of their own."""
    try:
        files = [file for file in found.files if file.stat().st_size]
    except OSError:
        return []
    same = {str(found.folder.root)} & {str(getattr(getattr(file, "container", None), "path", "")) for file in files}
    return [found.folder.root.stat().st_size] if same else [file.stat().st_size for file in files]


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
    return (
        f"{_side(by_area[0])} to {_side(by_area[-1])} pixels (width × height), median {_side(by_area[len(sides) // 2])}; "
        f"{squares:.0%} are square{seen}"
    )


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
    all_grey = "; all of them show grey alone" if found.chosen.get("channels") == 1 and "grey" != kinds else ""
    return "; ".join([f"{kinds}{all_grey}", *(note.removeprefix(f"{found.folder.places.train}: ") for note in found.notes)])


def _classes(found: Findings) -> str:
    if found.labels is None:
        return "none" if "labels" in found.given else "none: the folders cannot be classes, or there are none"
    counts = dict(zip(found.class_names, found.class_counts("train"), strict=True))
    parts = [f"{in_a_sentence(name)} {count:,}" for name, count in sorted(counts.items(), key=lambda one: -one[1])]
    least, most = min(counts.values()), max(counts.values())
    uneven = f"; the largest has {most / least:.1f} times the images of the smallest" if least and most >= UNEVEN * least else ""
    return f"{len(counts)} by folder, images to train on: {listed(parts, CLASSES)}{uneven}"


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
    bytewise = f"{files:,} of them byte for byte" if files else "none of them byte for byte"
    parts = [f"{_are(copies, 'a copy', 'copies')} of another at {_side(found.folder.decoder.size)}, {bytewise}: "
             f"{_examples(found, [group[:2] for group in found.copies])}"]  # fmt: skip
    if mixed := _of_two_classes(found):
        parts.append(f"{len(mixed):,} in two classes at once: {_examples(found, mixed)}")
    if crossing := found.crossing(found.copies):
        parts.append(
            f"{len(crossing):,} both trained on and held out, which flatters what is measured: {_examples(found, crossing)}"
        )
    return "; ".join(parts)


def _are(count: int, one: str, several: str) -> str:
    """1 image is a copy, 2 images are copies."""
    return f"1 image is {one}" if count == 1 else f"{count:,} images are {several}"


def _of_two_classes(found: Findings) -> list[tuple[int, int]]:
    """Of copies that lie in several classes two each."""
    if found.labels is None:
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
    some = "" if found.near.whole else ", of those that were compared: there are too many to compare all"
    if not pairs:
        return f"none{some}"
    crossing = [pair for pair in pairs if len({bool(found.held_out[position]) for position in pair}) == 2]
    more = f"; {len(crossing):,} pairs of one to train on and one held out" if crossing else ""
    examples = listed([" ≈ ".join(map(found.name, pair)) for pair in pairs], SHOWN)
    return f"{len(pairs):,} {'pair looks' if len(pairs) == 1 else 'pairs look'} alike, colour and brightness aside{some}: {examples}{more}"


def _brightness(found: Findings) -> str:
    traits = found.traits
    told = f"{traits.brightness.mean():.2f} on average, from 0 (black) to 1 (white)"
    empty = np.flatnonzero(traits.empty)
    names = listed([found.name(at) for at in empty], SHOWN)
    return f"{told}; {_are(len(empty), 'of one colour', 'of one colour')}: {names}" if len(empty) else told


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
    sides = Counter(one.sides for one in found.headers)
    words = suggestions(found)
    labels = found.labels is not None
    return {
        "root": str(found.folder.place),
        "images": len(found.files),
        "bytes": sum(bytes_of(found)),
        "formats": dict(Counter(one.form for one in found.headers)),
        "kinds": dict(Counter(one.kind for one in found.headers)),
        "sizes": [{"height": height, "width": width, "images": count} for (height, width), count in sorted(sides.items())],
        "notes": list(found.notes),
        "classes": {
            name: {"train": train, "test": test}
            for name, train, test in zip(found.class_names, found.class_counts("train"), found.class_counts("test"), strict=True)
        } if labels else None,
        "train": len(found.rows["train"]),
        "test": len(found.rows["test"]),
        "copies": [[found.name(at) for at in group] for group in found.copies],
        "same_bytes": [[found.name(at) for at in group] for group in found.same_bytes],
        "copies_across": [[found.name(at) for at in pair] for pair in found.crossing(found.copies)],
        "near_copies": [[found.name(at) for at in pair] for pair in found.near.pairs],
        "near_copies_whole": found.near.whole,
        "brightness": float(found.traits.brightness.mean()) if len(found.traits) else None,
        "empty": [found.name(at) for at in np.flatnonzero(found.traits.empty)],
        "left_out": found.left_out,
        "skipped": list(found.skipped),
        "suggested": {"command": command(words), "why": {one.word: one.why for one in words}},
    }  # fmt: skip


# ---- what was packed ------------------------------------------------------------------------------------------------


def packed(found: Findings, written: Mapping[Path, int]) -> Iterator[str]:
    """A line for each file of a packed set."""
    side = _side(found.folder.decoder.size)
    for number, (file, count) in enumerate(written.items()):
        size = in_bytes(file.stat().st_size)
        use = "data.root reads it" if not number else "the images that are held out: gan-evaluate root=… measures by them"
        yield f"{file} ({size}): {count:,} images of {side}{', with labels' if found.class_names else ''}; {use}"
