"""run.json: how a run was started, on what, and how it ended."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any

from gan_runner.files import write_json
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.interruption import signals

PACKAGES = ("torch", "torchvision", "pytorch-lightning", "hydra-core", "omegaconf", "tensorboard", "numpy")
KEPT = ("batches", "generator_updates", "figures", "initial_weights", "choices", "swept")
"""Facts that a run has from its earlier parts: what it came to, where its weights are from, what was chosen."""


class Pruned(Exception):  # noqa: N818  # no error
    """A trial of a search was ended early: it is not worth its time."""


class Record:
    """Keeps <folder>/run.json while its block runs: status running, then finished, interrupted or failed + why.

    It begins with its block, or `later`, when it is told to: a run that is not gone on with keeps the record it has.
    Of a run on several ranks the first one writes; the others are `silent`. choices: the model and so on, by group;
    swept: the keys in which it differs from the other jobs of its sweep.
    """

    def __init__(
        self,
        folder: Path,
        seed: int,
        overrides: list[str],
        silent: bool = False,
        later: bool = False,
        choices: Mapping[str, str] | None = None,
        swept: Sequence[str] = (),
    ) -> None:
        self.folder, self.silent, self.later = RunFolder(folder), silent, later
        self._waits = True
        self.facts: dict[str, Any] = {
            "status": "running",
            "command": ["gan-train", *overrides],  # of a sweep: this job alone
            **({"choices": dict(choices)} if choices else {}),
            **({"swept": list(swept)} if swept else {}),
            "directory": os.getcwd(),
            "host": platform.node(),
            "process": os.getpid(),
            "started": datetime.now().astimezone().isoformat(timespec="seconds"),
            "seed": seed,
            "git_revision": _git_revision(),
            "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        }
        self._begun, self._cpu_begun = time.monotonic(), time.process_time()

    def __enter__(self) -> Record:
        if not self.later:
            self.begin()
        signals.last.append(self._interrupted)
        return self

    def begin(self, anew: bool = False) -> None:
        """The run plays, unless that is said already; anew: not on from what was played in its folder."""
        if not self._waits:
            return
        self._waits = False
        if before := self.folder.facts():  # a resumed run keeps the story of its earlier parts
            self.facts |= {key: before[key] for key in KEPT if key in before and self.later and not anew}
            self.facts["earlier"] = [*before.pop("earlier", []), before]
        self._write()

    def add(self, **facts: Any) -> None:
        """Note facts; they are on disk at once."""
        self.facts |= facts
        self._write()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signals.last.remove(self._interrupted)
        if error is None:
            signals.finish()  # from here on the run is told as finished, whatever comes
        with signals.whole():
            if error is None:
                self.add(status="finished", **self._took())
            elif signals.caused(error):
                self._interrupted()
            elif isinstance(error, Pruned):
                self.add(status="pruned", why=str(error), **self._took())
            else:
                self.add(status="failed", why=f"{type(error).__name__}: {error}", **self._took())

    def _interrupted(self) -> None:
        self.add(status="interrupted", **self._took())

    def _took(self) -> dict[str, float]:
        return {
            "seconds": round(time.monotonic() - self._begun, 2),
            "cpu_seconds": round(time.process_time() - self._cpu_begun, 2),  # of all threads; a busy machine adds none
        }

    def _write(self) -> None:
        if self.silent or self._waits:
            return
        write_json(self.folder.record, self.facts)


def hardware() -> dict[str, Any]:
    """What the run computes on."""
    import torch

    return {
        "machine": platform.machine(),
        "processor": torch.cpu.get_capabilities().get("cpu_name", platform.processor()),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "gpus": [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())],
    }


@cache  # what runs is what was there when the process began: jobs of a sweep do not ask again
def _git_revision() -> str | None:
    """The revision of the code that runs, with + when it was changed, or None outside a checkout."""
    here = Path(__file__).parent
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
            cwd=here, capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip()
