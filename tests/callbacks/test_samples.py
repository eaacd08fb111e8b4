"""Samples: what it writes, and that training never notices."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from pytorch_lightning import Callback
from torch import nn

from gan_runner.callbacks.samples import Samples
from gan_runner.images.captions import FAKE
from gan_runner.images.drawing import REST, bands_shown
from gan_runner.images.fields import field_of
from gan_runner.images.lettering import BAND, HEADER

Played = Callable[..., Any]
TINY = ("model=vanilla", "network.generator.hidden=[8]", "network.discriminator.hidden=[8]", "logger=none")


def samples_of(experiment: Any) -> Samples:
    (found,) = (callback for callback in experiment.trainer.callbacks if isinstance(callback, Samples))
    return found


def test_writes_pictures_at_the_start_every_so_often_and_at_the_end(played: Played, tmp_path: Path) -> None:
    played(*TINY, "trainer.max_steps=5", "callbacks.samples.every=2", "callbacks.samples.count=9")
    names = sorted(path.name for path in (tmp_path / "samples").iterdir())
    assert names == [
        *(f"{step:08d}.png" for step in (0, 2, 4, 5)),
        "progress.gif",
        "real.png",
    ]
    with Image.open(tmp_path / "samples" / "00000005.png") as picture:
        assert picture.size == (3 * 66 + 2, 3 * 66 + 2)  # 8 pixels a side, shown on 64, with a gap of 2
    with Image.open(tmp_path / "samples" / "progress.gif") as animation:
        assert (animation.n_frames, animation.height) == (4, 3 * 66 + 2 + BAND)  # each with its batches
        animation.seek(3)
        assert animation.info["duration"] == REST


@pytest.mark.parametrize("model", ["vanilla", "dcgan"])  # dcgan: BatchNorm's statistics must not move either
def test_training_is_the_same_to_the_bit_without_it(played: Played, tmp_path: Path, model: str) -> None:
    overrides = [f"model={model}", "logger=none", "trainer.max_steps=6", "callbacks.samples.every=1"]
    if model == "dcgan":
        overrides.append("network.width=4")
    with_it = played(*overrides, folder=tmp_path / "on").system
    without = played(*overrides, "callbacks.samples=null", folder=tmp_path / "off").system
    assert (tmp_path / "on" / "samples").exists()
    assert not (tmp_path / "off" / "samples").exists()
    for name, value in with_it.named_parameters():
        assert torch.equal(value, without.get_parameter(name)), name
    for name, value in with_it.named_buffers():
        assert torch.equal(value, without.get_buffer(name)), name


def test_the_latents_depend_on_the_seed_alone(played: Played, tmp_path: Path) -> None:
    sources = [
        samples_of(played(*TINY, f"seed={seed}", f"data.batch_size={size}", folder=tmp_path / f"{seed}-{size}")).source
        for seed, size in ((1, 4), (1, 2), (2, 4))
    ]
    assert torch.equal(sources[0], sources[1])
    assert not torch.equal(sources[0], sources[2])


def test_a_conditional_game_shows_one_class_a_column(played: Played, tmp_path: Path) -> None:
    overrides = ("data.num_classes=3", "callbacks.samples.count=7", "network.conditional=true")
    samples = samples_of(played(*TINY, *overrides))
    assert samples.label is not None
    assert samples.label.tolist() == [0, 1, 2, 0, 1, 2]
    assert torch.equal(samples.source[0], samples.source[2])
    assert not torch.equal(samples.source[0], samples.source[3])
    with (
        Image.open(tmp_path / "samples" / "00000002.png") as fake,
        Image.open(tmp_path / "samples" / "real.png") as real,
    ):
        assert fake.size == real.size == (3 * 66 + 2, 2 * 66 + 2 + HEADER)
        names = fake.convert("L").crop((0, 0, fake.width, HEADER))
        for column in range(3):  # each below its class
            assert min(names.crop((66 * column, 0, 66 * column + 66, HEADER)).tobytes()) < 128


def test_a_thousand_classes_do_not_make_a_thousand_columns(played: Played) -> None:
    samples = samples_of(played(*TINY, "data.num_classes=1000", "network.conditional=true"))
    assert samples.label is not None
    assert samples.label.unique().tolist()[::11] == [0, 999]
    assert len(samples.label.unique()) == 12


@pytest.mark.parametrize(("channels", "blue"), [(10, 60), (2, 0)])
def test_many_bands_play_to_the_end_and_three_are_shown(
    played: Played, tmp_path: Path, caplog: pytest.LogCaptureFixture, channels: int, blue: int
) -> None:
    """TensorBoard's pictures too, whose logger stays on."""
    data = ("data._target_=fixtures.many_bands.ManyBands", f"data.channels={channels}")
    with caplog.at_level(logging.INFO):
        experiment = played("model=dcgan", "network.width=4", "metrics=none", *data)
    assert experiment.trainer.global_step == 2
    with (
        Image.open(tmp_path / "samples" / "real.png") as real,
        Image.open(tmp_path / "samples" / "00000002.png") as fake,
    ):
        assert (real.mode, fake.mode) == ("RGB", "RGB")
        assert real.getpixel((30, 30)) == (20, 40, blue)
    assert f"pictures show {bands_shown(channels)}" in caplog.text


def test_points_become_a_scatter_plot(played: Played, tmp_path: Path) -> None:
    played(*TINY, "data=ring", "data.num_samples=3000", "trainer.max_steps=2")
    with Image.open(tmp_path / "samples" / "00000002.png") as picture:
        assert field_of(picture).size == (512, 512)
        assert FAKE in {colour for _, colour in picture.convert("RGB").getcolors(2**18)}


class Watching(Callback):
    """Notes who makes the samples, and in which mode."""

    def __init__(self) -> None:
        self.modes: dict[str, list[bool]] = {"generator": [], "average": []}

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        game = pl_module.game
        for name, network in (("generator", game.generator), ("average", game.tricks["ema"].average)):

            def note(module: nn.Module, *_: Any, name: str = name) -> None:
                self.modes[name].append(module.training)

            network.register_forward_pre_hook(note)


def test_shows_the_average_in_evaluation_mode(composed: Callable[..., Any]) -> None:
    from gan_runner.assemble import assemble

    experiment = assemble(composed(*TINY, "tricks=[ema]", "callbacks.samples.every=1"))
    watching = Watching()
    experiment.trainer.callbacks.append(watching)
    experiment.trainer.fit(experiment.system, experiment.data)
    assert watching.modes["average"]
    assert not any(watching.modes["average"])
    assert all(watching.modes["generator"])  # played with, never sampled from, and back in its mode
