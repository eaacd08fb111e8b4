"""Does changed code still play to the same bits? Every recipe, and the tricks, played by two checkouts and compared.

    python benchmarks/same_bits.py BEFORE AFTER [--only PATTERN] [--except REGEX] [--keep FOLDER]

BEFORE and AFTER are checkouts of this repository. Each plays 20 batches of every recipe of BEFORE's configs/model, and
of lists of tricks, on one thread, in float32, with evaluations and samples on the way. Then every tensor and number of
checkpoints/last.ckpt is compared to the bit, and metrics.csv cell by cell. Prints a row for each case, and ends with 1
when anything differs or did not play. A checkout takes about a minute.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from as_they_come import recipes_of
from PIL import Image

SHORT = [
    "trainer.max_steps=20", "trainer.accelerator=cpu", "trainer.precision=32-true", "trainer.log_every_n_steps=2",
    "evaluation.every=10", "evaluation.num_samples=40", "callbacks.samples.every=10", "callbacks.samples.count=10",
    "callbacks.panels.every=10", "callbacks.panels.count=2", "callbacks.finite.every=5", "hydra.run.dir=run", "seed=1",
]  # fmt: skip
"""What all cases are played with."""
DIGITS = ["data=digits", "features.steps=20", "data.batch_size=8", "network.width=8"]
RING = [
    "data=ring", "data.num_samples=1000", "data.batch_size=16", "latent.latent_dim=2",
    "network.generator.hidden=[32,32]", "network.discriminator.hidden=[32,32]",
]  # fmt: skip
PHOTOS = [
    "data=folder", "data.root={data}/photos", "data.image_size=16", "data.holdout=0.25", "data.batch_size=8",
    "network.width=8",
]  # fmt: skip
TRANSLATION = ["data.image_size=16", "network.width=8", "network.layers=1", "data.root={data}/pairs"]
RESTORING = [
    "data@data.of=folder", "data.of.root={data}/photos", "data.of.image_size=16", "data.batch_size=4",
    "network.width=8", "network.layers=1",
]  # fmt: skip
GROWING = [
    "data=digits", "features.steps=20", "latent.latent_dim=16", "network.max_channels=8", "network.base_channels=64",
    "tricks.growing.stable_images=24", "tricks.growing.fade_images=24",
]  # fmt: skip
"""From 4 to 16 pixels in 20 batches."""
GROWING_BATCHES = "tricks.growing.batch_sizes=[8,8,4]"
NO_NORM = "network.discriminator.norm=none"

CODES = [*DIGITS[:-1], "network.hidden=[16]"]
RECIPES = {
    "autoencoder": CODES,
    "vae": CODES,
    "beta_vae": CODES,
    "cvae": CODES,
    "aae": [*CODES, "network.discriminator.hidden=[16]"],
    "vanilla": ["data=digits", "features.steps=20", "data.batch_size=8", *RING[-2:]],
    "sngan": [*DIGITS[:-1], "network.generator.width=8", "network.discriminator.width=8"],
    "r3gan": [*DIGITS[:-1], "network.width=16"],
    "wgan": [*DIGITS, "system.warmup.turns=1", "system.warmup.discriminator_steps=8", "system.warmup.again_every=2"],
    "progan": [*GROWING, "data.batch_size=8", GROWING_BATCHES],
    "progan_paper": [*GROWING, "data.batch_size=8", GROWING_BATCHES],
    "progan_small": [*GROWING, "data.batch_size=8"],
    "cyclegan": [*TRANSLATION, "network.blocks=1"],
    "pix2pix": TRANSLATION,
    "two_stage": ["data=paired", *TRANSLATION, "data.batch_size=4", "system.coarse_batches=10"],
    "inpainting": RESTORING,
    "super_resolution": RESTORING,
    "colorization": RESTORING,
    "denoising": RESTORING,
    "deblurring": RESTORING,
}
"""How a recipe is made small; {data} is the folder of make_data. One that is not here is made as small as DIGITS."""

TRICKS = {
    "ema+r1": [
        "model=dcgan", *DIGITS, "network.discriminator.norm=layer", "tricks.r1.every=3", "schedule=cosine",
        "tricks=[ema,r1]",
    ],
    "unrolled": ["model=vanilla", *RING, "loss=minimax", "tricks.unrolled.steps=3", "tricks=[unrolled]"],
    "pacgan+diff_augment": ["model=dcgan", *DIGITS, "loss=relativistic_average", "tricks=[pacgan,diff_augment]"],
    "discriminator_ensemble+instance_noise": [
        "model=vanilla", *RING, "tricks.discriminator_ensemble.count=3", "tricks.instance_noise.anneal=15",
        "tricks=[discriminator_ensemble,instance_noise]",
    ],
    "minibatch_discrimination+feature_matching": [
        "model=dcgan", *DIGITS, "system.generator_steps=2", "system.gradient_clip.generator=0.5",
        "tricks=[minibatch_discrimination,feature_matching]",
    ],
    "replay+top_k": [
        "model=vanilla", *RING, "optimizer=sgd", "tricks.replay.size=20", "tricks.top_k.interval=4",
        "tricks.top_k.decay=0.8", "tricks=[replay,top_k]",
    ],
    "ada+lecam": ["model=dcgan", *PHOTOS, "tricks.ada.kimg=0.2", "tricks.lecam.start=5", "tricks=[ada,lecam]"],
    "spectral_norm+consistency": [
        "model=dcgan", *DIGITS, NO_NORM, "loss=hinge", "tricks.consistency.latent_weight=20",
        "tricks.consistency.spread_weight=0.5", "tricks=[spectral_norm,consistency]",
    ],
    "gradient_penalty+mode_seeking+minibatch_stddev": [
        "model=wgan_gp", *DIGITS, "system.discriminator_steps=2", "system.accumulate=2",
        "tricks=[gradient_penalty,mode_seeking,minibatch_stddev]",
    ],
    "historical_averaging+latent_regression+weight_clipping": [
        "model=wgan", *DIGITS, NO_NORM, "system.warmup=null", "system.discriminator_steps=2",
        "tricks=[historical_averaging,latent_regression,weight_clipping]",
    ],
    "auxiliary_classifier+latent_prior+r2+ema": [
        "model=cgan", *DIGITS, "network.conditional=generator", NO_NORM, "data.augment.hflip=true",
        "tricks=[auxiliary_classifier,latent_prior,r2,ema]",
    ],
}  # fmt: skip
"""All moments at which tricks act; beside them other losses, optimizers, schedules and turns than the recipes have."""

CLOCKS = re.compile(r"images_per_second|seconds")
"""Columns of metrics.csv that tell the time."""
ASIDE = {"origin", "pytorch-lightning_version", "hyper_parameters", "hparams_name"}
"""Parts of a checkpoint that say what was played, not what came of it."""
SHOWN = 4
"""Names that are told of what differs."""
LIMIT = 300.0
"""Seconds that a case may take."""
Cases = Mapping[str, list[str]]


class Compared(NamedTuple):
    """How many of so many things are equal, and what is to be said of the others."""

    equal: int = 0
    total: int = 0
    differs: str = ""

    def __str__(self) -> str:
        return f"{self.equal} of {self.total}"


# ---- what is played -------------------------------------------------------------------------------------------------


def all_cases(checkout: Path, data: Path, only: str) -> dict[str, list[str]]:
    """The overrides of each case whose name holds `only`, a regex: recipes by their names, tricks as listed."""
    cases = {name: [f"model={name}", *RECIPES.get(name, DIGITS)] for name in recipes_of(checkout)} | TRICKS
    return {
        name: [override.replace("{data}", str(data)) for override in [*SHORT, *overrides]]
        for name, overrides in cases.items()
        if re.search(only, name)
    }


def make_data(folder: Path) -> None:
    """<folder>/photos: 48 pictures; <folder>/pairs: trainA and trainB, testA and testB, of equal names. The same ones
    each time.
    """
    draws = np.random.default_rng(0)
    for kind, count in (("photos", 48), ("pairs/trainA", 24), ("pairs/testA", 8)):
        for number in range(count):
            picture = _picture(draws)
            _save(picture, folder / kind / f"{number:02d}.png")
            if kind.endswith("A"):
                _save(255 - picture[::-1], folder / f"{kind[:-1]}B" / f"{number:02d}.png")


def _picture(draws: np.random.Generator) -> np.ndarray:
    """A disc of one colour on another, with some noise: (24, 24, 3) bytes."""
    (y, x), radius = draws.uniform(6, 18, 2), draws.uniform(3, 8)
    colours = draws.uniform(0, 255, (2, 3))
    rows, columns = np.mgrid[:24, :24]
    inside = (rows - y) ** 2 + (columns - x) ** 2 < radius**2
    noise = draws.normal(0, 8, (24, 24, 3))
    return (np.where(inside[..., None], *colours) + noise).clip(0, 255).astype(np.uint8)


def _save(picture: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)


# ---- playing --------------------------------------------------------------------------------------------------------


def play(checkout: Path, cases: Cases, folder: Path) -> None:
    """Play cases with the code of a checkout, each in a folder of its own: <folder>/<case>/run is the run."""
    jobs = []
    for name, overrides in cases.items():
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
        jobs.append((str(folder / name), overrides))
    # Safe path: neither the folder of this script nor the working directory comes before the checkout.
    surroundings = {"PYTHONPATH": str(checkout), "PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(__file__).resolve()), "--play", str(checkout)]
    if subprocess.run(command, input=json.dumps(jobs), text=True, env={**os.environ, **surroundings}).returncode:
        sys.exit(f"{checkout} cannot play")


def play_here(checkout: Path) -> None:
    """What the process of `play` does: fork another for each job, to import what takes long only once.

    Jobs come as JSON on stdin. A folder whose run came to its end gets a file `finished` with its overrides.
    """
    code = Path(import_module("gan_runner").__file__ or "").parent
    if code != checkout / "gan_runner":
        sys.exit(f"{code} would play, not {checkout}")
    for name in ("pytorch_lightning.loggers", "hydra", "sklearn.datasets", "torch.utils.tensorboard", "torchmetrics"):
        import_module(name)
    for folder, overrides in json.load(sys.stdin):
        print(f"{checkout}: {Path(folder).name}", file=sys.stderr, flush=True)
        process = multiprocessing.get_context("fork").Process(target=_train, args=(Path(folder), overrides))
        process.start()
        process.join(LIMIT)
        process.kill()  # if it is not through
        if process.exitcode == 0:
            Path(folder, "finished").write_text(json.dumps(overrides))


def _train(folder: Path, overrides: Sequence[str]) -> None:
    """gan-train in a folder; what it prints goes to <folder>/told.txt."""
    os.chdir(folder)
    with Path("told.txt").open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.argv = ["gan-train", *overrides]
    import_module("gan_runner.cli.train").main()


def is_played(folder: Path, overrides: Sequence[str]) -> bool:
    """Whether a run with these overrides came to its end there."""
    with suppress(FileNotFoundError):
        return bool(json.loads((folder / "finished").read_text()) == list(overrides))
    return False


# ---- comparing ------------------------------------------------------------------------------------------------------


def compare(before: Path, after: Path, left_out: re.Pattern[str] | None) -> tuple[Compared, Compared]:
    """The tensors and the cells of two played cases."""
    for side, folder in (("before", before), ("after", after)):
        if not (folder / "finished").exists():
            problem = Compared(0, 1, f"did not play {side}: {_last_words(folder)}")
            return problem, Compared()
    ours, theirs = (dict(leaves(_checkpoint(folder))) for folder in (before, after))
    return compare_tensors(ours, theirs), compare_cells(_table(before), _table(after), left_out)


def _last_words(folder: Path) -> str:
    told = (folder / "told.txt").read_text(errors="replace").split("\n") if (folder / "told.txt").exists() else []
    return next((line for line in reversed(told) if line.strip()), "it said nothing").replace("|", "/")


def _checkpoint(folder: Path) -> dict[str, Any]:
    contents = torch.load(folder / "run" / "checkpoints" / "last.ckpt", map_location="cpu", weights_only=True)
    return {key: value for key, value in contents.items() if key not in ASIDE}


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every tensor, number and list of numbers below a node, by its dotted name."""
    if isinstance(node, torch.Tensor | int | float):
        yield path, node
    elif isinstance(node, list | tuple) and node and all(isinstance(one, int | float) for one in node):
        yield path, list(node)
    elif isinstance(node, Mapping | list | tuple):
        for key, child in node.items() if isinstance(node, Mapping) else enumerate(node):
            yield from leaves(child, f"{path}.{key}" if path else str(key))


