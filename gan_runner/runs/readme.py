"""README.md of a run folder: what was played, what each file that is there holds, and what the figures say."""

from __future__ import annotations

import logging
import math
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from gan_runner.figures import is_control, is_headline, is_measured, is_of_one_class
from gan_runner.files import replacing
from gan_runner.images.captions import ARROWS, arrowed, batches, beside_real, caption_of, of_reals
from gan_runner.runs.folder import RunFolder

log = logging.getLogger(__name__)

FILES = {
    "curves.png": "losses, what the discriminator says and how often it is right, gradient norms, the states of the "
    "monitor as bands; below them evaluations, beside those of real data",
    "report.html": "the page to hand in: samples over time, curves, figures beside those of real data, settings; one "
    "file that any browser opens",
    "samples/progress.gif": "the samples over the whole run, each frame with its batches",
    "samples/[0-9]*.png": "samples of the same latents after so many batches",
    "samples/real.png": "real data in the same order",
    "samples/a2b_*.png": "images of A, and what becomes of them",
    "samples/b2a_*.png": "images of B, and what becomes of them",
    "samples/reconstruction_*.png": "held-out images and what comes back of them",
    "samples/stages.png": "a growing game: the same latents at every size",
    "samples/stages.gif": "the same, one size after the other",
    "samples/stage_*.png": "the same, a file for each size",
    "samples/modes_*.png": "how many samples each mode or class has",
    "samples/by_mode_*.png": "some samples of each mode or class",
    "samples/nearest_*.png": "the fakes that are nearest to a training image, above that image",
    "samples/worst_*.png": "the translations that went wrong most",
    "samples/plane_*.png": "what the decoder makes of each place of a plane of codes",
    "samples/codes_*.png": "the codes of held-out samples, by class",
    "samples/kl_*.png": "what each number of a code tells, in nats",
    "checkpoints/last.ckpt": "the newest state: enough to sample and to go on",
    "checkpoints/previous.ckpt": "the state before it, should that file be damaged",
    "checkpoints/best.ckpt": "the best state by evaluation.best",
    "metrics.csv": "all figures by their full names, a row for each logged batch",
    "metrics.json": "what gan-evaluate found",
    "events.out.tfevents.*": "figures and pictures for `tensorboard --logdir <this folder>`",
    "run.json": "command, seed, versions, hardware, time, data, the final figures, the monitor's changes of state, how "
    "the run ended and why",
    "config.yaml": "the configuration with every value filled in",
    "train.log": "the lines of the run with their times",
    ".hydra": "the configuration as it was composed: a resumed run begins with it",
    "wandb/*run-*": "the run for Weights & Biases: `wandb sync <that folder>` sends it",
    "mlflow.json": "which run of MLflow it is",
    "hparams.yaml": "the settings that decide the outcome, for TensorBoard",
}
"""What may lie in a run folder -> what it is; `*` and `[0-9]*` stand for batches, sizes, directions."""


def leave(run: RunFolder) -> None:
    """Write it, of the files that are there. What goes wrong is told and ends no run."""
    try:
        with replacing(run.readme) as beside:
            beside.write_text(page(run), encoding="utf-8")
    except Exception as error:
        log.warning("%s is not written: %s", run.readme.name, error)


def page(run: RunFolder) -> str:
    """Markdown."""
    facts = run.facts()
    told = [
        f"# {run.called}",
        "",
        *_played(facts, run.called),
        "| file | what it holds |",
        "|---|---|",
        *(f"| `{name}` | {what} |" for name, what in present(run)),
        *_figures(facts.get("figures") or {}),
    ]
    return "\n".join(told) + "\n"


def present(run: RunFolder) -> Iterator[tuple[str, str]]:
    """The files that are there, many of one kind as one pattern, with what they hold."""
    for pattern, what in FILES.items():
        found = sorted(run.path.glob(pattern))
        if len(found) == 1:
            yield str(found[0].relative_to(run.path)), what
        elif found:
            yield re.sub(r"\[0-9\]\*|\*", "<…>", pattern), f"{what} ({len(found)} files)"


def _played(facts: Mapping[str, Any], called: str) -> Iterator[str]:
    """The commands that played it, one after the other, and where its end is told."""
    commands = [part["command"] for part in (*facts.get("earlier", []), facts) if part.get("command")]
    if commands:
        told = [shlex.join(_by_name(word, called) for word in command) for command in commands]
        yield f"Played by {', then by '.join(f'`{one}`' for one in dict.fromkeys(told))}."
        length = f" after {batches(facts['batches'])}" if facts.get("batches") else ""
        yield f"How it ended{length}, and why, is in `run.json`."
        yield ""


def _by_name(word: str, called: str) -> str:
    """resume= with the name of the run, which gan-train takes as well as its folder."""
    return f"resume={called}" if word.startswith("resume=") and word != "resume=auto" else word


def _figures(figures: Mapping[str, float]) -> Iterator[str]:
    """What the last evaluation found, the figures that runs are compared by first."""
    names = [name for name in figures if is_measured(name) and not is_control(name) and not is_of_one_class(name)]
    if not names:
        return
    yield from ("", "## The newest figures", "", "| figure | here | real data | what it says | its full name |")
    yield "|---|---|---|---|---|"
    for name in sorted(names, key=lambda name: not is_headline(name)):
        known = caption_of(name)
        real = figures.get(of_reals(name))
        cells = [arrowed(name), _number(figures[name]), "" if real is None else _number(real)]
        yield f"| {' | '.join([*cells, known.says if known else '', f'`{name}`'])} |"
    yield from ("", f"{ARROWS}. Real data: other real samples in the place of the generated ones.")


def main_figures(figures: Mapping[str, float], most: int = 6) -> list[tuple[str, str, str]]:
    """Those that runs are compared by: short name, value beside that of real data, full name."""
    names = [name for name in figures if is_headline(name) and not is_control(name)][:most]
    told = []
    for name in names:
        real = figures.get(of_reals(name))
        told.append((arrowed(name), beside_real(_number(figures[name]), None if real is None else _number(real)), name))
    return told


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else "not finite"
