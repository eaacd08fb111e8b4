"""The recipes that can be played as they come."""

from pathlib import Path

INHERITING = {"f_anogan"}
"""They begin with the networks of a finished run."""


def recipes_of(checkout: Path) -> list[str]:
    """Those of configs/model that need no finished run."""
    return sorted({path.stem for path in (checkout / "configs" / "model").glob("[!_]*.yaml")} - INHERITING)
