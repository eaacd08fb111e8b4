"""The groups of configurations and their options, read from the YAML files: Hydra's own lists take half a second."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
CONFIGS = next(p for p in (PACKAGE / "configs", PACKAGE.parent / "configs") if p.is_dir())
"""Inside the package when installed from a wheel, beside it in a checkout."""


def groups(name: str) -> dict[str, list[str]]:
    """The groups that configs/<name>.yaml composes, with their options."""
    taken = [line.strip(" -").partition(":")[0] for line in lines(name) if line.startswith("  - ")]
    return {group: options(CONFIGS / group) for group in sorted(taken) if (CONFIGS / group).is_dir()}


def options(folder: Path) -> list[str]:
    """The options of a group; those in a folder of their own come after the others, as <folder>/<option>.

    A file whose name begins with _ is what options share, and no option.
    """
    found = (path.relative_to(folder).with_suffix("") for path in folder.rglob("*.yaml") if path.name[0] != "_")
    return sorted((path.as_posix() for path in found), key=lambda option: (option.count("/"), option))


def lines(name: str) -> list[str]:
    """The lines of configs/<name>.yaml."""
    return (CONFIGS / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
