"""What is handed over in Python as the plain values that a command line gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """Lists for tuples, ranges and arrays, Python's own numbers for those of NumPy and torch, mappings by the names of
    their keys; anything else as it is.
    """
    if hasattr(value, "tolist"):  # an array, a number of one, a tensor
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple | range) else value
