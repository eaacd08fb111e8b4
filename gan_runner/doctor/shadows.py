"""Files that stand before a package: torch.py in the current folder, say, which Python imports in its place."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path


def shadow(module: str, package: str) -> Path | None:
    """The file that is imported in place of an installed package; None where it is the package itself, or none."""
    try:
        installed = Path(str(distribution(package).locate_file(""))).resolve()
        spec = find_spec(module)
    except (PackageNotFoundError, ImportError, ValueError):
        return None
    if spec is None or spec.origin is None or Path(spec.origin).resolve().is_relative_to(installed):
        return None
    return Path(spec.origin)


def way_out(module: str, package: str) -> str:
    """What helps where a package that is installed cannot be imported."""
    file = shadow(module, package)
    if file is None:
        return f"pip install --force-reinstall {package}"
    return f"rename {file}, which Python imports in the place of the package"
