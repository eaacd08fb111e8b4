"""Images are read as in training, or refused."""

import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from gan_runner.config.errors import ConfigError
from gan_runner.data.files.decoding import DecodeError
from gan_runner.data.folder import Folder
from gan_runner.inference.reading import Reader, header, is_grey, parts
from gan_runner.inference.translate import Input
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


TURNED = (0x0112, 3, 1, 6, True)  # a tag of TIFF: by a quarter
MNIST = {"_target_": "gan_runner.data.mnist.MNIST"}
CIFAR10 = {"_target_": "gan_runner.data.cifar10.CIFAR10"}


def test_an_image_in_colour_is_not_grey_for_what_it_shows(tmp_path: Path) -> None:
    """A black sky, a sheet of paper: a colour image none the less."""
    Image.open(photo(tmp_path / "a.png")).convert("RGB").save(tmp_path / "b.png")
    for data in (None, CIFAR10):
        found = Reader.of(origin(3, data), None)(tmp_path / "b.png")
        assert (found == np.asarray(Image.open(tmp_path / "a.png"))).all()


@pytest.mark.parametrize(
    ("channels", "data", "taken", "refused"),
    [
        (3, MNIST, ("L.png", "grey.png"), "RGB.png"),  # grey digits as three equal bands
        (1, MNIST, ("L.png", "grey.png"), "RGB.png"),
        (1, CIFAR10, ("RGB.png", "grey.png"), "L.png"),  # photographs, of which the run is shown the luma
        (3, CIFAR10, ("RGB.png", "grey.png"), "L.png"),
        (3, {"_target_": "gan_runner.data.degraded.Degraded", "of": MNIST}, ("L.png", "grey.png"), "RGB.png"),
        (3, {"_target_": "mine.Data"}, ("RGB.png", "grey.png"), "L.png"),  # not imported to be asked
    ],
)
def test_channels_are_read_as_the_data_keeps_them(
    tmp_path: Path, channels: int, data: Any, taken: tuple[str, ...], refused: str
) -> None:
    for mode in ("L", "RGB"):
        photo(tmp_path / f"{mode}.png", mode)
    Image.open(tmp_path / "L.png").convert("RGB").save(tmp_path / "grey.png")
    reader = Reader.of(origin(channels, data), None)
    reader.check([tmp_path / name for name in taken])
    for name in taken:
        assert reader(tmp_path / name).shape == (channels, 8, 8)
    for ask in (reader, lambda path: reader.check([path])):
        with pytest.raises(ConfigError, match=f"{refused} is (grey|in colour), and this run was trained on"):
            ask(tmp_path / refused)


def test_a_class_of_ones_own_is_asked_where_it_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = types.ModuleType("my_data")
    mine.Mine = type("Mine", (), {"kept_as": "grey"})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "my_data", mine)
    data = {"_target_": "my_data.Mine"}
    assert Reader.of(origin(3, data), None, trust=True).grey
    assert not Reader.of(origin(3, data), None).grey


def test_headers_say_what_reading_would_find(tmp_path: Path) -> None:
    """Of every kind of file: sides as the image stands, and whether its mode is grey."""
    colour = Image.open(photo(tmp_path / "a.png", "RGB", (6, 9)))
    turned = Image.Exif()
    turned[0x0112] = 6  # a quarter turn
    colour.save(tmp_path / "b.jpg", exif=turned)
    colour.save(tmp_path / "c.png", exif=turned)
    colour.save(tmp_path / "d.tif", exif=turned)
    grey = Image.fromarray(np.arange(54, dtype=np.uint16).reshape(9, 6))
    grey.save(tmp_path / "j.tif", exif=turned, compression="tiff_lzw")  # Pillow 13 garbles it uncompressed
    colour.convert("P").save(tmp_path / "e.png")
    colour.convert("LA").save(tmp_path / "f.png")
    colour.convert("CMYK").save(tmp_path / "g.jpg")
    deep = np.arange(54, dtype=np.uint16).reshape(9, 6) * 1000
    Image.fromarray(deep).save(tmp_path / "h.png")
    tifffile.imwrite(tmp_path / "i.tif", np.stack([deep] * 3, axis=-1), photometric="rgb")
    tifffile.imwrite(tmp_path / "k.tif", np.stack([deep] * 3, axis=-1), photometric="rgb", extratags=[TURNED])
    tifffile.imwrite(tmp_path / "l.tif", np.zeros((9, 6, 3), np.float32), photometric="rgb", extratags=[TURNED])
    for path in sorted(tmp_path.iterdir()):
        image = Input((9, 6), 3, "stretch", value_range="type").picture(path)
        assert header(path) == ((image.height, image.width), is_grey(image)), path
    for name in ("b.jpg", "c.png", "d.tif", "j.tif"):
        assert header(tmp_path / name)[0] == (6, 9)
    assert header(tmp_path / "i.tif") == ((9, 6), False)


def test_what_cannot_be_shown_is_found_before_anything_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [photo(tmp_path / "a.png"), tmp_path / "broken.png", photo(tmp_path / "z.png", size=(9, 8))]
    paths[1].write_bytes(b"no picture")
    monkeypatch.setattr(Input, "picture", lambda *_: pytest.fail("a header says it"))
    with pytest.raises(ConfigError, match=r"z\.png has 8×9 pixels"):
        Reader.of(origin(), None).check(paths)
    Reader.of(origin(), None).check(paths[:2])  # what cannot be read is told by whoever reads it
    with pytest.raises(ConfigError, match=r"z\.png is larger than 8×8 pixels"):
        Reader.of(origin(), "border").check(paths)
    Reader.of(origin(), "crop").check(paths)


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


def test_a_run_of_many_bands_reads_files_that_have_them(tmp_path: Path) -> None:
    levels = 10 * np.arange(1, 8, dtype=np.uint8)
    for name, bands, side in (("seven", 7, 8), ("small", 7, 4), ("five", 5, 8)):
        tifffile.imwrite(
            tmp_path / f"{name}.tif", np.broadcast_to(levels[:bands], (side, side, bands)), photometric="minisblack",
            planarconfig="contig",
        )  # fmt: skip
    reader = Reader.of(Origin({}, (7, 8, 8)), None)
    reader.check([tmp_path / "seven.tif"])
    assert (reader(tmp_path / "seven.tif") == levels[:, None, None]).all()
    bordered = Reader.of(Origin({}, (7, 8, 8)), "border")(tmp_path / "small.tif")
    assert bordered[:, 0, 0].tolist() == [0] * 7
    assert bordered[:, 4, 4].tolist() == levels.tolist()
    with pytest.raises(DecodeError, match="it has 5 bands, and this run takes images of 7"):
        reader(tmp_path / "five.tif")


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