def _sum(parts: Sequence[Compared]) -> Compared:
    return Compared(sum(part.equal for part in parts), sum(part.total for part in parts))


def compare_tensors(before: Mapping[str, Any], after: Mapping[str, Any]) -> Compared:
    """To the bit: 0 is not −0, and a NaN is itself."""
    names = list(dict.fromkeys([*before, *after]))
    differing = [name for name in names if not same_bits(before.get(name), after.get(name))]
    told = [f"`{name}` ({_gap(before.get(name), after.get(name))})" for name in differing]
    return Compared(len(names) - len(differing), len(names), _first(told))


def same_bits(one: Any, other: Any) -> bool:
    """Of two tensors, numbers or lists of numbers; None stands for none."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return (one.dtype, one.shape) == (other.dtype, other.shape) and torch.equal(_bits(one), _bits(other))
    return type(one) is type(other) and repr(one) == repr(other)


def _bits(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.contiguous().flatten().view(torch.uint8)


def _gap(one: Any, other: Any) -> str:
    """How two tensors or numbers differ, in a few words."""
    if one is None or other is None:
        return "only after" if one is None else "only before"
    a, b = torch.as_tensor(one), torch.as_tensor(other)
    if a.shape != b.shape or a.dtype != b.dtype:
        return f"{a.dtype} {list(a.shape)}, {b.dtype} {list(b.shape)}"
    return f"by {float((a.double() - b.double()).abs().max()):.2g}"


def _table(folder: Path) -> dict[tuple[str, str], str]:
    """The cells of metrics.csv that are not empty, by batch and column."""
    with (folder / "run" / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["step"], name): text for row in rows for name, text in row.items() if text and name != "step"}


def compare_cells(
    before: Mapping[tuple[str, str], str], after: Mapping[tuple[str, str], str], left_out: re.Pattern[str] | None
) -> Compared:
    """As text, without clocks and the columns that are left out; told is each column's first batch that differs."""
    asked = [cell for cell in dict.fromkeys([*before, *after]) if not _is_left_out(cell[1], left_out)]
    differing = [cell for cell in asked if before.get(cell) != after.get(cell)]
    first: dict[str, str] = {}
    for cell in sorted(differing, key=lambda cell: int(cell[0])):
        values = " → ".join(side.get(cell, "nothing") for side in (before, after))
        first.setdefault(cell[1], f"`{cell[1]}` from batch {cell[0]} ({values})")
    return Compared(len(asked) - len(differing), len(asked), _first(list(first.values())))


