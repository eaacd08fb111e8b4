"""What a command costs before its first batch, or before it says what is wrong with it.

    python benchmarks/start.py                          this checkout
    python benchmarks/start.py --before <checkout>      beside another one

CPU seconds of a process and its children, least and median of `--repeat` runs, each in a folder of its own; in
brackets the ratio of the medians to that of a reference, which imports what the command cannot do without. References
and commands take turns, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FIRST = "+callbacks.first_batch._target_=start.first_batch"
"""Ends a run at its first batch."""


@dataclass(frozen=True)
class Reference:
    """What a command is compared with, and the most that it may take of it."""

    code: str
    most: float


TEXT = Reference("import hydra, omegaconf, yaml", 3.0)
TORCH = Reference("import torch", 1.2)
LIGHTNING = Reference("import torch, torchvision, pytorch_lightning", 1.6)

CASES: dict[str, tuple[Reference, str]] = {
    "unknown key": (TEXT, "train data.batchsize=3"),
    "unknown key, added": (TEXT, "train +data.batchsize=3"),
    "unknown group": (TEXT, "train los=hinge"),
    "key that nothing reads": (TEXT, "train +foo=1"),
    "part taken away": (TEXT, "train ~data"),
    "class of no package": (TORCH, "train data._target_=foo.Bar"),
    "unknown option": (TEXT, "train loss=hing"),
    "unknown key of gan-sample": (TEXT, "sample outptu=x.png"),
    "no such run to resume": (TEXT, "train resume=nothing"),
    "no such run to sample": (TEXT, "sample run=nothing output=x.png"),
    "no such run to evaluate": (TEXT, "evaluate run=nothing"),
    "no such run to translate": (TEXT, "translate run=nothing input=x.png output=y.png"),
    "no such checkpoint": (TEXT, "sample ckpt=nothing.ckpt output=x.png"),
    "no such image": (TEXT, "translate run={run} input=nothing.png output=y.png"),
    "batch of none": (TORCH, "train data.batch_size=0"),
    "negative steps": (TORCH, "train trainer.max_steps=-5"),
    "pictures every 0 batches": (TORCH, "train callbacks.samples.every=0"),
    "negative rate": (TORCH, "train optimizer.lr=-1"),
    "no samples": (TORCH, "sample run={run} num_samples=0 output=x.png"),
    "first batch, first run": (LIGHTNING, f"train {FIRST}"),
    "first batch, later run": (LIGHTNING, f"train paths.cache={{cache}} {FIRST}"),
}


def first_batch() -> Any:
    """A callback that ends the process at the first batch, with the names of the modules that are imported by then in
    the file MODULES_AT_FIRST_BATCH where that is set.
    """
    from pytorch_lightning import Callback

    class FirstBatch(Callback):
        def on_train_batch_start(self, *_: Any) -> None:
            if path := os.environ.get("MODULES_AT_FIRST_BATCH"):
                Path(path).write_text("\n".join(sys.modules))
            sys.stdout.flush()
            os._exit(0)

    return FirstBatch()


def cpu_seconds(code: str, arguments: list[str], checkout: Path | None) -> float:
    """Of a Python process in a new folder; `checkout` is what it imports gan_runner from."""
    path = os.pathsep.join(map(str, filter(None, (checkout, HERE))))
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        line = [sys.executable, "-c", code, *arguments]
        process = subprocess.Popen(
            line, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0  # it has been waited for
    return used.ru_utime + used.ru_stime


def command(line: str) -> tuple[str, list[str]]:
    name, *arguments = line.split()
    return f"from gan_runner.cli.{name} import main; main()", arguments


def a_run(folder: Path, checkout: Path) -> Path:
    """A finished run, and a cache of the classifier that the digits are judged by."""
    line = f"train model=vanilla data=ring trainer.max_steps=1 hydra.run.dir={folder / 'run'} paths.cache={folder}"
    cpu_seconds(*command(line), checkout)
    cpu_seconds(*command(f"train paths.cache={folder / 'cache'} {FIRST}"), checkout)
    return folder / "run"


def measured(checkouts: dict[str, Path], folder: Path, repeat: int) -> dict[tuple[str, str], list[float]]:
    """CPU seconds by checkout and case; references by '' and their code."""
    run = a_run(folder, checkouts["after"])
    found: dict[tuple[str, str], list[float]] = {}
    for _ in range(repeat):
        for reference in (TEXT, TORCH, LIGHTNING):
            found.setdefault(("", reference.code), []).append(cpu_seconds(reference.code, [], None))
            for case, (of, line) in CASES.items():
                for name, checkout in checkouts.items() if of is reference else ():
                    code, arguments = command(line.format(run=run, cache=folder / "cache"))
                    found.setdefault((name, case), []).append(cpu_seconds(code, arguments, checkout))
    return found


def rows(checkouts: dict[str, Path], found: dict[tuple[str, str], list[float]]) -> Iterator[str]:
    """Markdown, one line a case."""
    yield f"| case | {' | '.join(checkouts)} | at most | of |"
    yield "|---" * (len(checkouts) + 3) + "|"
    for case, (of, line) in CASES.items():
        base = statistics.median(found["", of.code])
        cells = [cell(found[name, case], base) for name in checkouts]
        shown = line.replace(FIRST, "").replace("{", "<").replace("}", ">").strip()
        yield f"| {case}: `gan-{shown}` | {' | '.join(cells)} | {of.most:g} | {base:.2f} s: `{of.code}` |"


def cell(seconds: list[float], base: float) -> str:
    median = statistics.median(seconds)
    return f"{min(seconds):.2f} / {median:.2f} s ({median / base:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="another checkout of gan_runner")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each case")
    asked = parser.parse_args()
    checkouts = {"before": asked.before.resolve()} if asked.before else {}
    checkouts["after"] = HERE.parent
    with tempfile.TemporaryDirectory() as folder:
        found = measured(checkouts, Path(folder), asked.repeat)
    print("\n".join(rows(checkouts, found)))


if __name__ == "__main__":
    main()
