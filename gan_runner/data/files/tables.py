"""Points in files: rows of numbers in csv, npy or npz."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

KINDS = (".csv", ".npy", ".npz")
MOST_ROWS = 10_000_000
DELIMITERS = ";,\t "
"""In which order they are looked for in the first line of a csv file."""

DAMAGED = (
    OSError, EOFError, zipfile.BadZipFile, zlib.error, KeyError, SyntaxError, TypeError, OverflowError, MemoryError,
    RuntimeError,
)  # fmt: skip
"""What reading an array raises of a file that is cut, not of its kind, encrypted, or claims a size that it has not."""

Points = NDArray[np.float32]


def read_points(path: Path, key: str) -> Points:
    """(N, 2) float32, finite: the rows of a file, as they are. `key`: what names it.

    csv: a point a line, two numbers between commas, semicolons, tabs or spaces; the first line may be a header, which
    has words alone. npz: its only array, or that called "points". Raises ValueError, naming the file, for anything
    else.
    """
    called = f"{key}={path}"
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise ValueError(f"{called} is none of {', '.join(KINDS)}: save the points as one of them")
    if path.is_dir() or not path.exists():
        raise ValueError(f"{called} is not a file: set {key} to a file of points ({', '.join(KINDS)})")
    found = _from_csv(path, called) if kind == ".csv" else _from_numpy(path, called, kind)
    if len(found) < 2:
        raise ValueError(f"{called} holds {len(found)} points, and a game needs 2 or more (data.batch_size, say)")
    bad = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if len(bad):
        raise ValueError(f"{called}: point {bad[0] + 1} is {_shown(found[bad[0]])}: leave out what is not finite")
    return found


def _from_csv(path: Path, called: str) -> Points:
    rows: list[tuple[float, float]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, cells in _cells(file):
                point = _numbers(cells)
                if point is not None and len(point) == 2:
                    rows.append((point[0], point[1]))
                elif point is not None:
                    raise ValueError(f"{called}, line {number} has {len(point)} numbers, and a point of the plane 2")
                elif rows or number > 1 or any(_numbers([cell]) for cell in cells):  # headers have words alone
                    told = ",".join(cells)[:40]
                    raise ValueError(f"{called}, line {number} is {told!r}, and a line should be two numbers: x,y")
                if len(rows) > MOST_ROWS:
                    raise ValueError(f"{called} holds more than {MOST_ROWS:,} points: take fewer of them")
    except UnicodeDecodeError as error:
        raise ValueError(f"{called} is no text of numbers: save a line for each point, x,y") from error
    return _single(np.array(rows).reshape(-1, 2))


def _cells(file: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not empty, by their numbers, in the parts that delimiters make of them."""
    delimiter = None
    for number, line in enumerate(file, start=1):
        text = line.strip()
        if not text:
            continue
        if delimiter is None:
            delimiter = next((one for one in DELIMITERS if one in text), ",")
        parts = text.split() if delimiter == " " else text.split(delimiter)
        yield number, [part.strip().strip('"') for part in parts]


def _numbers(cells: list[str]) -> list[float] | None:
    """None of words."""
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        return None


def _from_numpy(path: Path, called: str, kind: str) -> Points:
    try:
        array = _of_npz(path, called) if kind == ".npz" else np.load(path, mmap_mode="r", allow_pickle=False)
    except DAMAGED as error:
        raise ValueError(f"{called} is damaged or no {kind} file: save the points again") from error
    except ValueError as error:
        if str(error).startswith(called):
            raise
        raise ValueError(f"{called} cannot be read ({_first(error)}): save an array of numbers (N, 2)") from error
    if not isinstance(array, np.ndarray):  # an archive by another name, or a text in one
        raise ValueError(f"{called} holds no array: save one (N, 2) as {kind}")
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "fiu":
        shape = " × ".join(map(str, array.shape)) or "one number"
        raise ValueError(f"{called} holds {shape} of type {array.dtype}, and points of the plane are numbers N × 2")
    if len(array) > MOST_ROWS:
        raise ValueError(f"{called} holds {len(array):,} points: take at most {MOST_ROWS:,} of them")
    return _single(array)


def _single(array: NDArray[Any]) -> Points:
    """What is too large becomes infinite, which is told."""
    with np.errstate(over="ignore"):
        return np.array(array, dtype=np.float32)


def _of_npz(path: Path, called: str) -> NDArray[np.generic]:
    with zipfile.ZipFile(path) as packed:
        largest = max((member.file_size for member in packed.infolist()), default=0)
    if largest > 16 * MOST_ROWS + 4096:
        raise ValueError(f"{called} unpacks to {largest:,} bytes: take at most {MOST_ROWS:,} points")
    with np.load(path, allow_pickle=False) as arrays:
        names = arrays.files
        name = names[0] if len(names) == 1 else "points"
        if name not in names:
            told = ", ".join(names[:8]) or "none"
            raise ValueError(f"{called} holds the arrays {told}: save one array, or call the one that is meant points")
        array: NDArray[np.generic] = arrays[name]
        return array


def _first(error: BaseException) -> str:
    return str(error).partition("\n")[0].rstrip(". ")[:120]


def _shown(point: NDArray[np.float32]) -> str:
    return ", ".join(f"{value:g}" for value in point)
