"""What gan-export is asked. A mistake in it is found without importing torch."""

from __future__ import annotations

import os
from pathlib import Path

from gan_runner.config.errors import ConfigError, did_you_mean, listed
from gan_runner.exporting import hub
from gan_runner.exporting.formats import FORMATS, Format
from gan_runner.exporting.licences import fields
from gan_runner.files import expanded
from gan_runner.inference.destination import check_no_run, check_place, is_shared
from gan_runner.inference.request import FromWeights
from gan_runner.types import PathString

CARD, KNOWN_BY = "README.md", "library_name: gan_runner"
"""The card in a folder, and a line of it by which it is known."""
PARTS = ("generator", "a2b", "b2a", "encoder", "reconstruction")
"""What a run may have learned; which of them it has, its checkpoint says."""


class ExportRequest(FromWeights):
    """The keys of export.yaml: which network of which run, in which form, and where to."""

    format: str = "onnx"
    part: str | None = None
    bytes: bool = False
    output: PathString | None = None
    license: str | None = None
    push_to_hub: str | None = None
    private: bool = True
    runtime: PathString | None = None

    def check(self) -> None:
        super().check()
        if self.accelerator == "gpu":
            raise ConfigError("accelerator=gpu, and files are made on the processor alone: leave accelerator out")
        if self.part == "":
            raise ConfigError(f"part= names none: give one of {listed(PARTS)}, or leave part out")
        if self.part is not None and self.part not in PARTS:
            raise ConfigError(
                f"part={self.part} is no part of a run{did_you_mean(self.part, PARTS)}: give one of {listed(PARTS)}"
            )
        form = self.form
        form.check()
        if self.bytes and form.only_weights:
            raise ConfigError(
                f"bytes=true rounds what a network makes, and format={self.format} holds weights alone: leave it out"
            )
        if self.runtime is not None and form.prepare is None:
            raise ConfigError(f"runtime={self.runtime} goes into pages, and format={self.format} is none: leave it out")
        _ = self.destination
        self._check_card()

    def _check_card(self) -> None:
        """Raises ConfigError for what goes with a folder where a file alone is asked for; for what the hub needs."""
        fields(self.license)
        if self.license is not None and not self.in_a_folder:
            raise ConfigError(f"license={self.license} stands on the card of a folder: give output=<folder>/")
        if self.push_to_hub is None:
            if not self.private:
                raise ConfigError("private=false is about push_to_hub=<owner>/<repository>: give that, or leave it out")
            return
        if not self.in_a_folder:
            raise ConfigError("push_to_hub uploads a folder with its card: give output=<folder>/")
        hub.check(self.push_to_hub)

    @property
    def form(self) -> Format:
        """What to write. Raises ConfigError for one that there is not."""
        if self.format not in FORMATS:
            raise ConfigError(
                f"format={self.format} is none{did_you_mean(self.format, [*FORMATS])}: give one of {listed([*FORMATS])}"
            )
        return FORMATS[self.format]

    @property
    def in_a_folder(self) -> bool:
        """Whether a folder with the file and what goes with it is asked for, or the file alone."""
        path = expanded(self.output or "")
        if (self.output or "").endswith(("/", os.sep)) or path.is_dir():
            return True
        return not path.suffix and path.name not in {form.suffix for form in FORMATS.values()}

    @property
    def destination(self) -> Path:
        """The file or folder to write. Raises ConfigError when something is there that would be lost."""
        suffix = self.form.suffix
        if self.output is None:
            raise ConfigError(f"output has no value: give output=<folder>/ or output=<file>{suffix}")
        path = expanded(self.output)
        if self.in_a_folder:
            if path.is_file():
                raise ConfigError(f"output={self.output} is a file, not a folder: choose another name")
            check_no_run(path, f"output={self.output}")
            self._refuse_readme(path / CARD)
            check_place(path, f"output={self.output}")
            taken = path.is_dir() and any(path.iterdir())
        else:
            self._check_suffix(path, suffix)
            taken = path.exists()
            check_place(path, f"output={self.output}")
        if taken and not self.overwrite:
            if self.in_a_folder and is_shared(path):
                raise ConfigError(f"output={self.output} holds other files: give a folder of its own, output=<folder>/")
            raise ConfigError(f"{path} exists already: choose another output, or set overwrite=true")
        return path

    def _refuse_readme(self, path: Path) -> None:
        """Raises ConfigError where a card would replace what somebody has written: with overwrite=true as well."""
        if path.is_file() and KNOWN_BY not in path.read_text(encoding="utf-8", errors="replace"):
            raise ConfigError(
                f"output={self.output} has a README.md that gan-export did not write: give a folder of its own, "
                "output=<folder>/"
            )

    def _check_suffix(self, path: Path, suffix: str) -> None:
        if path.suffix == suffix:
            return
        if not path.suffix:
            raise ConfigError(f"output={self.output} is an ending without a name: give output=<file>{suffix}")
        meant = next((name for name, form in FORMATS.items() if form.suffix == path.suffix), None)
        instead = f", or format={meant}" if meant else ""
        raise ConfigError(
            f"output={self.output} is no name for format={self.format}: give output=<file>{suffix}{instead}, or "
            "output=<folder>/"
        )
