"""Every recipe plays, is drawn and is measured: what only shows at the end of a run, in two batches."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from omegaconf import OmegaConf
from PIL import Image

from fixtures.composing import composed
from gan_runner.config.options import CONFIGS, options
from gan_runner.systems.capabilities import Samples

POINTS = [name for name in options(CONFIGS / "experiment") if name.startswith(("ring/", "grid/"))]
IMAGES = [name for name in options(CONFIGS / "experiment") if name.startswith(("stacked_mnist", "mnist/"))]
IMAGES += ["progan/dcgan", "flowers/dcgan"]
GROWING = [
    name for name in options(CONFIGS / "experiment") if name.startswith(("progan/", "flowers/")) and name not in IMAGES
]
PAIRS = [n for n in options(CONFIGS / "experiment") if n.startswith(("emoji/", "rose2tulip/", "cyclegan/", "pix2pix/"))]
RESTORING = [name for name in options(CONFIGS / "experiment") if name.startswith("restoring/")]
CODES = [n for n in options(CONFIGS / "experiment") if n.startswith(("vae_mnist/", "one_class_", "equal_time_"))]
WITH_THE_PACKAGE = {"digits"}
LESSONS = [name for name in options(CONFIGS / "experiment") if name.startswith("lesson/")]
"""tests/test_lessons.py plays them."""
RECIPES = ("model", "experiment", "debug")
"""The groups whose files set values all over the configuration."""
NARROW = ("network.width=2", "network.layers=1", "metrics=none", "logger=none")


def test_no_experiment_is_left_out() -> None:
    played = {*POINTS, *IMAGES, *GROWING, *PAIRS, *RESTORING, *CODES, *WITH_THE_PACKAGE, *LESSONS}
    assert played == set(options(CONFIGS / "experiment"))


@pytest.mark.parametrize(("group", "name"), [(g, name) for g in RECIPES for name in options(CONFIGS / g)])
def test_what_a_recipe_sets_is_what_is_run(group: str, name: str) -> None:
    """No default of configs/train.yaml comes after a recipe: it would win, trainer.max_steps=5000 over the recipe's."""
    set_here: Any = OmegaConf.to_container(OmegaConf.load(CONFIGS / group / f"{name}.yaml"))
    set_here.pop("hydra", None)  # where a sweep lies, which Hydra keeps out of what it composes
    run = dict(leaves(OmegaConf.to_container(composed(f"{group}={name}"))))
    assert {key: run.get(key) for key, _ in leaves(set_here)} == dict(leaves(set_here))


def leaves(tree: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a recipe by their keys; its defaults are none."""
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{above}{key}.")
        elif key != "defaults":
            yield f"{above}{key}", value


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


@pytest.fixture
def two_domains(tmp_path: Path) -> Path:
    """Three noisy pictures of each domain and split, in folders of their own and side by side."""
    root, draws = tmp_path / "pairs", torch.Generator().manual_seed(0)
    for split in ("train", "test"):
        for folder, width in ((f"{split}A", 16), (f"{split}B", 16), (split, 32)):
            (root / folder).mkdir(parents=True)
            for index in range(3):
                pixels = torch.randint(0, 256, (16, width, 3), generator=draws, dtype=torch.uint8)
                Image.fromarray(pixels.numpy()).save(root / folder / f"{index}.png")
    return root


@pytest.mark.parametrize("experiment", PAIRS)
def test_images_are_translated_and_drawn(played: Any, tmp_path: Path, two_domains: Path, experiment: str) -> None:
    small = ("data.image_size=16", "data.load_size=18", "data.cache=null", f"data.root={two_domains}")
    data = composed_data(experiment)
    blocks = () if experiment.endswith(("pix2pix", "facades")) else ("network.blocks=1",)
    system = played(f"experiment={experiment}", data, *small, *blocks, *NARROW).system
    assert system.global_step == 2
    assert all(p.isfinite().all() for p in system.parameters())
    for direction in system.directions:
        assert (tmp_path / "samples" / f"{direction}_00000002.png").is_file()


@pytest.mark.parametrize("experiment", RESTORING)
def test_images_are_restored_and_drawn(played: Any, tmp_path: Path, experiment: str) -> None:
    other = ("data=degraded", "data@data.of=synthetic", "data.of.num_samples=24", "data.of.image_size=16",
             "data.batch_size=4")  # fmt: skip
    system = played(f"experiment={experiment}", *other, *NARROW).system
    assert system.global_step == 2
    assert (tmp_path / "samples" / "a2b_00000002.png").is_file()


@pytest.mark.parametrize("experiment", CODES)
def test_autoencoders_and_the_games_beside_them_are_played_and_drawn(
    played: Any, tmp_path: Path, experiment: str
) -> None:
    pictures = ("data=synthetic", "data.num_samples=480", "data.channels=1", "data.batch_size=12")
    if experiment.endswith("/f_anogan"):  # it begins with a GAN
        played(f"experiment={experiment.replace('f_anogan', 'wgan_gp')}", *pictures, "callbacks.evaluation=null")
        pictures += (f"init_from={(tmp_path / 'checkpoints' / 'last.ckpt').rename(tmp_path / 'gan.ckpt')}",)
    system = played(f"experiment={experiment}", *pictures, "callbacks.evaluation=null").system
    assert system.global_step == 2
    assert all(p.isfinite().all() for p in system.parameters())
    assert (tmp_path / "samples" / "00000002.png").is_file() or Samples.of(system) is None


def composed_data(experiment: str) -> str:
    """The data that an experiment names, for a fixture that would take data=synthetic."""
    text = (CONFIGS / "experiment" / f"{experiment}.yaml").read_text("utf-8")
    return f"data={text.partition('override /data: ')[2].partition(chr(10))[0]}"
