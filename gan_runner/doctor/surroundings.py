"""What else a process is given: variables, shared memory, clock, encoding."""

from __future__ import annotations

import locale
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from gan_runner.config.options import CONFIGS
from gan_runner.doctor.troubles import Trouble, warning
from gan_runner.files import expanded

SHARED = Path("/dev/shm")
"""Through it processes that draw batches hand them over."""
ENOUGH = 512e6
"""Bytes of it; Docker gives 64 MB."""
MOST_SECONDS = 2.0
"""That the clock of a disk may be apart from the machine's."""
TOLD = ("OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "MKL_NUM_THREADS", "PYTHONUTF8", "WANDB_MODE", "MLFLOW_TRACKING_URI")
"""Variables that change what runs do; of the last it is said that it is set, for addresses may hold passwords."""


def surroundings(outputs: str) -> dict[str, Any]:
    """Facts for troubles() and for whoever reads a report."""
    told = {name: os.environ[name] for name in TOLD if name in os.environ}
    return {
        "variables": told | ({"MLFLOW_TRACKING_URI": "(set)"} if "MLFLOW_TRACKING_URI" in told else {}),
        "shared_memory": _shared(),
        "encoding": sys.stdout.encoding or locale.getpreferredencoding(False),
        "file_encoding": locale.getpreferredencoding(False),
        "clock": time.strftime("%Y-%m-%d %H:%M:%S%z"),
        "clock_behind": _behind(),
        "disk_clock_apart": _apart(outputs),
    }


def _shared() -> int | None:
    """Free bytes, None where there is no such thing."""
    with suppress(OSError):
        return shutil.disk_usage(SHARED).free
    return None


def _behind() -> float:
    """Days by which the clock is before the time when these files were written, at least; 0 where it is not."""
    with suppress(OSError):
        return max(0.0, ((CONFIGS / "train.yaml").stat().st_mtime - time.time()) / 86400)
    return 0.0


def _apart(outputs: str) -> float:
    """Seconds by which the clock of the disk that outputs lie on is ahead of the machine's."""
    folder = expanded(outputs)
    with suppress(OSError), tempfile.NamedTemporaryFile(dir=folder, prefix=".gan-doctor-") as file:
        file.write(b"0")
        file.flush()
        return Path(file.name).stat().st_mtime - time.time()
    return 0.0


def troubles(found: dict[str, Any], cores: float) -> Iterator[Trouble]:
    """cores: that may be used."""
    yield from _of_threads(found["variables"].get("OMP_NUM_THREADS"), cores)
    shared = found["shared_memory"]
    if shared is not None and shared < ENOUGH:
        yield warning(
            f"{SHARED} has {shared / 1e6:.0f} MB: runs with data.num_workers above 0 may die of a bus error",
            "docker run --shm-size=2g, or leave data.num_workers at 0",
        )
    for what, key in (("the terminal's", "encoding"), ("files'", "file_encoding")):
        if found[key].lower().replace("-", "").replace("_", "") not in ("utf8", "utf8sig"):
            says = f"{what} encoding is {found[key]}, not UTF-8: names with accents are garbled or refused"
            yield warning(says, "export PYTHONUTF8=1, or LANG=C.UTF-8")
            break
    if found["clock_behind"] > 1:
        says = f"the clock says {found['clock']}, {found['clock_behind']:.0f} day(s) before these files were written"
        yield warning(f"{says}: run=last and resume=auto go by it, and downloads may be refused", "set the clock")
    if abs(found["disk_clock_apart"]) > MOST_SECONDS:
        says = f"the disk's clock is {found['disk_clock_apart']:+.0f} seconds from the machine's"
        yield warning(f"{says}: run=last may be another run than the newest", "set the clocks of both machines")


def _of_threads(given: str | None, cores: float) -> Iterator[Trouble]:
    """OMP_NUM_THREADS, which torch takes its threads from."""
    if given is None:
        return
    if not given.isdecimal() or int(given) < 1:
        yield warning(f"OMP_NUM_THREADS={given} is no number of threads", "unset OMP_NUM_THREADS")
    elif int(given) > max(1, cores):
        says = (
            f"OMP_NUM_THREADS={given} is more than the {cores:g} core(s) that may be used: threads wait for each other"
        )
        yield warning(says, f"export OMP_NUM_THREADS={max(1, int(cores))}")
    elif int(given) == 1 and cores >= 2:
        says = f"OMP_NUM_THREADS=1: a run uses one of the {cores:g} cores, which suits sweeps of many jobs alone"
        yield warning(says, "unset OMP_NUM_THREADS")
