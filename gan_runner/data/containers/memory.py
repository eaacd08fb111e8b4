"""Whether what has to be read as a whole fits into memory."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
GROUP = Path("/sys/fs/cgroup")
"""Where Linux says what a group of processes, a container or a batch job, may use."""
SPARED = 0.9
"""The share of it that one array may take."""


def free_bytes() -> int | None:
    """The memory that programs can still get; None where the system does not say."""
    found = []
    with suppress(OSError, ValueError):
        lines = dict(line.split(":", 1) for line in MEMINFO.read_text(encoding="utf-8").splitlines())
        found.append(int(lines["MemAvailable"].split()[0]) * 1024)
    with suppress(OSError, ValueError):  # "max": no limit
        limit, used = (int((GROUP / name).read_text()) for name in ("memory.max", "memory.current"))
        found.append(max(0, limit - used))
    return min(found, default=None)


def check_fits(size: int, what: str, remedy: str) -> None:
    """Raises ValueError where `size` bytes are more than there is memory for."""
    free = free_bytes()
    if free is not None and size > SPARED * free:
        raise ValueError(f"{what} takes {size / 1e6:,.0f} MB of memory and {free / 1e6:,.0f} MB are free: {remedy}")
