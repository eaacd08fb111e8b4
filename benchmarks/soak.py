"""Does memory stay flat: over 20,000 batches of one run, and over the 20 jobs of one sweep?

    python benchmarks/soak.py [batches=20000] [jobs=20]

Each command runs in a process of its own, whose resident memory (Linux: /proc) is read every half second. The table
shows it at five points of the command's duration, from the fifth on which start-up is over, and what is on disk.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

SMALL_GAME = ["model=vanilla", "data=ring", "network.generator.hidden=[64,64]", "network.discriminator.hidden=[64,64]"]
POINTS = (0.2, 0.4, 0.6, 0.8, 1.0)


def resident_mb(process: int) -> float:
    """Resident memory of a process in MB, 0 once it is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def watch(arguments: list[str], folder: str) -> list[float]:
    """Resident memory of a gan-train command while it runs, every half second."""
    command = [str(Path(sys.executable).with_name("gan-train")), *arguments, f"paths.outputs={folder}"]
    curve = []
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            curve.append(resident_mb(process.pid))
            time.sleep(0.5)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return [mb for mb in curve if mb]


def row(name: str, arguments: list[str]) -> str:
    """A line of the table."""
    with tempfile.TemporaryDirectory() as folder:
        curve = watch(arguments, folder)
        events = sum(path.stat().st_size for path in Path(folder).rglob("*tfevents*")) / 1e6
        figures = sum(path.stat().st_size for path in Path(folder).rglob("metrics.csv")) / 1e6
    shown = [curve[min(len(curve) - 1, int(point * len(curve)))] for point in POINTS]
    memory = " | ".join(f"{mb:.0f}" for mb in shown)
    return f"| {name} | {memory} | {shown[-1] - shown[0]:+.0f} | {events:.1f} | {figures:.1f} |"


def main() -> None:
    """Print the table."""
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    batches, jobs = int(given.get("batches", 20_000)), int(given.get("jobs", 20))
    points = " | ".join(f"MB at {point:.0%}" for point in POINTS)
    print(f"| command | {points} | growth | events MB | metrics.csv MB |\n|---|{'---|' * (len(POINTS) + 3)}")
    print(row(f"{batches} batches", [*SMALL_GAME, f"trainer.max_steps={batches}"]), flush=True)
    sweep = ["-m", *SMALL_GAME, "trainer.max_steps=200", f"seed=range({jobs})"]
    print(row(f"{jobs} jobs of 200 batches", sweep), flush=True)


if __name__ == "__main__":
    main()
