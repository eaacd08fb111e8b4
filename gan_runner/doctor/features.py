"""What is installed of what is not needed by all: extras, trackers, tools; and the command that brings each."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import NamedTuple

from gan_runner.doctor.packages import allows, version_of
from gan_runner.doctor.requirements import Requirements, install

FOR = {
    "web": "the pages of gan-play",
    "sweep": "sweep=joblib, sweep=slurm, sweep=optuna",
    "features": "metrics that look through pretrained nets",
    "formats": "HDF5, LMDB, parquet, DICOM, NIfTI",
    "export": "gan-export to ONNX and safetensors",
    "notebook": "tables of figures in notebooks",
    "hub": "gan-export push_to_hub=…",
    "browser": "tests of the pages",
}
"""Extra -> what it is for; those that are not named here are for people who work on the package."""
TRACKERS = {
    "wandb": (("wandb",), "logger=wandb"),
    "mlflow": (("mlflow", "mlflow-skinny"), "logger=mlflow"),
}
"""What logs figures elsewhere: the packages that bring it, and what it is for."""
MLFLOW_STORE = ("sqlalchemy", "alembic")
"""What mlflow-skinny leaves out, and a store on this machine needs."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TOOLS = {
    "git": (("git",), "the revision of the code in run.json", "apt-get install git"),
    "g++": (("g++", "clang++"), "trainer.engine=compile", "apt-get install g++"),
    "chromium": (BROWSERS, "tests of the pages", "apt-get install chromium"),
}
"""Tool -> names that it goes by, what it is for, how it is installed."""


class Feature(NamedTuple):
    """lacks: what is not installed for it; helps: the command that installs that, "" where nothing lacks."""

    name: str
    what: str
    lacks: tuple[str, ...]
    helps: str


def features(asked: Requirements) -> list[Feature]:
    """Each with what it lacks."""
    return [*_extras(asked), *_trackers(), *_tools()]


def _extras(asked: Requirements) -> Iterator[Feature]:
    for extra, what in FOR.items():
        if extra in asked.extras:
            lacks = [one for one in asked.extras[extra] if version_of(one.name) is None]
            old = [
                f"{one.name}{one.versions} ({found} is installed)"
                for one in asked.extras[extra]
                if (found := version_of(one.name)) is not None and not allows(one.versions, found)
            ]
            lacking = (*(one.name for one in lacks), *old)
            yield Feature(extra, what, lacking, install(extra) if lacking else "")


def _trackers() -> Iterator[Feature]:
    for name, (packages, what) in TRACKERS.items():
        there = [package for package in packages if version_of(package) is not None]
        lacking: tuple[str, ...] = () if there else (name,)
        if there == ["mlflow-skinny"]:
            lacking = tuple(package for package in MLFLOW_STORE if version_of(package) is None)
        yield Feature(name, what, lacking, f"pip install {' '.join(lacking)}" if lacking else "")


def _tools() -> Iterator[Feature]:
    for name, (names, what, helps) in TOOLS.items():
        said = os.environ.get("GAN_BROWSER") if name == "chromium" else None
        found = any(shutil.which(one) for one in ([said] if said else names))
        yield Feature(name, what, () if found else (name,), "" if found else helps)
