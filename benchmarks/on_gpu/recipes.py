"""Every recipe plays a few batches in float32, bf16 and float16: finite, and the same figures as on the processor."""

from __future__ import annotations

import shutil

from same_bits import DIGITS, RECIPES

from on_gpu import FLOAT16, FLOAT32, PRECISIONS
from on_gpu.playing import Place, columns, play
from on_gpu.rows import FAILED, OK, Row

SHORT = [
    "trainer.max_steps=10", "trainer.log_every_n_steps=1", "evaluation.every=10", "evaluation.num_samples=40",
    "callbacks.samples.every=10", "callbacks.panels.every=10", "callbacks.panels.count=2", "callbacks.finite.every=5",
    "seed=1",
]  # fmt: skip
"""What all recipes are played with, at any size."""
TURNS = {
    "wgan": ["system.warmup.turns=1", "system.warmup.discriminator_steps=4"],
    "two_stage": ["system.coarse_batches=5"],
}
"""How a recipe is made to come to all it does in ten batches, at any size."""
IMAGES = ["data=digits", "data.image_size=32", "features.steps=20"]
PAIRS = ["data.root={data}/pairs"]
PHASES = "tricks.growing.stable_images={0} tricks.growing.fade_images={0}"
AS_THEY_COME = {
    "progan": [*IMAGES, *PHASES.format(128).split()],
    "progan_paper": [*IMAGES, *PHASES.format(16).split()],
    "progan_small": [*IMAGES, *PHASES.format(16).split()],
    "cyclegan": PAIRS,
    "pix2pix": PAIRS,
    "two_stage": ["data=paired", "data.image_size=128", *PAIRS],
    "inpainting": [],
    "super_resolution": [],
    "colorization": [],
    "denoising": [],
    "deblurring": [],
}
"""A recipe's data where it keeps its networks and batches, as on a GPU. One that is not here plays IMAGES. Those that
grow have a phase a batch, and end at full size."""


IN_FLOAT16 = ("dcgan", "vanilla", "wgan_gp")
"""Recipes that a dry run plays in float16 too."""


def rows(case: str, place: Place) -> list[Row]:
    """case: a recipe's name."""
    precisions = [*PRECISIONS, FLOAT16] if case in IN_FLOAT16 or not place.dry else PRECISIONS
    runs = {precision: place.folder / f"{case}-{precision}" for precision in precisions}
    played = small(case) if place.dry else as_it_comes(case)
    for precision, run in runs.items():
        play(run, place, [*played, f"trainer.precision={precision}"])
    names = {precision: columns(run) for precision, run in runs.items()}
    if not place.dry:
        reference = runs["processor"] = place.folder / f"{case}-processor"
        play(reference, place.without_gpu(), [*small(case), f"trainer.precision={FLOAT32}"])
        names["processor"] = columns(reference)
    for run in runs.values():
        shutil.rmtree(run)  # hundreds of megabytes each
    return [verdict(case, names)]


def verdict(case: str, names: dict[str, set[str]]) -> Row:
    """Whether the columns are the same everywhere; {where: names}. Losses are scaled in float16 alone."""
    names = {where: {name for name in found if not name.endswith("/loss_scale")} for where, found in names.items()}
    common = set.intersection(*names.values())
    more = {where: sorted(found - common) for where, found in names.items() if found - common}
    where = "on the processor too" if "processor" in names else "in all of them"
    if not more:
        played = ", ".join(name for name in names if name != "processor")
        return Row("recipes", case, OK, f"{played}: finite, {len(common)} columns, the same {where}")
    told = "; ".join(f"only in {where}: {', '.join(extra)}" for where, extra in more.items())
    return Row("recipes", case, FAILED, f"finite, but columns differ: {told}")


def as_it_comes(case: str) -> list[str]:
    """A recipe with its own networks and batches."""
    return [f"model={case}", *AS_THEY_COME.get(case, IMAGES), *SHORT, *TURNS.get(case, [])]


def small(case: str) -> list[str]:
    """A recipe made small, for a processor."""
    phases = PHASES.format(16).split() if case.startswith("progan") else []
    return [f"model={case}", *RECIPES.get(case, DIGITS), *SHORT, *phases, *TURNS.get(case, [])]
