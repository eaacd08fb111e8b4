"""Which file becomes which: images in a file or a folder, and where what is made of them goes, under the same name."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from gan_runner.config.errors import ConfigError
from gan_runner.files import expanded
from gan_runner.inference.destination import check_place

if TYPE_CHECKING:
    from gan_runner.data.containers.inside import Place

SUFFIX = ".png"


class Job(NamedTuple):
    """An image, where what becomes of it goes, and the image of its hole where it has one."""

    source: Place
    target: Path
    mask: Place | None


def jobs(given: str | None, output: str | None, mask: str | None, overwrite: bool) -> list[Job]:
    """What is to be made of `given`, in the order of names. Raises ConfigError for what cannot be, or would be lost."""
    if given is None:
        raise ConfigError("input has no value: give input=<an image file> or input=<a folder of images>")
    if output is None:
        raise ConfigError(
            f"output has no value: give output=<file>{SUFFIX} or, for a folder of images, output=<folder>"
        )
    source, target = _place(given), expanded(output)
    if source.is_dir():
        planned = _of_folder(source, target, output)
    elif source.exists():
        planned = {source: _of_file(source, target, output)}
    else:
        raise ConfigError(f"input={given} does not exist: give an image file, or a folder of images")
    _refuse_losses(planned, overwrite)
    check_place(target, f"output={output}")
    masks = _masks(mask, source, planned)
    return [Job(image, to, masks.get(image)) for image, to in planned.items()]


def images_of(given: str | None, key: str) -> list[Place]:
    """The image at a path, or all below it in the order of names. Raises ConfigError where there is none."""
    if given is None:
        raise ConfigError(f"{key} has no value: give {key}=<an image file> or {key}=<a folder of images>")
    path = _place(given)
    if not path.exists():
        raise ConfigError(f"{key}={given} does not exist: give an image file, or a folder of images")
    if not path.is_dir():
        return [path]
    from gan_runner.data.files.decoding import find_images

    found = list(find_images(path))
    if not found:
        raise ConfigError(f"{key}={given} holds no images: give a folder that does, or an image file")
    return found


def _place(given: str) -> Place:
    """A folder or an image as it is; of a container its inside."""
    path = expanded(given)
    there = next(one for one in (path, *path.parents) if one.exists())
    if there != path and there.is_dir() and "{" not in path.name:
        return path  # nothing: a mistake is told before anything slow is imported
    from gan_runner.data.containers.opening import inside

    return inside(path) or path


def _of_file(source: Place, target: Path, output: str) -> Path:
    if output.endswith(("/", os.sep)) or target.is_dir():
        return target / f"{source.stem}{SUFFIX}"
    if target.suffix != SUFFIX:
        raise ConfigError(f"output={output} does not say what to write: give <file>{SUFFIX}, or <folder>/")
    return target


def _of_folder(source: Place, target: Path, output: str) -> dict[Place, Path]:
    from gan_runner.data.files.pairs import by_name

    if target.is_file() or target.suffix == SUFFIX:
        raise ConfigError(f"input={source} is a folder, and output={output} a file: give output=<folder>")
    made_before = target.resolve() if target.resolve() != source.resolve() else None
    planned = {
        path: target / f"{name}{SUFFIX}"
        for name, path in by_name(source).items()
        if made_before is None or not path.resolve().is_relative_to(str(made_before))
    }
    if not planned:
        raise ConfigError(f"input={source} holds no images: give a folder that does, or an image file")
    return planned


def _refuse_losses(planned: dict[Place, Path], overwrite: bool) -> None:
    sources = {path.resolve() for path in planned if isinstance(path, Path)}
    for target in planned.values():
        if target.resolve() in sources:
            raise ConfigError(f"output would replace {target}, an image of the input: choose another output")
        if target.is_dir() or (target.exists() and not overwrite):
            raise ConfigError(f"{target} exists already: choose another output, or set overwrite=true")


def _masks(mask: str | None, source: Place, planned: dict[Place, Path]) -> dict[Place, Place]:
    """One for all, or those of the same names."""
    if mask is None:
        return {}
    from gan_runner.data.files.pairs import by_name

    path = _place(mask)
    if path.is_file():
        return dict.fromkeys(planned, path)
    if not path.is_dir():
        raise ConfigError(f"mask={mask} does not exist: give an image file, or a folder of images")
    from gan_runner.data.containers.inside import below

    named, found = by_name(path), {}
    for image in planned:
        name = PurePosixPath(below(image, source if source.is_dir() else source.parent)).with_suffix("").as_posix()
        if name not in named:
            raise ConfigError(f"mask={mask} has no image of the name of {image}: give it one, or one mask for all")
        found[image] = named[name]
    return found
