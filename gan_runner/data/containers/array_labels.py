"""What the labels of arrays are: classes, or vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan_runner.data.containers.class_folders import folder_names


def columns(labels: NDArray[Any], count: int) -> NDArray[Any]:
    """Labels of `count` images as (N, K); MATLAB's may lie in a row. Raises ValueError for other counts."""
    if labels.shape == (1, count):
        labels = labels.T
    if labels.ndim == 0 or len(labels) != count:
        raise ValueError(f"of shape {labels.shape} are not one for each of {count} images: make them as many")
    return labels.reshape(count, -1)


def words_of(names: NDArray[Any]) -> tuple[str, ...]:
    """What classes are called. Raises ValueError, without its subject, for what cannot be a name."""
    return folder_names([_word(name) for name in names.reshape(-1).tolist()])


def called(classes: Sequence[Sequence[str]], names: Sequence[str]) -> list[list[str]]:
    """Classes that are numbers by the names at these places. Raises ValueError, without its subject, for others."""
    unknown = {one for part in classes for one in part} - set(map(str, range(len(names))))
    if unknown:
        raise ValueError(f"have the class {min(unknown)}, and class_names has {len(names)} names: name each, or none")
    return [[names[int(one)] for one in part] for part in classes]


def names_or_vectors(parts: Sequence[NDArray[Any]]) -> tuple[list[list[str]] | None, NDArray[np.float32] | None]:
    """Of the labels (N, K) of all parts, the name of the class of each, or all of them as vectors.

    Whole numbers and words are classes, and so is the one place of a 1 in a row of zeros; other columns, and numbers
    that are not whole, are vectors. Raises ValueError, without its subject, for labels that can be neither.
    """
    if len({part.shape[1] for part in parts}) > 1:
        raise ValueError("have not as many columns in each split: give them the same ones")
    if any(part.dtype.kind in "USO" for part in parts):
        if parts[0].shape[1] > 1:
            raise ValueError("are words in several columns: keep one")
        words = [[_word(value) for value in part[:, 0]] for part in parts]
        distinct = sorted({word for part in words for word in part})
        called_so = dict(zip(distinct, folder_names(distinct), strict=True))
        return [[called_so[word] for word in part] for part in words], None
    for part in parts:
        if part.dtype.kind not in "biuf" or not np.isfinite(part).all():
            raise ValueError("are no finite numbers: mend them, or leave them out")
    if parts[0].shape[1] > 1 and all(_is_one_hot(part) for part in parts):
        parts = [part.argmax(axis=1)[:, None] for part in parts]
    if parts[0].shape[1] == 1 and all((part == np.round(part)).all() for part in parts if part.dtype.kind == "f"):
        return [[str(int(value)) for value in part[:, 0].tolist()] for part in parts], None
    return None, np.concatenate([part.astype(np.float32) for part in parts])


def _is_one_hot(part: NDArray[Any]) -> bool:
    return bool(np.isin(part, (0, 1)).all() and (part.sum(axis=1) == 1).all())


def _word(value: Any) -> str:
    found = (value.decode(errors="replace") if isinstance(value, bytes) else str(value)).strip()
    if not found:
        raise ValueError("have an empty word, which is the name of no class: write a name in its place")
    return found
