"""Every recipe plays, is drawn and is measured: what only shows at the end of a run, in two batches."""

from pathlib import Path
from typing import Any

import pytest

from gan_runner.cli.groups import CONFIGS, options

POINTS = [name for name in options(CONFIGS / "experiment") if name.startswith(("ring/", "grid/"))]
IMAGES = [name for name in options(CONFIGS / "experiment") if name.startswith(("stacked_mnist", "mnist/"))]
IMAGES += ["progan/dcgan"]
GROWING = [name for name in options(CONFIGS / "experiment") if name.startswith("progan/") and name not in IMAGES]


@pytest.mark.parametrize("experiment", POINTS)
def test_points_are_played_drawn_and_measured(played: Any, tmp_path: Path, experiment: str) -> None:
    data = f"data={experiment.partition('/')[0]}"
    system = played(data, f"experiment={experiment}", "data.num_samples=1200", "evaluation.num_samples=64").system
    assert "evaluation/modes_covered/points/64" in system.measured
    assert {path.stem for path in (tmp_path / "samples").glob("0*.png")} == {"00000000", "00000002"}


@pytest.mark.parametrize("experiment", IMAGES)
def test_images_are_played_and_drawn(played: Any, tmp_path: Path, experiment: str) -> None:
    """On other pictures of the same shape: the digits are no part of the project."""
    pictures = ("data=synthetic", "data.num_samples=48", "data.batch_size=12", "metrics=none", "evaluation.best=null")
    narrow = ("network.width=16", "network.blocks=1") if experiment.endswith("_full") else ()
    system = played(f"experiment={experiment}", *pictures, *narrow).system
    assert system.global_step == 2
    assert (tmp_path / "samples" / "00000002.png").is_file()


@pytest.mark.parametrize("experiment", GROWING)
def test_images_that_grow_are_played_and_drawn(played: Any, tmp_path: Path, experiment: str) -> None:
    pictures = ("data=synthetic", "data.num_samples=48", "data.image_size=16", "metrics=none", "evaluation.best=null")
    small = (
        "network.max_channels=4",
        "network.base_channels=16",
        "tricks.growing.batch_sizes=[4]",
        "data.batch_size=4",
    )
    system = played(f"experiment={experiment}", *pictures, *small).system
    assert system.global_step == 2
    assert {path.stem for path in (tmp_path / "samples").glob("stage*")} == {"stage_0004", "stages"}
