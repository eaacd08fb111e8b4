"""Which versions are installed of what the package asks for, and whether they go together."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from typing import NamedTuple

from gan_runner.doctor.requirements import Requirements, Wanted, parsed
from gan_runner.doctor.troubles import Trouble, missing, warning


class Package(NamedTuple):
    """version: None where it is not installed. wanted, newest: "" where nothing is said."""

    name: str
    version: str | None
    wanted: str
    newest: str = ""


def installed(wanted: Iterable[Wanted], newest: Mapping[str, str]) -> list[Package]:
    """What there is of each."""
    return [Package(one.name, version_of(one.name), one.versions, newest.get(one.name, "")) for one in wanted]


def version_of(name: str) -> str | None:
    """The version that is installed of a package."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def troubles(asked: Requirements, packages: Sequence[Package]) -> Iterator[Trouble]:
    """What is missing, too old, too new, or asks for another version of one of the others."""
    if asked.python and not allows(asked.python, platform.python_version()):
        yield missing(f"Python {platform.python_version()} is not {asked.python}", "install such a Python")
    if gone := [one for one in packages if one.version is None]:
        names = ", ".join(one.name for one in gone)
        yield missing(f"not installed: {names}", f"pip install {_quoted(gone)}")
    there = [one for one in packages if one.version is not None]
    for one in there:
        if not allows(one.wanted, str(one.version)):
            says = f"{one.name} {one.version} is outside of what was tested, {one.wanted}"
            yield warning(says, f"pip install {_quoted([one])}")
    yield from _apart(there)
    if newer := [one for one in there if _is_newer(str(one.version), one.newest)]:
        told = ", ".join(f"{one.name} {one.version} ({one.newest})" for one in newer)
        yield warning(f"newer than the newest that was tested: {told}")


def _quoted(packages: Iterable[Package]) -> str:
    return " ".join(f"'{one.name}{one.wanted}'" for one in packages)


def _apart(packages: Sequence[Package]) -> Iterator[Trouble]:
    """A package that was built for another version of one of these, as torchvision is for one of torch."""
    versions = {_plain(one.name): str(one.version) for one in packages}
    for one in packages:
        for other in parsed([line for line in requires(one.name) or [] if ";" not in line]):
            found = versions.get(_plain(other.name))
            if found is not None and not allows(other.versions, found):
                says = f"{one.name} {one.version} asks for {other.name} {other.versions}, and {found} is installed"
                yield missing(says, f"pip install --upgrade {one.name} {other.name}")


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def allows(wanted: str, found: str) -> bool:
    """Whether a version is one of those; True where nobody can say, since packaging is not there."""
    try:
        from packaging.specifiers import SpecifierSet
        from packaging.version import Version

        return SpecifierSet(wanted).contains(Version(found.partition("+")[0]), prereleases=True)
    except (ImportError, ValueError):
        return True


def _is_newer(found: str, newest: str) -> bool:
    """By its first two numbers: what comes after them mends, and changes nothing."""
    try:
        from packaging.version import Version

        return bool(newest) and Version(found).release[:2] > Version(newest).release[:2]
    except (ImportError, ValueError):
        return False
