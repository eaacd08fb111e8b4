"""The groups of configurations and their options, read from the YAML files: Hydra's own lists take half a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent.parent
CONFIGS = next(p for p in (PACKAGE / "configs", PACKAGE.parent / "configs") if p.is_dir())
"""Inside the package when installed from a wheel, beside it in a checkout."""

NAMED = ("tricks", "metrics", "callbacks", "logger")
"""Groups of parts by name."""


def groups(name: str) -> dict[str, list[str]]:
    """The groups that configs/<name>.yaml composes, with their options."""
    taken = [line.strip(" -").partition(":")[0] for line in lines(name) if line.startswith("  - ")]
    return {group: options(CONFIGS / group) for group in sorted(taken) if (CONFIGS / group).is_dir()}


def is_optional(name: str, group: str) -> bool:
    """Whether configs/<name>.yaml has no option of a group by default."""
    return f"  - {group}: null" in lines(name)


def option_of(group: str, target: str) -> str | None:
    """The option of a group that names a class, if there is one."""
    folder = CONFIGS / group
    written = f"_target_: {target}\n"
    return next((one for one in options(folder) if written in (folder / f"{one}.yaml").read_text("utf-8")), None)


def recipe_of(group: str, target: str) -> str | None:
    """The model that has the name of the option of a group that names a class, if there is one."""
    option = option_of(group, target)
    return option if option in options(CONFIGS / "model") else None


def parts_of(group: str, option: str) -> dict[str, dict[str, Any]]:
    """The mappings in the file of an option: of a network's its generator, its discriminator."""
    from omegaconf import OmegaConf  # takes long to import

    contents: Any = OmegaConf.to_container(OmegaConf.load(CONFIGS / group / f"{option}.yaml"))
    return {str(name): part for name, part in contents.items() if isinstance(part, dict)}


def default_of(name: str, group: str) -> str | None:
    """The option of a group that configs/<name>.yaml chooses, if it does."""
    start = f"  - {group}: "
    return next((line.removeprefix(start) for line in lines(name) if line.startswith(start)), None)


def options(folder: Path) -> list[str]:
    """The options of a group; those in a folder of their own come after the others, as <folder>/<option>."""
    found = (path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.yaml"))
    return sorted(filter(is_option, found), key=lambda option: (option.count("/"), option))


def is_option(name: str) -> bool:
    """Whether it may be chosen: a file or folder whose name begins with _ is what options share."""
    return not any(part.startswith("_") for part in name.split("/"))


def lines(name: str) -> list[str]:
    """The lines of configs/<name>.yaml, after those of the files in command/ that it builds on."""
    own = (CONFIGS / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    shared = [line.removeprefix("  - ") for line in own if line.startswith("  - command/")]
    return [line for base in shared for line in lines(base)] + own
