"""Packages that only some kinds of containers need."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any


def needed(module: str, path: Path, kind: str) -> Any:
    """A module of the extra `formats`. Raises ValueError, in words, where it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ValueError(
            f"{path} is {kind}, which needs {module}, and that is not installed: pip install 'gan-runner[formats]'"
        ) from error
