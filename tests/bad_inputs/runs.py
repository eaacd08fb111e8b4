"""Finished runs, changed."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from bad_inputs.scene import SAMPLE, Scene
from gan_runner.runs.checkpoints import write
from gan_runner.runs.folder import PREVIOUS
from gan_runner.runs.seal import MARK, SEAL_BYTES

CKPT = (SAMPLE, "ckpt=run/checkpoints/last.ckpt", "accelerator=cpu", "output=x.npz")
RUN = (SAMPLE, "run=run", "accelerator=cpu")


def run(change: Callable[[Path], None] = lambda folder: None) -> Callable[[Scene], None]:
    """A copy of the finished run in run/, changed."""

    def make(scene: Scene) -> None:
        import shutil

        shutil.copytree(scene.finished, scene.folder / "run")
        change(scene.folder / "run")

    return make


def saved(change: Callable[[bytes], bytes]) -> Callable[[Scene], None]:
    """A run whose checkpoint has other bytes."""

    def edit(folder: Path) -> None:
        path = folder / "checkpoints" / "last.ckpt"
        path.write_bytes(change(path.read_bytes()))

    return run(edit)


def sealed(change: Callable[[bytes], bytes]) -> Callable[[Scene], None]:
    """A run whose checkpoint has other bytes and their right checksum, which anyone can compute."""

    def seal(content: bytes) -> bytes:
        changed = change(content[:-SEAL_BYTES])
        return changed + MARK + hashlib.sha256(changed).hexdigest().encode()

    return saved(seal)


def told(change: Callable[[dict[str, Any]], Any]) -> Callable[[Scene], None]:
    """A run whose checkpoint has other contents."""

    def edit(folder: Path) -> None:
        path = folder / "checkpoints" / "last.ckpt"
        contents = torch.load(path, weights_only=True)
        write(change(contents) or contents, path)
        path.with_name(PREVIOUS).unlink()

    return run(edit)


def part(name: str, node: Any) -> Callable[[Scene], None]:
    """A run whose checkpoint's configuration has another part."""
    return told(lambda contents: contents["origin"]["config"].update({name: node}))


def in_folder_configuration(line: str) -> Callable[[Scene], None]:
    """A run whose .hydra/config.yaml has been extended."""

    def edit(folder: Path) -> None:
        path = folder / ".hydra" / "config.yaml"
        path.write_text(path.read_text() + line)

    return run(edit)
