"""What there is to compute on: processor, cores that may be used, memory, GPUs. Nothing of it asks torch."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from gan_runner.data.containers.memory import free_bytes

CPUINFO, MEMINFO = Path("/proc/cpuinfo"), Path("/proc/meminfo")
OWN_GROUP, GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
"""Which group of processes this one is in, and where Linux says what each may use."""
NVIDIA = Path("/proc/driver/nvidia/version")
BF16 = ("avx512_bf16", "amx_bf16", "bf16")
"""What a processor that multiplies bf16 itself calls it."""


def devices() -> dict[str, Any]:
    """By name; of memory bytes, None where the system does not say."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "usable_cores": usable_cores(),
        "native_bf16": native_bf16(),
        "memory": total_memory(),
        "free_memory": free_bytes(),
        "nvidia": nvidia(),
    }


def processor() -> str:
    """As its maker calls it."""
    for line in _lines(CPUINFO):
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Hardware", "cpu model"):
            return " ".join(value.split())
    with suppress(OSError, subprocess.SubprocessError):
        if platform.system() == "Darwin":
            return _asked("sysctl", "-n", "machdep.cpu.brand_string")
    return platform.processor() or platform.machine()


def native_bf16() -> bool | None:
    """Whether the processor multiplies bf16 itself; None where the system does not say what it can."""
    for line in _lines(CPUINFO):
        key, _, value = line.partition(":")
        if key.strip() in ("flags", "Features"):
            return bool({*BF16} & {*value.split()})
    return None


def usable_cores() -> float:
    """Those that this process may run on: by its affinity, and by the share of time that its group is given."""
    cores: float = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # not of every system
        with suppress(OSError):
            cores = len(os.sched_getaffinity(0))
    return min([cores, *_quotas()])


def _quotas() -> Iterator[float]:
    """Cores that groups of processes are limited to: this one's and those above it."""
    for folder in _groups():
        with suppress(OSError, ValueError):  # "max": no limit
            quota, period = (folder / "cpu.max").read_text().split()
            yield int(quota) / int(period)
    with suppress(OSError, ValueError):  # of the first version of such groups
        quota, period = ((GROUPS / "cpu" / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        if int(quota) > 0:
            yield int(quota) / int(period)


def _groups() -> Iterator[Path]:
    own = next((line[3:] for line in _lines(OWN_GROUP) if line.startswith("0::")), "/")
    place = GROUPS / own.strip().lstrip("/")
    yield from [place, *(above for above in place.parents if above.is_relative_to(GROUPS))]


def total_memory() -> int | None:
    """Bytes that the machine has, or that this process's groups may use."""
    found = []
    if hasattr(os, "sysconf"):  # nor this
        with suppress(OSError, ValueError):
            found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for folder in _groups():
        with suppress(OSError, ValueError):
            found.append(int((folder / "memory.max").read_text()))
    return min(found, default=None)


def nvidia() -> dict[str, Any] | None:
    """The driver's version and the GPUs that it knows, whether torch can use them or not; None without a driver."""
    asked = shutil.which("nvidia-smi")
    if asked is None and not NVIDIA.exists():
        return None
    gpus, driver = [], ""
    with suppress(OSError, subprocess.SubprocessError):
        keys = "name,memory.total,driver_version"
        for line in _asked(asked or "nvidia-smi", f"--query-gpu={keys}", "--format=csv,noheader").splitlines():
            name, memory, driver = (part.strip() for part in line.split(","))
            gpus.append({"name": name, "memory": memory})
    return {"driver": driver, "gpus": gpus} if gpus or NVIDIA.exists() else None


def _asked(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()


def _lines(path: Path) -> list[str]:
    with suppress(OSError):
        return path.read_text(errors="replace").splitlines()
    return []
