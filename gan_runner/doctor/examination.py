"""All that gan-doctor finds, as plain values."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, NamedTuple

import gan_runner
from gan_runner.doctor import packages as versions
from gan_runner.doctor import places as disks
from gan_runner.doctor import surroundings as around
from gan_runner.doctor.devices import devices
from gan_runner.doctor.features import Feature, features
from gan_runner.doctor.packages import Package, installed
from gan_runner.doctor.places import Place
from gan_runner.doctor.probe import Probe
from gan_runner.doctor.requirements import newest_tested, requirements
from gan_runner.doctor.shadows import way_out
from gan_runner.doctor.troubles import Trouble, missing, private, warning

MODULES = {"pytorch-lightning": "pytorch_lightning", "hydra-core": "hydra", "pyyaml": "yaml", "pillow": "PIL",
           "scikit-learn": "sklearn"}  # fmt: skip
"""Package -> the module that it brings, where that is called otherwise."""
SLOW = {"torch", "torchvision", "pytorch-lightning", "torchmetrics", "tensorboard", "scikit-learn", "matplotlib"}
"""Packages whose import takes long: torch is tried by itself, and of the others it is seen whether they are there."""


class Examination(NamedTuple):
    """torch: what its import came to (doctor/probe.py)."""

    system: dict[str, str]
    packages: list[Package]
    torch: dict[str, Any]
    devices: dict[str, Any]
    places: list[Place]
    surroundings: dict[str, Any]
    features: list[Feature]
    troubles: list[Trouble]

    @property
    def works(self) -> bool:
        """Whether nothing that is needed is missing."""
        return not any(trouble.level == "missing" for trouble in self.troubles)

    def plain(self) -> dict[str, Any]:
        """For programs."""
        found = self._asdict()
        for key in ("packages", "places", "features", "troubles"):
            found[key] = [one._asdict() for one in found[key]]
        return {"works": self.works, **found}


def examine(outputs: str = "outputs", data: str = "data") -> Examination:
    """Look at everything; imports are tried in processes beside it."""
    asked = requirements()
    found = installed(asked.needed, newest_tested())
    there = [one.name for one in found if one.version is not None]
    quick = [MODULES.get(name, name) for name in there if name not in SLOW]
    torch_tried, others_tried = Probe("torch"), Probe(*quick)
    folders, machine, around_it = disks.places(outputs, data), devices(), around.surroundings(outputs)
    more, torch, others = features(asked), torch_tried.told()["torch"], others_tried.told()
    torch["error"] = torch["error"] and private(torch["error"])
    troubles = [
        *versions.troubles(asked, found),
        *_of_imports(there, torch, others),
        *_of_devices(torch, machine),
        *disks.troubles(folders),
        *around.troubles(around_it, machine["usable_cores"]),
    ]
    return Examination(_system(), found, torch, machine, folders, around_it, more, troubles)


def _system() -> dict[str, str]:
    return {
        "gan-runner": gan_runner.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
    }


def _of_imports(there: list[str], torch: dict[str, Any], others: dict[str, Any]) -> Iterator[Trouble]:
    """What is installed and cannot be imported."""
    if "torch" in there and torch["error"]:
        yield missing(f"torch cannot be imported: {torch['error']}", way_out("torch", "torch"))
    for module, told in others.items():
        if told["error"]:
            package = next((name for name, called in MODULES.items() if called == module), module)
            yield missing(f"{package} cannot be imported: {told['error']}", way_out(module, package))
    for name in there:
        if name in SLOW - {"torch"} and not _is_there(MODULES.get(name, name)):
            says = f"{name} is noted as installed, and its files are not there"
            yield missing(says, f"pip install --force-reinstall {name}")


def _is_there(module: str) -> bool:
    """Whether Python finds it, without importing it."""
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _of_devices(torch: dict[str, Any], machine: dict[str, Any]) -> Iterator[Trouble]:
    """A GPU that torch does not use."""
    driver = machine["nvidia"]
    if driver is None or torch["error"] or torch["gpus"]:
        return
    names = ", ".join(gpu["name"] for gpu in driver["gpus"]) or "its driver is there"
    if torch["cuda"] is None:
        says = f"this machine has a GPU ({names}), and torch {torch['version']} is a build for processors alone"
        yield warning(says, "pip install --force-reinstall torch torchvision, as https://pytorch.org/get-started says")
    else:
        says = f"this machine has a GPU ({names}), and torch (CUDA {torch['cuda']}) finds none"
        yield warning(says, f"update the driver {driver['driver']}, or unset CUDA_VISIBLE_DEVICES".replace("  ", " "))
