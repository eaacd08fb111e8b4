"""Stages: a column for each size of a growing game, and what a checkpoint of the middle of a fade draws."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image
from pytorch_lightning import Callback
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from gan_runner.images.lettering import HEADER
from gan_runner.inference.rebuild import rebuild
from gan_runner.systems.base import generate
from gan_runner.systems.capabilities import Samples

Played = Callable[..., Any]
GROWN = (
    "model=progan_small",
    "data.image_size=16",
    "callbacks.stages.count=3",
    "callbacks.samples=null",
    "evaluation.every=1000",
)


def test_a_column_for_each_size_side_by_side(played: Played, tmp_path: Path) -> None:
    settings = ("tricks.growing.stable_images=8", "tricks.growing.fade_images=8", "tricks.growing.batch_sizes=[4]")
    played(*GROWN, *settings, "trainer.max_steps=10", "trainer.log_every_n_steps=1")
    folder = tmp_path / "samples"
    columns = sorted(path.name for path in folder.glob("stage_*"))
    assert columns == ["stage_0004.png", "stage_0008.png", "stage_0016.png"]
    with Image.open(folder / "stages.png") as strip, Image.open(folder / "stage_0004.png") as first:
        assert first.size == (68, 3 * 66 + 2)  # 16 pixels shown on 64, with gaps of 2
        assert strip.size == (3 * 68, first.height + HEADER)  # below their sizes
        sizes = strip.convert("L").crop((0, 0, strip.width, HEADER))
        assert all(min(sizes.crop((68 * one, 0, 68 * one + 68, HEADER)).tobytes()) < 128 for one in range(3))
        squares = first.crop((2, 2, 66, 66)).resize((4, 4), Image.Resampling.NEAREST)
        assert squares.resize((64, 64), Image.Resampling.NEAREST).tobytes() == first.crop((2, 2, 66, 66)).tobytes()
    with Image.open(folder / "stages.gif") as animation:
        assert animation.n_frames == 3
    events = EventAccumulator(str(tmp_path), size_guidance={"images": 0}).Reload()
    assert [event.step for event in events.Images("stages")] == [2, 6, 10]
    pixels = [event.value for event in events.Scalars("tricks/gan/growing/pixels")]
    assert pixels[:10] == [4, 4, 8, 8, 8, 8, 16, 16, 16, 16]


def test_training_is_the_same_to_the_bit_without_it(played: Played, tmp_path: Path) -> None:
    with_it = played(*GROWN, "trainer.max_steps=6", folder=tmp_path / "on").system
    without = played(*GROWN, "trainer.max_steps=6", "callbacks.stages=null", folder=tmp_path / "off").system
    for name, value in with_it.named_parameters():
        assert torch.equal(value, without.get_parameter(name)), name


def test_a_fourth_band_is_no_transparency_of_its_pictures(played: Played, tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    for number in range(8):
        bands = np.full((16, 16, 4), 10 * number, np.uint8)
        path = tmp_path / "set" / f"{number}.tif"
        tifffile.imwrite(path, bands, photometric="rgb", extrasamples=["unspecified"])
    data = ("data=folder", f"data.root={tmp_path / 'set'}", "data.channels=4", "data.cache=null", "data.holdout=0")
    played(*GROWN, *data, "data.batch_size=4", "tricks.growing.batch_sizes=[4]", "metrics=none")
    (stage,) = (tmp_path / "samples").glob("stage_*")
    with Image.open(stage) as picture:
        assert picture.mode == "RGB"


def test_a_game_that_does_not_grow_has_no_stages(played: Played, tmp_path: Path) -> None:
    played("model=dcgan", "network.width=4")
    assert not list((tmp_path / "samples").glob("stage*"))


def test_a_run_too_short_to_grow_is_told(played: Played, caplog: pytest.LogCaptureFixture) -> None:
    played(*GROWN, "tricks.growing.batch_sizes=[4]")
    assert "growing to full size takes 25 batches, trainer.max_steps=2 ends before" in caplog.text


def test_a_checkpoint_of_the_middle_of_a_fade_draws_its_level(played: Played, tmp_path: Path) -> None:
    experiment = played(*GROWN, "trainer.max_steps=5")
    growing = experiment.system.game.tricks["growing"]
    assert 0 < growing.level < 1
    system, _ = rebuild(Samples, tmp_path / "checkpoints" / "last.ckpt", "")
    source = system.latent.sample(4)
    again, first = (generate(one.game.sampler()[0], source) for one in (system, experiment.system))
    assert torch.equal(again, first)
    pixels = again.reshape(4, 3, 8, 2, 8, 2)
    assert torch.equal(pixels, pixels[..., :1, :, :1].expand_as(pixels))  # of 8×8, each shown as 2×2


class Levels(Callback):
    """Notes the level of every batch."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    def on_train_batch_start(self, trainer: Any, pl_module: Any, *rest: Any) -> None:
        self.seen.append(pl_module.game.generator.level)


def test_smaller_batches_come_with_larger_images(composed: Any) -> None:
    from gan_runner.assemble import assemble

    experiment = assemble(composed(*GROWN, "trainer.max_steps=14"))
    watch = Levels()
    experiment.trainer.callbacks.append(watch)
    experiment.trainer.fit(experiment.system, experiment.data)
    # 8, 8 | in batches of 4: the fade began at 10 images and ends at 50, 44 samples are an epoch.
    assert watch.seen[:4] == pytest.approx([0, 0, 6 / 40, 10 / 40])
    assert watch.seen[-4:] == pytest.approx([38 / 40, 1, 1, 1])
    assert experiment.system.images_seen == 2 * 8 + 12 * 4


def test_it_says_when_it_grows_and_why(played: Played, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    settings = ("tricks.growing.stable_images=8", "tricks.growing.fade_images=8", "tricks.growing.batch_sizes=[4]")
    played(*GROWN, *settings, "trainer.max_steps=10", "logger=none")
    told = [record.message for record in caplog.records if record.name == "gan_runner.callbacks.stages"]
    assert told == [
        "full size is reached after 8 batches at the latest",
        "after 2 batches: 8 pixels fade in, since 4 pixels were played for 8 images (tricks.growing.stable_images)",
        "after 4 batches: 8 pixels are played alone, since they have faded in over 8 images",
        "after 6 batches: 16 pixels fade in, since 8 pixels were played for 8 images (tricks.growing.stable_images)",
        "after 8 batches: 16 pixels are played alone, since they have faded in over 8 images",
    ]
