"""Images that are handed over: files, pictures and arrays are read as gan-translate reads files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from gan_runner.api.given import read_all
from gan_runner.config.errors import ConfigError
from gan_runner.inference.translate import Translator

COLOUR = np.random.default_rng(0).integers(0, 256, (3, 6, 8, 3)).astype(np.uint8)


def translator(channels: int = 3, size: tuple[int, int] | None = None, holes: bool = False) -> Translator:
    return Translator(nn.Identity(), None, channels, holes, size, 1, torch.device("cpu"))


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{index}.png" for index in range(3)]
    for path, array in zip(paths, COLOUR, strict=True):
        Image.fromarray(array).save(path)
    return paths


def test_all_kinds_are_the_same_images(files: list[Path]) -> None:
    pictures = [Image.fromarray(array) for array in COLOUR]
    kinds: list[Any] = [COLOUR, [*COLOUR], pictures, files, [str(path) for path in files], files[0].parent]
    for kind in kinds:
        found = read_all(kind, translator())
        assert all((image == array.transpose(2, 0, 1)).all() for image, array in zip(found, COLOUR, strict=True))
    for one in (COLOUR[0], pictures[0], files[0], str(files[0])):
        assert len(read_all(one, translator())) == 1


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("size", [None, (4, 4)])
def test_colours_and_sizes_become_those_of_the_run_as_of_files(
    files: list[Path], channels: int, size: tuple[int, int] | None
) -> None:
    made = read_all(COLOUR, translator(channels, size))
    assert made[0].shape == (channels, *(size or (6, 8)))
    assert all(
        (one == other).all() for one, other in zip(made, read_all(files, translator(channels, size)), strict=True)
    )


def test_grey_arrays_are_taken_with_and_without_their_channel() -> None:
    grey = COLOUR[..., 0]
    for kind in (grey[0], grey[0][..., None], grey[:1], grey[:1][..., None]):
        assert (read_all(kind, translator(1))[0] == grey[:1]).all()


def test_as_many_bands_as_the_run_has_are_taken_as_they_are() -> None:
    bands = np.zeros((2, 6, 8, 5), np.uint8)
    assert read_all(bands, translator(5))[0].shape == (5, 6, 8)
    with pytest.raises(ConfigError, match="images of 5 bands are not taken: this run takes 3"):
        read_all(bands, translator(3))
    with pytest.raises(ConfigError, match="a picture is not taken"):
        read_all(Image.fromarray(COLOUR[0]), translator(5))


def test_masks_lie_behind_their_images() -> None:
    one, each = np.zeros((6, 8), bool), np.full((3, 6, 8), 255, np.uint8)
    one[:, 4:] = True
    assert (read_all(COLOUR, translator(holes=True), one)[2][3] == one * 255).all()
    assert read_all(COLOUR, translator(holes=True), each)[0].shape == (4, 6, 8)
    with pytest.raises(ConfigError, match="mask has 2 masks for 3 images"):
        read_all(COLOUR, translator(holes=True), each[:2])
    with pytest.raises(ConfigError, match="mask has other sides"):
        read_all(COLOUR, translator(holes=True), each[:, :4])


WRONG: dict[str, tuple[Any, str]] = {
    "numbers": (np.zeros((2, 6, 8, 3)), "images of float64 are not taken"),
    "a line": (np.zeros(6, np.uint8), "an array of the shape 6 is no images"),
    "none": (np.zeros((0, 6, 8, 3), np.uint8), "there are no images"),
    "nothing there": ("nowhere.png", "images=nowhere.png does not exist"),
    "no pixels": (np.zeros((2, 0, 8, 3), np.uint8), "an array of the shape 2×0×8×3 is no images"),
    "an image of torch": (np.zeros((3, 6, 8), np.uint8), "shape 3×6×8 has its bands first"),
    "images of torch": (np.zeros((2, 3, 6, 8), np.uint8), "shape 2×3×6×8 has its bands first: give them last"),
    "arrays of several sizes": ([COLOUR[0], COLOUR[0][:4]], "the images are no single array"),
    "a picture and an array": ([Image.new("RGB", (9, 6)), COLOUR[0]], "the images are no single array"),
    "sizes": ([Image.new("RGB", (8, 6)), Image.new("RGB", (9, 6))], "several sizes (6×8, 6×9)"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_are_no_images_is_told(case: str) -> None:
    given, told = WRONG[case]
    with pytest.raises(ConfigError) as raised:
        read_all(given, translator())
    assert told in str(raised.value)
