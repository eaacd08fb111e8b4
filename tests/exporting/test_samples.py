"""The picture of a card is gan-sample's."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_runner.exporting.network import Handed
from gan_runner.exporting.samples import write_samples
from gan_runner.exporting.snippets import count_of
from gan_runner.inference.request import SampleRequest
from gan_runner.inference.sample import sample


@pytest.mark.parametrize("name", ["plain", "conditional", "points"])
def test_the_same_picture(name: str, runs: dict[str, str], network_of: Callable[..., Handed], tmp_path: Path) -> None:
    handed = network_of(runs[name])
    assert write_samples(handed, tmp_path / "ours.png")
    keys = {"run": runs[name], "output": str(tmp_path / "theirs.png"), "num_samples": count_of(handed)}
    sample(SampleRequest.from_config({**keys, "accelerator": "cpu"}))
    ours, theirs = (np.asarray(Image.open(tmp_path / f"{who}.png"), dtype=float) for who in ("ours", "theirs"))
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= 1


def test_of_bytes(runs: dict[str, str], network_of: Callable[..., Handed], tmp_path: Path) -> None:
    write_samples(network_of(runs["plain"]), tmp_path / "floats.png")
    write_samples(network_of(runs["plain"], bytes=True), tmp_path / "bytes.png")
    floats, whole = (np.asarray(Image.open(tmp_path / f"{name}.png")) for name in ("floats", "bytes"))
    assert np.array_equal(floats, whole)


def test_more_bands_than_a_picture_has(
    saved: Callable[..., Path], network_of: Callable[..., Handed], tmp_path: Path
) -> None:
    run = saved(tmp_path / "run", (5, 8, 8), None, "model=dcgan", "network.width=4", "data=synthetic")
    assert write_samples(network_of(run), tmp_path / "x.png")
    assert Image.open(tmp_path / "x.png").mode == "RGB"


def test_none_of_other_peoples_images(
    translators: dict[str, str], network_of: Callable[..., Handed], tmp_path: Path
) -> None:
    assert not write_samples(network_of(translators["denoise"]), tmp_path / "x.png")
    assert not (tmp_path / "x.png").exists()
