"""Which column of a parquet file holds the images, and which their classes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan_runner.config.errors import listed
from gan_runner.data.containers.sniffing import HEAD, suffix_of

NOTES = b"huggingface"
"""The key of the schema's metadata under which Hugging Face's library notes what its columns are."""
LABELS = ("label", "labels", "class", "target", "category", "fine_label", "coarse_label")
"""What a column of classes is called where nothing says which it is, the likeliest first."""
LOOKED_AT = 16
"""Rows of a column of bytes that are looked at, to see whether they are images."""


@dataclass(frozen=True)
class Columns:
    """By their names in the schema: "image.bytes" is a part of a struct. names: those of the labels 0, 1, …

    others: more columns that might be the labels.
    """

    image: str
    path: str | None = None
    label: str | None = None
    names: tuple[str, ...] | None = None
    others: tuple[str, ...] = ()

    @staticmethod
    def read(file: Any, name: str) -> list[Any]:
        """All values of a column."""
        column, _, part = name.partition(".")
        found = file.read(columns=[name], use_threads=False).column(column).to_pylist()
        return [None if one is None else one[part] for one in found] if part else found


def asked_of(array: str | Sequence[str] | None) -> tuple[str | None, str | None]:
    """Of the setting data.array, images or [images,labels]: the columns. Raises ValueError for more than these."""
    images, labels, *others = [*([array] if isinstance(array, str) else array or ()), None, None]
    if any(others):
        raise ValueError(f"data.array=[{','.join(array or ())}] names more columns than images and labels: name these")
    return images, labels


def columns_of(file: Any, path: Path, images: str | None = None, labels: str | None = None) -> Columns:
    """Of an open file; those asked for, or found. Raises ValueError where no column, or more than one, holds images."""
    schema = file.schema_arrow
    features = noted(schema.metadata)
    image = image_of(file, path, features, images)
    if labels is not None and labels not in schema.names:
        raise ValueError(f"data.array names the column {labels}, and {path} has the columns {listed(schema.names)}")
    parts = {field.name for field in _parts(schema.field(image).type)}
    found = [labels] if labels is not None else labels_of(schema, features)
    label = found[0] if found else None
    names = features.get(label or "", {}).get("names")
    return Columns(
        f"{image}.bytes" if parts else image,
        f"{image}.path" if "path" in parts else None,
        label,
        tuple(names) if names else None,
        tuple(found[1:]),
    )


def noted(metadata: dict[bytes, bytes] | None) -> dict[str, Any]:
    """What Hugging Face's library says of columns; nothing where it did not write the file."""
    try:
        found = json.loads((metadata or {})[NOTES])["info"]["features"]
    except (KeyError, ValueError, TypeError):
        return {}
    return {name: feature for name, feature in found.items() if isinstance(feature, dict)}


# ---- images ---------------------------------------------------------------------------------------------------------


def image_of(file: Any, path: Path, features: dict[str, Any], asked: str | None) -> str:
    """The name of the column of images: the one asked for, the one that is said to be it, or the one that looks so."""
    names: list[str] = file.schema_arrow.names
    of_bytes: list[str] = [field.name for field in file.schema_arrow if _holds_bytes(field.type)]
    said = [name for name in of_bytes if features.get(name, {}).get("_type") == "Image"]
    unsaid = [name for name in of_bytes if features.get(name, {}).get("_type") in (None, "Value")]
    found = said or [name for name in unsaid if _looks_like_images(file, name)]
    if asked is not None:
        if asked not in of_bytes:
            raise ValueError(
                f"data.array={asked} is no column of image files of {path}, which has "
                f"{listed(found) if found else 'none'}: set it to one of these"
            )
        return asked
    if not found:
        paths = next((field.name for field in file.schema_arrow if _holds_text(field.type)), None)
        hint = f"; if {paths} names image files, set data.root to their folder" if paths else ""
        raise ValueError(
            f"{path} has no column of images, as bytes of image files or a struct of these (its columns: "
            f"{listed(names)}){hint}"
        )
    if len(found) > 1:
        raise ValueError(
            f"{path} has {len(found)} columns of images ({', '.join(found)}): set data.array to one of them"
        )
    return found[0]


def _parts(kind: Any) -> Sequence[Any]:
    """The fields of a struct."""
    import pyarrow

    return [kind.field(place) for place in range(kind.num_fields)] if pyarrow.types.is_struct(kind) else []


def _holds_bytes(kind: Any) -> bool:
    """Whether it is bytes, or a struct with a part of that name that is."""
    from pyarrow import types

    parts = {field.name: field.type for field in _parts(kind)}
    return _holds_bytes(parts["bytes"]) if "bytes" in parts else types.is_binary(kind) or types.is_large_binary(kind)


def _holds_text(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind))


def _looks_like_images(file: Any, name: str) -> bool:
    """By the first rows; a column of paths alone may be one."""
    struct = bool(_parts(file.schema_arrow.field(name).type))
    column = f"{name}.bytes" if struct else name
    batch = next(file.iter_batches(LOOKED_AT, columns=[column], use_threads=False), None)
    rows = [] if batch is None else batch.column(0).to_pylist()
    heads = [row["bytes"] if struct and row is not None else row for row in rows]
    known = [head for head in heads if head is not None]
    return any(suffix_of(head[:HEAD]) for head in known) if known else struct


# ---- labels ----------------------------------------------------------------------------------------------------------


def labels_of(schema: Any, features: dict[str, Any]) -> list[str]:
    """The columns that may be the labels, the likeliest first: those that are noted as classes, else those that are
    called so and hold what labels may be.
    """
    noted_so = [name for name in schema.names if features.get(name, {}).get("_type") == "ClassLabel"]
    found = noted_so or [name for name in schema.names if name in LABELS and _may_be_labels(schema.field(name).type)]
    return sorted(found, key=lambda name: LABELS.index(name) if name in LABELS else len(LABELS))


def _may_be_labels(kind: Any) -> bool:
    """Whether it is numbers, words or lists of numbers."""
    from pyarrow import types

    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return bool(types.is_floating(kind.value_type) or types.is_integer(kind.value_type))
    plain = (types.is_integer, types.is_boolean, types.is_floating, _holds_text, types.is_dictionary, types.is_null)
    return any(asks(kind) for asks in plain)
