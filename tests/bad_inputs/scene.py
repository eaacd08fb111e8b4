"""What a row of the table is, and what rows of every kind are made of."""

import io
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

TRAIN, SAMPLE, TRANSLATE = "gan-train", "gan-sample", "gan-translate"
PLAYERS = ("model=vanilla", "network.generator.hidden=[4]", "network.discriminator.hidden=[4]")
QUICK = (*PLAYERS, "trainer.max_steps=1", "trainer.accelerator=cpu", "callbacks.samples=null", "logger=none")
DRAWN = (*QUICK, "data=synthetic", "data.image_size=8", "data.num_samples=8", "data.batch_size=4")
CANARY = "touch canary"


@dataclass
class Scene:
    """Where a row plays: a folder that is the working directory, a finished run to copy, a web server to start."""

    folder: Path
    finished: Path
    monkeypatch: pytest.MonkeyPatch
    serve: Callable[..., str]


@dataclass(frozen=True)
class Row:
    """A command, what it meets, and what it says. A row with code 0 is a documented skip or acceptance."""

    command: tuple[str, ...]
    told: tuple[str, ...]
    make: Callable[[Scene], None] = field(default=lambda scene: None)
    code: int = 1


def keys(*overrides: str) -> tuple[str, ...]:
    return (TRAIN, *DRAWN, *overrides)


def both(*makes: Callable[[Scene], None]) -> Callable[[Scene], None]:
    def make(scene: Scene) -> None:
        for each in makes:
            each(scene)

    return make


def file(name: str, content: bytes | str = b"") -> Callable[[Scene], None]:
    def make(scene: Scene) -> None:
        path = scene.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return make


def locked(*names: str) -> Callable[[Scene], None]:
    """Take the permission to read away, from root too."""

    def make(scene: Scene) -> None:
        paths = {str(scene.folder / name) for name in names}
        for path in paths:
            os.chmod(path, 0)
        if os.geteuid() == 0:
            for module, name in ((io, "open"), (__import__("builtins"), "open"), (os, "listdir"), (os, "scandir")):
                scene.monkeypatch.setattr(module, name, denying(getattr(module, name), paths))

    return make


def denying(call: Callable[..., Any], paths: set[str]) -> Callable[..., Any]:
    def denied(path: Any = ".", *rest: Any, **named: Any) -> Any:
        if isinstance(path, str | os.PathLike) and os.path.abspath(path) in paths:
            raise PermissionError(13, "Permission denied", str(path))
        return call(path, *rest, **named)

    return denied


def flipped(start: int) -> Callable[[bytes], bytes]:
    return lambda content: content[:start] + bytes([content[start] ^ 0xFF]) + content[start:][1:]


class Code:
    def __reduce__(self) -> Any:
        return os.system, (CANARY,)
