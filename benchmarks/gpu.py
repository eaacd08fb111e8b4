"""What a GPU is needed for, in at most 8 minutes: prints one Markdown table, and ends with 1 when anything failed.

    python benchmarks/gpu.py [--minutes 8] [--output FILE] [--only REGEX] [--dry-run] [--keep FOLDER] [--commit TEXT]

recipes: ten batches of every recipe of configs/model that needs no finished run, with its own networks and batches, in
float32, bf16-mixed and 16-mixed. All figures are finite, and metrics.csv has the same columns in all of them, and as on
the processor, where it is played small.
resume: a run of 20 batches equals one that was stopped after 10 and resumed, to the bit, with
trainer.deterministic=true; so two runs of one command are equal too. Where torch has no deterministic kernel for what a
recipe does, it is played with trainer.deterministic=warn, and the row is `limited`: it says which kernel, and what was
equal all the same.
engine: trainer.engine=compile ends where eager does, within 1e-4 of weights after 12 batches of SGD. Where nothing was
compiled, as on GPUs so far, the row is `limited` and says why. There is no engine of CUDA graphs.
ranks: trainer.sync_batchnorm=true on two GPUs; `skipped` where there are fewer.
speed, memory: DCGAN at 32 and 64 pixels in batches of 64 and 128, WGAN-GP, and ProGAN at 64 pixels, in float32 and as
trainer.precision=auto: gan-train with all it does by default but for evaluation, against the loops of on_gpu/plain.py,
which are eager, in float32 and fed by a DataLoader: medians and ranges over up to five interleaved stretches of 450
batches, as many as there is time for; and the most memory that torch.cuda counted in each. Both as torch comes: cuDNN
does not search for kernels, convolutions in float32 may take TF32. A stretch of the runner has one save and one
picture, as 500 batches of a run have. Goals are told, and no row fails for them.
stretch: some seconds of stacked_mnist/r3gan_full and of CycleGAN at 256 pixels at their own sizes: finite, images a
second, memory. Digits are noise there.

Without a GPU, or with --dry-run, the same is played small on the processor, about five minutes on two busy cores, and
each row says that it is a dry run: what it shows is that this script works. Data is made here, runs lie in a temporary
folder. Each part has a process of its own, with this checkout ahead of any that is installed. What is not through when
its part's share of the time is over is `skipped`, which is no failure.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from as_they_come import recipes_of
from on_gpu import FLOAT16, FLOAT32, PRECISIONS
from on_gpu.processes import ROOT, play
from on_gpu.rows import FAILED, LIMITED, OK, SKIPPED, Table

TIMED = [
    *(f"dcgan-{side}-of-{batch}" for side in ("32x32x1", "64x64x3") for batch in (64, 128)),
    "wgan_gp-28x28x1-of-50",
    "progan-64x64x3-of-16",
]
"""The games of on_gpu/speed.py, which imports torch."""


class Part(NamedTuple):
    """Cases that share a process; share: how much of all the time is over when it must be through."""

    name: str
    cases: list[str]
    share: float


def parts(only: str) -> list[Part]:
    """What there is to play; of it the cases of whose "<part> <case>" the regex is found in."""
    resumed = ("dcgan", "cyclegan", "progan_small")
    every = [
        Part("recipes", recipes_of(ROOT), 0.4),
        Part("resume", [*(f"{r} {precision}" for r in resumed for precision in PRECISIONS), f"dcgan {FLOAT16}"], 0.55),
        Part("engine", ["ring", "dcgan"], 0.6),
        Part("ranks", ["SyncBatchNorm"], 0.65),
        Part("speed", [f"{game} {precision}" for game in TIMED for precision in (FLOAT32, "auto")], 0.85),
        Part("stretch", ["r3gan_full", "cyclegan-256"], 1.0),
    ]
    return [part._replace(cases=[c for c in part.cases if re.search(only, f"{part.name} {c}")]) for part in every]


def commit() -> str:
    """The revision of this checkout, with + when it was changed."""
    command = ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def run(folder: Path, minutes: float, only: str, dry: bool, table: Table, revision: str) -> bool:
    """Whether nothing failed."""
    begin, device = time.time(), "–"
    for part in parts(only):
        for told in play(part.name, part.cases, folder, begin + 60 * minutes * part.share, dry):
            if told.device:
                device = told.device
                table.begin(f"{told.machine}; commit {revision}")
            for row in told.rows:
                table.begin(f"no machine: nothing could be started; commit {revision}")
                table.add(row, device)
    counts = ", ".join(f"{table.count(verdict)} {verdict}" for verdict in (OK, LIMITED, FAILED, SKIPPED))
    table.tell(f"\n{counts}, in {(time.time() - begin) / 60:.1f} minutes")
    return bool(table.rows) and not table.count(FAILED)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--output", type=Path, help="a file that gets the table too")
    parser.add_argument("--only", default="", metavar="REGEX", help="cases in whose '<part> <case>' this is found")
    parser.add_argument("--dry-run", action="store_true", help="on the processor, even where there is a GPU")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave runs and logs there")
    parser.add_argument("--commit", default=commit(), help="of the code, where it is no checkout")
    parser.add_argument("--part", nargs="+", help=argparse.SUPPRESS)  # a part's name and its cases: the process of it
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--until", type=float, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        from on_gpu.answering import answer

        name, *cases = asked.part
        answer(name, cases, asked.folder, asked.until, asked.dry_run)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = (asked.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        fine = run(folder, asked.minutes, asked.only, asked.dry_run, Table(asked.output), asked.commit)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
