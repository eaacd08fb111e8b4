"""gan-data: what training will see of a folder of images, before it begins."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gan_runner.cli.groups import page_of_keys
from gan_runner.cli.printing import printable

if TYPE_CHECKING:
    from gan_runner.data.folder import Folder
    from gan_runner.looking.findings import Findings

PAGE = """
gan-data looks at images before they are trained on: how many there are, their sizes and kinds, classes, splits, copies
(also between training and held-out images), files that are left out and why, and the command to begin with. It trains
nothing and writes nothing but what it is asked for.

  gan-data photos                                   a folder, or a zip of images
  gan-data root=flowers grid=flowers.png            draws examples of each class too
  gan-data root=scans image_size=128 fit=pad        as training would see them with these keys of data=folder
  gan-data root=flowers output=set.zip              the set in one file, resized once: data.root=set.zip reads it

Keys and their defaults (key=value on the command line; other keys are those of data=folder, as in holdout=0.2, with or
without data. before them: gan-train --help folder lists them):

{keys}
"""
FILES = {"grid": ".png", "output": ".zip", "json": ".json"}
"""What it writes where it is asked for, and the suffix of each."""
OWN = (*FILES, "overwrite")
NOTHING = ("", "null")


class Request(NamedTuple):
    """What the command line asks for; overrides: keys of data=folder as gan-train takes them, by their last names."""

    overrides: Mapping[str, str]
    grid: Path | None = None
    output: Path | None = None
    json: Path | None = None
    overwrite: bool = False

    @classmethod
    def of(cls, arguments: Sequence[str]) -> Request:
        """Raises ConfigError, one sentence that names the key."""
        from gan_runner.cli.asked import SWITCH, chosen, own_and_others
        from gan_runner.config.errors import ConfigError

        told, others = own_and_others("data", arguments, OWN)
        overwrite = chosen(told, "overwrite", SWITCH, "false") == "true"
        given: dict[str, str] = {}
        for one in others:
            word = one.removeprefix("data.") if "=" in one and not Path(one).exists() else f"root={one}"
            key, _, value = word.partition("=")
            if given.setdefault(key, word) != word:
                raise ConfigError(f"{key} is given twice, {given[key].partition('=')[2]} and {value}: give one")
        given = {key: word for key, word in given.items() if word.partition("=")[2] not in NOTHING or key not in CHOSEN}
        if "root" not in given:
            raise ConfigError("root has no value: give root=<folder of images>, or a zip of them")
        files = {key: _free(key, value, overwrite) for key, value in told.items() if value not in NOTHING}
        return cls({key: f"data.{word}" for key, word in given.items()}, **files, overwrite=overwrite)


CHOSEN = ("root", "labels", "image_size", "channels")
"""Keys of data=folder that are chosen where they are null."""


def _free(key: str, value: str, overwrite: bool) -> Path:
    """A file to write. Raises ConfigError for one that cannot be, or would be lost."""
    from gan_runner.config.errors import ConfigError
    from gan_runner.files import expanded

    path, suffix = expanded(value), FILES[key]
    if path.suffix.lower() != suffix or path.is_dir():
        raise ConfigError(f"{key}={value} does not say what to write: give {key}=<file>{suffix}")
    if not path.parent.is_dir():
        raise ConfigError(f"{key}={value} cannot be written: there is no folder {path.parent}")
    if path.exists() and not overwrite:
        raise ConfigError(f"{path} exists already: choose another {key}, or set overwrite=true")
    return path


def main() -> None:
    """The console script."""
    printable()
    if {"--help", "-h"} & set(sys.argv[1:]):
        print(PAGE.strip().replace("{keys}", page_of_keys("gan_data")))
        return
    overrides: list[str] = []
    try:
        request = Request.of(sys.argv[1:])
        overrides += request.overrides.values()
        for line in data(request):
            print(line, flush=True)
    except BrokenPipeError:  # whoever reads has seen enough; Python would complain when it closes
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from gan_runner.cli.sentences import sentence
        from gan_runner.config.options import CONFIGS

        told = sentence(error, CONFIGS, "train", ["data=folder", *overrides])
        print(f"gan-data: {told}", file=sys.stderr, flush=True)
        sys.exit(1)


def data(request: Request) -> Iterator[str]:
    """Do what is asked for; the lines to print."""
    from tempfile import TemporaryDirectory

    node, given = composed(request)
    _refuse_inside(request, node)
    with TemporaryDirectory(prefix="gan-data-") as scratch:
        from gan_runner.looking.findings import look_at
        from gan_runner.looking.telling import lines

        found = look_at(lambda **changes: _made({**node, **changes}), given, Path(scratch))
        yield from lines(found)
        yield from _written(request, found)


def composed(request: Request) -> tuple[dict[str, Any], dict[str, str]]:
    """The node of data=folder, checked, and the words that were given, in the words of the grammar, by their keys.

    Nothing is kept but where a cache is named, and all images are decoded, whatever data.stream says.
    Raises ConfigError.
    """
    from copy import deepcopy

    from omegaconf import OmegaConf

    from gan_runner.cli import keys
    from gan_runner.cli.arguments import readable
    from gan_runner.cli.numbers import told_of_comma
    from gan_runner.config.errors import ConfigError
    from gan_runner.config.overrides import parsed
    from gan_runner.config.plain import plain_config
    from gan_runner.config.schema import by_source, check_parts

    words = readable("train", ["data=folder", *request.overrides.values()])
    keys.refuse_unknown("train", words)
    config = deepcopy(keys.composed("train", words))  # which others are given too
    assert config is not None
    for word in ("data.cache=null", *words[1:], "data.stream=false"):
        override = parsed(word)
        if override is None:
            raise ConfigError(f"{word!r} cannot be read as key=value: put what is special in quotes")
        if override.is_sweep_override():
            raise ConfigError(told_of_comma(word))
        OmegaConf.update(config, override.key_or_group, override.value(), merge=True)
    node = plain_config(config.data)
    check_parts({"data": node}, by_source)
    given = dict(zip(request.overrides, words[1:], strict=True))
    return node, {key: word for key, word in given.items() if key != "stream"}


def _made(node: Mapping[str, Any]) -> Folder:
    from gan_runner.assemble import build_data
    from gan_runner.data.folder import Folder

    folder = build_data({"data": node})
    assert isinstance(folder, Folder)
    return folder


def _refuse_inside(request: Request, node: Mapping[str, Any]) -> None:
    """Raises ConfigError for files that would lie among the images, and be taken for some the next time, or take the
    place of the container that the images are in.
    """
    from gan_runner.config.errors import ConfigError
    from gan_runner.files import expanded

    root = expanded(node["root"]).resolve()
    for key in FILES:
        path = getattr(request, key)
        if path is None:
            continue
        if path.resolve().is_relative_to(root):
            raise ConfigError(f"{key}={path} lies in root={node['root']}, among the images: choose another folder")
        if root.is_relative_to(path.resolve()):
            raise ConfigError(f"{key}={path} is the file that the images of root={node['root']} lie in: choose another")


def _written(request: Request, found: Findings) -> Iterator[str]:
    """Write the files that are asked for; a line for each."""
    from gan_runner.looking.heard import heard

    if not (request.grid or request.output or request.json):
        return
    yield ""
    with heard():
        if request.json:
            from gan_runner.files import write_json
            from gan_runner.looking.telling import plain

            write_json(request.json, plain(found))
            yield f"{request.json}: all that was found, for programs"
        if request.grid:
            from gan_runner.looking.sheet import draw

            draw(found, request.grid)
            yield f"{request.grid}: examples, as training sees them"
        if request.output:
            from gan_runner.looking.packing import pack
            from gan_runner.looking.telling import packed

            yield from packed(found, pack(found, request.output))


if __name__ == "__main__":
    main()