def _is_left_out(column: str, left_out: re.Pattern[str] | None) -> bool:
    return bool(CLOCKS.search(column) or (left_out and left_out.search(column)))


def _first(told: Sequence[str]) -> str:
    more = [f"{len(told) - SHOWN} more"] if len(told) > SHOWN else []
    return ", ".join([*told[:SHOWN], *more])


# ---- the command ----------------------------------------------------------------------------------------------------


def main() -> None:
    """Play, compare, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path, nargs="?")
    parser.add_argument("after", type=Path, nargs="?")
    parser.add_argument("--only", default="", metavar="PATTERN", help="cases in whose names this regex is found")
    parser.add_argument("--except", dest="left_out", type=re.compile, metavar="REGEX", help="columns not compared")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the runs there; BEFORE's are taken again")
    parser.add_argument("--play", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.play:
        play_here(asked.play)
        return
    if not (asked.before and asked.after):
        parser.error("give two checkouts: BEFORE AFTER")
    with tempfile.TemporaryDirectory() as temporary:
        folder = (asked.keep or Path(temporary)).resolve()
        sys.exit(0 if run(asked.before.resolve(), asked.after.resolve(), folder, asked.only, asked.left_out) else 1)


def run(before: Path, after: Path, folder: Path, only: str, left_out: re.Pattern[str] | None) -> bool:
    """Whether all is equal that both checkouts play."""
    make_data(folder / "data")
    cases = all_cases(before, folder / "data", only)
    missing = {name: case for name, case in cases.items() if not is_played(folder / "before" / name, case)}
    play(before, missing, folder / "before")
    play(after, cases, folder / "after")
    print("| case | tensors equal | cells equal | differs |\n|---|---|---|---|")
    found = []
    for name in cases:
        tensors, cells = compare(folder / "before" / name, folder / "after" / name, left_out)
        found += [tensors, cells]
        differs = "; ".join(told for told in (tensors.differs, cells.differs) if told)
        print(f"| {name} | {tensors} | {cells} | {differs or '–'} |")
    equal = bool(found) and all(one.equal == one.total for one in found)
    print(f"| all {len(cases)} | {_sum(found[::2])} | {_sum(found[1::2])} | {'–' if equal else 'see above'} |")
    return equal


if __name__ == "__main__":
    main()
