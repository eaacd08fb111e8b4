"""Images are read as in training, or refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from gan_runner.config.errors import ConfigError
from gan_runner.data.files.decoding import DecodeError
from gan_runner.data.folder import Folder
from gan_runner.inference.reading import Reader, parts
from gan_runner.types import Origin


def origin(channels: int = 1, data: Any = None, size: int = 8, **more: Any) -> Origin:
    return Origin({"data": data or {"image_size": size}}, (channels, size, size), **more)


def photo(path: Path, mode: str = "L", size: tuple[int, int] = (8, 8), seed: int = 0) -> Path:
    bands = {"L": 1, "RGB": 3}[mode]
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], bands), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.squeeze()).save(path)
    return path


def test_images_of_the_size_and_kind_of_training_pass_as_they_are(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.png")
    assert (Reader.of(origin(), None)(path)[0] == np.asarray(Image.open(path))).all()
    colour = photo(tmp_path / "b.png", "RGB")
    assert (Reader.of(origin(3), None)(colour).transpose(1, 2, 0) == np.asarray(Image.open(colour))).all()
    Image.open(path).convert("RGB").save(tmp_path / "c.png")  # grey, kept as colour
    assert (Reader.of(origin(), None)(tmp_path / "c.png")[0] == np.asarray(Image.open(path))).all()


def test_other_sizes_and_kinds_are_refused_where_the_set_had_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"a\.png has 6×9 pixels, and this run was trained on 8×8: .*fit=border"):
        Reader.of(origin(), None)(photo(tmp_path / "a.png", size=(9, 6)))
    with pytest.raises(ConfigError, match="is in colour, and this run was trained on grey images"):
        Reader.of(origin(), None)(photo(tmp_path / "b.png", "RGB"))
    with pytest.raises(ConfigError, match="is grey, and this run was trained on colour"):
        Reader.of(origin(3), None)(photo(tmp_path / "c.png"))


def test_a_border_is_black_and_even(tmp_path: Path) -> None:
    found = Reader.of(origin(size=8), "border")(photo(tmp_path / "a.png", size=(6, 4)))
    assert found.shape == (1, 8, 8)
    assert (found[0, 2:6, 1:7] == np.asarray(Image.open(tmp_path / "a.png"))).all()
    assert found.sum() == found[0, 2:6, 1:7].sum()
    with pytest.raises(ConfigError, match="is larger than 8×8 pixels: fit=border is for smaller"):
        Reader.of(origin(size=8), "border")(photo(tmp_path / "b.png", size=(9, 4)))


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_a_run_of_a_folder_reads_as_its_data_did(tmp_path: Path, fit: Any) -> None:
    photo(tmp_path / "in" / "a.png", "RGB", (20, 13))
    data = Folder(root=str(tmp_path / "in"), image_size=8, fit=fit, holdout=0.0)
    expected = data.deck("train")[torch.tensor([0])].real[0]
    own = origin(3, {"fit": fit})
    assert (Reader.of(own, None)(tmp_path / "in" / "a.png") == expected.numpy()).all()
    damaged = origin(3, {"task": "denoise", "of": {"fit": fit}})
    assert (Reader.of(damaged, None)(tmp_path / "in" / "a.png") == expected.numpy()).all()
    assert (Reader.of(origin(3), fit)(tmp_path / "in" / "a.png") == expected.numpy()).all()


def test_runs_whose_images_no_file_holds_are_refused() -> None:
    with pytest.raises(ConfigError, match="this run knows points"):
        Reader.of(Origin({}, (2,)), None)
    with pytest.raises(ConfigError, match="this run knows images of 7 bands"):
        Reader.of(Origin({}, (7, 8, 8)), None)


def test_files_come_in_parts_and_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    paths = [photo(tmp_path / f"{index}.png", seed=index) for index in range(5)]
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    skipped: list[str] = []
    found = list(parts([paths[0], broken, *paths[1:]], Reader.of(origin(), None), 2, skipped))
    assert [files for files, _ in found] == [paths[:2], paths[2:4], paths[4:]]
    assert [images.shape for _, images in found] == [(2, 1, 8, 8), (2, 1, 8, 8), (1, 1, 8, 8)]
    assert skipped == [f"{broken}: cannot identify image file '{broken}'"]
    with pytest.raises(DecodeError, match=r"broken\.png"):
        Reader.of(origin(), None)(broken)
