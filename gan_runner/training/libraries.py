"""Lightning as the commands need it: without its advice, and without what only plots and rare metrics need."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.metadata import Distribution, DistributionFinder, PackageNotFoundError
from types import ModuleType

SPARED = ("matplotlib", "scipy")
"""What torchmetrics, which Lightning imports, imports where it is installed: a second of processor time.

It plots with the one; the other is for its metrics of segmentation and of permuted sources, which no game has.
"""


BY_DRIVER = "PYTORCH_NVML_BASED_CUDA_CHECK"
"""Set by Lightning: GPUs are counted by the library of their driver."""


def load() -> None:
    """Import Lightning, quietly. (In this process torchmetrics goes without these packages; they themselves work.)"""
    with hidden(*SPARED):
        import pytorch_lightning  # noqa: F401
    quiet()
    without_probes()


def quiet() -> None:
    """Lightning's advice (device tables, tips, worker counts) is not for this trainer."""
    for name in ("pytorch_lightning", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module="pytorch_lightning|torch.utils.data")
    # Schedules follow batches; a generator that waits for its turn steps its schedule before its optimizer.
    warnings.filterwarnings("ignore", message="Detected call of `lr_scheduler.step")


def without_probes() -> None:
    """Torch's optimizers ask at each step whether there is a GPU. Lightning has them look for the driver, so that a
    process that forks may ask too; where there is none, that tries to open its library in vain, for 50 µs each time.
    What is asked instead finds out once.
    """
    import torch

    if not torch.cuda.is_available():
        os.environ.pop(BY_DRIVER, None)


@contextmanager
def hidden(*packages: str) -> Iterator[None]:
    """While the block runs, whoever looks for one of these packages hears that it is not installed.

    One that is imported already, in part at least (a sweeper of optuna imports scipy), is not hidden: its parts would
    be missing.
    """
    finder = _Hidden([package for package in packages if package not in sys.modules])
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Hidden(DistributionFinder):
    """Asked before all others, for modules and for the metadata of what is installed."""

    def __init__(self, packages: Sequence[str]) -> None:
        self.packages = packages

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in self.packages:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return None

    def find_distributions(
        self,
        context: DistributionFinder.Context = DistributionFinder.Context(),  # noqa: B008
    ) -> Iterator[Distribution]:
        if context.name in self.packages:
            raise PackageNotFoundError(context.name)
        return iter(())
