"""The forms in which a network is handed on. One name, one form; each module writes a file and reads it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gan_runner.config.errors import ConfigError

if TYPE_CHECKING:
    from torch import Tensor

    from gan_runner.exporting.network import Handed


class Writer(Protocol):
    """The module of a form."""

    def write(self, handed: Handed, path: Path) -> None:
        """One file that holds the network. Raises ValueError, one sentence, for one that this form cannot hold."""

    def read(self, path: Path, handed: Handed) -> Callable[..., Tensor]:
        """What the file computes, called with `handed.examples(…)`, by whatever reads it elsewhere: for the check."""


@dataclass(frozen=True)
class Format:
    """A form: the ending of its file, what it is in words, where its code is, and the packages that this needs.

    only_weights: whether the file holds numbers and no network, so that nothing can be computed inside of it.
    """

    suffix: str
    says: str
    load: Callable[[], Writer]
    packages: Sequence[str] = ()
    only_weights: bool = False

    def check(self) -> None:
        """Raises ConfigError where a package is missing."""
        missing = [name for name in self.packages if find_spec(name) is None]
        if missing:
            raise ConfigError(
                f"{self.says} needs {' and '.join(missing)}, which is not installed: pip install 'gan-runner[export]'"
            )


def _onnx() -> Writer:
    from gan_runner.exporting import onnx

    return onnx


def _pt2() -> Writer:
    from gan_runner.exporting import pt2

    return pt2


def _safetensors() -> Writer:
    from gan_runner.exporting import safetensors

    return safetensors


FORMATS = {
    "onnx": Format(".onnx", "an ONNX file", _onnx, ("onnx", "onnxscript", "onnxruntime")),
    "pt2": Format(".pt2", "a program of torch.export", _pt2),
    "safetensors": Format(".safetensors", "a safetensors file", _safetensors, ("safetensors",), only_weights=True),
}
"""Name (format=…) -> form."""
