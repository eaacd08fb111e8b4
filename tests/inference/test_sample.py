"""Sampling from a checkpoint alone: what is drawn, where it is written, what is refused before anything is computed."""

import logging
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from gan_runner.data.folder import Folder
from gan_runner.images.fields import box_of
from gan_runner.images.lettering import HEADER
from gan_runner.inference import rebuild as rebuilding
from gan_runner.inference import sample as sampling
from gan_runner.inference.rebuild import rebuild
from gan_runner.inference.sample import Request, sample
from gan_runner.systems.capabilities import Samples


def request(**keys) -> Request:
    return Request.from_config({"accelerator": "cpu", "num_samples": 6, **keys})


@pytest.fixture
def named(runs, tmp_path, tampered) -> str:
    """A run folder whose four classes have names."""

    def name(contents):
        contents["origin"]["class_names"] = ["cat", "Dog", "T-shirt/top", "10"]

    tampered(runs["conditional"], tmp_path / "named" / "checkpoints" / "last.ckpt", name)
    return str(tmp_path / "named")


def arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as file:
        return dict(file)


# ---- what is written ------------------------------------------------------------------------------------------------


def test_images_as_arrays(runs, tmp_path):
    said = sample(request(run=runs["plain"], output=str(tmp_path / "new" / "x.npz")))
    written = arrays(tmp_path / "new" / "x.npz")
    assert list(written) == ["images"]
    assert written["images"].shape == (6, 8, 8, 3)
    assert written["images"].dtype == np.uint8
    assert "6 samples of the generator's average (tricks.ema) after 12 batches, seed 0:" in said
    assert str(tmp_path / "new" / "x.npz") in said
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["x.npz"]  # nothing half-written is left


def test_labels_cycle_evenly_or_over_those_asked_for(runs, tmp_path):
    for label, expected in ((None, [0, 1, 2, 3, 0, 1]), (2, [2] * 6), ([3, 1], [3, 1] * 3)):
        said = sample(request(run=runs["conditional"], output=str(tmp_path / "x.npz"), label=label, overwrite=True))
        written = arrays(tmp_path / "x.npz")
        assert written["labels"].tolist() == expected
        assert written["labels"].dtype == np.int64
        assert written["images"].shape == (6, 8, 16, 1)
    assert "6 samples of the generator after 12 batches" in said


def test_the_label_changes_the_picture(runs, tmp_path):
    for label in (0, 1):
        sample(request(run=runs["conditional"], output=str(tmp_path / f"{label}.npz"), label=label))
    assert (arrays(tmp_path / "0.npz")["images"] != arrays(tmp_path / "1.npz")["images"]).any()


def test_points(runs, tmp_path):
    sample(request(run=runs["points"], output=str(tmp_path / "x.npz")))
    points = arrays(tmp_path / "x.npz")["points"]
    assert points.shape == (6, 2)
    assert points.dtype == np.float32
    sample(request(run=runs["points"], output=str(tmp_path / "x.png")))
    _, _, width, height = box_of(Image.open(tmp_path / "x.png"))
    assert width == height


def test_a_picture_has_a_column_per_class(runs, tmp_path):
    sample(request(run=runs["plain"], output=str(tmp_path / "plain.png"), num_samples=9))
    sample(request(run=runs["conditional"], output=str(tmp_path / "classes.png"), num_samples=8))
    square, classes = Image.open(tmp_path / "plain.png"), Image.open(tmp_path / "classes.png")
    assert square.width == square.height
    assert classes.width == 4 * (128 + 2) + 2
    assert classes.height == 2 * (64 + 2) + 2 + HEADER  # below the names of the classes
    names = classes.convert("L").crop((0, 0, classes.width, HEADER))
    assert all(min(names.crop((130 * one, 0, 130 * one + 130, HEADER)).tobytes()) < 128 for one in range(4))


def test_a_folder_gets_a_picture_per_sample(runs, tmp_path):
    folder = tmp_path / "samples"
    sample(request(run=runs["plain"], output=f"{folder}/", batch_size=4))
    assert [path.name for path in sorted(folder.iterdir())] == [f"{i:06d}.png" for i in range(6)]
    sample(request(run=runs["plain"], output=str(tmp_path / "x.npz")))
    for index, image in enumerate(arrays(tmp_path / "x.npz")["images"]):
        picture = Image.open(folder / f"{index:06d}.png")
        assert picture.mode == "RGB"
        assert np.abs(np.asarray(picture).astype(int) - image).max() <= 1
    sample(request(run=runs["plain"], output=f"{folder}/", num_samples=2, overwrite=True))
    assert len(list(folder.iterdir())) == 2  # no mixture of two requests


def test_a_folder_has_a_folder_for_each_class_and_is_data_again(named, tmp_path):
    folder = tmp_path / "samples"
    said = sample(request(run=named, output=f"{folder}/"))
    assert said.endswith(f"{folder} (a folder for each class: cat, Dog, T-shirt/top, 10)")
    written = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))
    assert written == [
        "10/000003.png", "Dog/000001.png", "Dog/000005.png", "T-shirt_top/000002.png", "cat/000000.png",
        "cat/000004.png",
    ]  # fmt: skip
    data = Folder(root=str(folder), labels=True, channels=1, image_size=[8, 16], holdout=0)
    assert data.class_names == ("10", "Dog", "T-shirt_top", "cat")
    sample(request(run=named, output=str(tmp_path / "x.npz")))
    batch = data.deck("train")[torch.arange(6)]
    order = [3, 1, 5, 2, 0, 4]  # by folder, then by number
    assert (
        np.abs(batch.real.int().numpy() - arrays(tmp_path / "x.npz")["images"].astype(int)[order, None, ..., 0]).max()
        <= 1
    )
    assert batch.label.tolist() == [0, 1, 1, 2, 3, 3]
    sample(request(run=named, output=f"{folder}/", label="dog", num_samples=2, overwrite=True))
    assert sorted(path.name for path in folder.rglob("*.png")) == ["000000.png", "000001.png"]  # no mixture


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"output": "x.npz"}, "x.npz (classes cat, Dog, T-shirt/top, 10, in turn)"),
        ({"output": "x.npz", "label": "cat"}, "x.npz (class cat)"),
        ({"output": "x.png"}, "x.png (columns from the left: cat, Dog, T-shirt/top, 10)"),
        ({"output": "x.png", "label": [10, "Cat"]}, "x.png (columns from the left: 10, cat)"),
        ({"output": "x.png", "label": "Dog"}, "x.png (class Dog)"),
        ({"output": "x.png", "label": [10] * 33}, "x.png (row by row, classes in turn: 10, 10, "),
        ({"output": "w.png", "label": ["Dog", "cat"], "interpolate": True}, "w.gif (rows from above: Dog, cat)"),
        ({"output": "d/", "label": ["Dog", "cat"]}, "d (a folder for each class: Dog, cat)"),
    ],
)  # fmt: skip
def test_the_last_line_says_which_class_lies_where(keys, told, named, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert told in sample(request(run=named, **keys))


def test_arrays_carry_the_names_of_all_classes(named, runs, tmp_path):
    sample(request(run=named, output=str(tmp_path / "x.npz"), label=["Dog", 10], num_samples=3))
    written = arrays(tmp_path / "x.npz")
    assert written["class_names"][written["labels"]].tolist() == ["Dog", "10", "Dog"]
    assert written["class_names"].tolist() == ["cat", "Dog", "T-shirt/top", "10"]
    sample(request(run=runs["conditional"], output=str(tmp_path / "y.npz")))  # without names: by their numbers
    assert arrays(tmp_path / "y.npz")["class_names"].tolist() == ["0", "1", "2", "3"]


def test_a_class_by_its_name_is_that_class(named, tmp_path):
    for label, place in (("T-shirt/top", 2), (10, 3), ("CAT", 0)):
        sample(request(run=named, output=str(tmp_path / "x.npz"), label=label, overwrite=True))
        assert arrays(tmp_path / "x.npz")["labels"].tolist() == [place] * 6
    with pytest.raises(
        ValueError, match=r"label=ct is no class of this run \(did you mean cat\?\): this network knows"
    ):
        sample(request(run=named, output=str(tmp_path / "y.npz"), label="ct"))


# ---- what is drawn --------------------------------------------------------------------------------------------------


def test_the_seed_decides_and_the_batch_size_does_not(runs, tmp_path):
    images = {}
    for seed, batch_size in ((0, 256), (0, 4), (1, 256)):
        keys = {"seed": seed, "batch_size": batch_size, "output": str(tmp_path / "x.npz"), "overwrite": True}
        sample(request(run=runs["plain"], **keys))
        images[seed, batch_size] = arrays(tmp_path / "x.npz")["images"].astype(int)
    assert np.abs(images[0, 256] - images[0, 4]).max() <= 1  # up to the rounding of another batch size
    assert np.abs(images[0, 256] - images[1, 256]).max() > 1


def test_the_samples_are_those_of_the_network(runs, tmp_path):
    system, batches = rebuild(Samples, Path(runs["points"]) / "checkpoints" / "last.ckpt", "")
    source = torch.randn(6, 6, generator=torch.Generator().manual_seed(5))
    sample(request(run=runs["points"], output=str(tmp_path / "x.npz"), seed=5))
    with torch.no_grad():
        expected = system.game.generator.eval()(source)
    torch.testing.assert_close(torch.from_numpy(arrays(tmp_path / "x.npz")["points"]), expected)
    assert batches == 12


def test_truncation_reaches_the_prior(runs, monkeypatch):
    system, _ = rebuild(Samples, Path(runs["plain"]) / "checkpoints" / "last.ckpt", "")
    asked = request(run=runs["plain"], truncation=0.5, num_samples=500)
    source, label = sampling.deal(asked, system.latent, [])
    assert source.abs().max() <= 0.5
    assert label is None


def test_interpolate_writes_a_strip_and_an_animation(runs, tmp_path):
    said = sample(request(run=runs["plain"], output=str(tmp_path / "walk.png"), interpolate=True))
    strip, animation = Image.open(tmp_path / "walk.png"), Image.open(tmp_path / "walk.gif")
    assert strip.size == (6 * (64 + 2) + 2, 64 + 4)
    assert animation.n_frames == 6
    assert "walk.png and " in said
    sample(request(run=runs["conditional"], output=str(tmp_path / "two.png"), interpolate=True, label=[0, 1]))
    assert Image.open(tmp_path / "two.png").height == 2 * (64 + 2) + 2  # a row per class, the same path in each
    (tmp_path / "two.png").unlink()
    asked = request(run="x", output=str(tmp_path / "two.png"), interpolate=True)
    with pytest.raises(ValueError, match=r"two\.gif exists already"):
        _ = asked.destination


# ---- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"output": None}, "output has no value: give output=<file>.npz"),
        ({"output": "x"}, "output=x does not say what to write.*npz.*png.*folder"),
        ({"output": "x.jpg"}, "output=x.jpg does not say what to write"),
        ({"run": None}, "give either run=<run folder> or ckpt="),
        ({"ckpt": "x.ckpt"}, "give either run=<run folder> or ckpt="),
        ({"run": "no/such/run"}, "no/such/run is no run folder"),
        ({"run": "."}, "has no checkpoints/last.ckpt"),
        ({"run": None, "ckpt": "no.ckpt"}, "checkpoint no.ckpt does not exist"),
        ({"num_samples": 0}, "num_samples=0 is not valid: it should be greater"),
        ({"num_samples": "6"}, "num_samples='6' is not valid: it should be a valid integer"),
        ({"num_samples": 10_001}, r"num_samples=10001 \(10001 images\) is too many for one picture"),
        ({"truncation": 0}, "truncation=0 is not valid: it should be greater than 0"),
        ({"truncation": -0.5}, "truncation=-0.5 is not valid"),
        ({"batch_size": 0}, "batch_size=0 is not valid"),
        ({"seed": -1}, "seed=-1 is not valid"),
        ({"accelerator": "tpu"}, "accelerator='tpu' is not valid: it should be 'auto', 'cpu' or 'gpu'"),
        ({"interpolate": "yes"}, "interpolate='yes' is not valid"),
        ({"label": 0}, "label=0, but this network was trained without labels"),
        ({"labels": 0}, r"unknown key labels \(did you mean label\?\)"),
    ],
)
def test_a_request_that_cannot_be_met(keys, said, runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sampling, "draw", lambda *_: pytest.fail("something was computed"))
    with pytest.raises((ValueError, FileNotFoundError), match=said) as caught:
        sample(request(**{"run": runs["plain"], "output": "x.png", **keys}))
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("keys", [{"output": "points/"}, {"output": "x.png", "interpolate": True}])
def test_points_are_no_images(keys, runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="this run makes points"):
        sample(request(run=runs["points"], **keys))


@pytest.mark.parametrize(("channels", "shown"), [(10, "bands 1, 2 and 3 of 10"), (2, "bands 1 and 2 as red and green")])
def test_many_bands_fit_arrays_and_a_picture_shows_three(channels, shown, played, tmp_path, monkeypatch):
    monkeypatch.setattr(rebuilding, "check_targets", lambda *_: None)  # somebody's own data class, vouched for
    data = ("data._target_=fixtures.many_bands.ManyBands", f"data.channels={channels}")
    played("model=dcgan", "network.width=4", "metrics=none", "logger=none", *data, folder=tmp_path / "run")
    keys = {"run": str(tmp_path / "run")}
    with pytest.raises(ValueError, match=rf"{channels} bands, which no PNG holds: give output=<file>\.npz .*{shown}"):
        sample(request(**keys, output=f"{tmp_path / 'new'}/"))
    assert not (tmp_path / "new").exists()
    assert shown in sample(request(**keys, output=str(tmp_path / "x.png")))
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.mode == "RGB"
    assert shown not in sample(request(**keys, output=str(tmp_path / "x.npz")))
    assert arrays(tmp_path / "x.npz")["images"].shape == (6, 8, 8, channels)


def test_near_infrared_is_not_drawn_as_transparency(played, tmp_path, caplog):
    (tmp_path / "set").mkdir()
    for number in range(8):
        values = np.random.default_rng(number).integers(0, 256, (8, 8, 4), np.uint8)
        values[..., 3] = 0
        tifffile.imwrite(tmp_path / "set" / f"{number}.tif", values, photometric="rgb", extrasamples=["unspecified"])
    with caplog.at_level(logging.INFO):
        played("model=dcgan", "data=folder", f"data.root={tmp_path / 'set'}", "data.image_size=8", "data.channels=4",
               "data.cache=null", "data.batch_size=4", "network.width=4", "metrics=none", "logger=none",
               folder=tmp_path / "run")  # fmt: skip
    assert "pictures show bands 1, 2 and 3 of 4 as red, green, blue" in caplog.text
    said = sample(request(run=str(tmp_path / "run"), output=str(tmp_path / "x.png")))
    assert "(bands 1, 2 and 3 of 4 as red, green, blue)" in said
    for path in (tmp_path / "run" / "samples" / "real.png", tmp_path / "x.png"):
        with Image.open(path) as picture:
            assert picture.mode == "RGB"
    sample(request(run=str(tmp_path / "run"), output=str(tmp_path / "x.npz")))
    assert arrays(tmp_path / "x.npz")["images"].shape == (6, 8, 8, 4)


DEPTHS = {
    "12 bits in 16": (np.uint16, 0, 4095, 1),
    "below zero": (np.int16, -1000, 3000, 2),
    "floats": (np.float32, -1, 1, 3),
    "many bands": (np.uint16, 0, 900, 6),
}


@pytest.mark.parametrize("name", DEPTHS)
def test_samples_have_the_depth_of_the_files(name, played, tmp_path):
    """In as many pages as were asked for, and read back as the very bands that were written."""
    dtype, low, high, bands = DEPTHS[name]
    (tmp_path / "set").mkdir()
    for number in range(8):
        values = np.linspace(low, high, 64 * bands).reshape(8, 8, bands).astype(dtype)
        tifffile.imwrite(
            tmp_path / "set" / f"{number}.tif", values[..., 0] if bands == 1 else values,
            photometric="rgb" if bands == 3 else "minisblack", planarconfig=None if bands == 1 else "contig",
        )  # fmt: skip
    played("model=dcgan", "data=folder", f"data.root={tmp_path / 'set'}", "data.image_size=8", "network.width=4",
           f"data.channels={bands}", "data.cache=null", "data.batch_size=4", "metrics=none", "logger=none",
           folder=tmp_path / "run")  # fmt: skip
    for suffix in ("npz", "npy", "tiff"):
        said = sample(request(run=str(tmp_path / "run"), output=str(tmp_path / f"x.{suffix}")))
        assert f"x.{suffix} ({np.dtype(dtype).name}, black is {low:g} and white {high:g})" in said
    kept, alone = arrays(tmp_path / "x.npz")["images"], np.load(tmp_path / "x.npy")
    with tifffile.TiffFile(tmp_path / "x.tiff") as file:
        pages = np.stack([page.asarray() for page in file.pages])
    assert kept.dtype == alone.dtype == pages.dtype == dtype
    assert kept.shape == (6, 8, 8, bands)
    assert (kept == alone).all()
    assert (kept == pages.reshape(kept.shape)).all()
    (tmp_path / "only").mkdir()
    (tmp_path / "x.tiff").rename(tmp_path / "only" / "x.tiff")
    again = Folder(
        root=str(tmp_path / "only"), image_size=8, channels=bands, pages="all", holdout=0, value_range=(low, high)
    )
    read = again.deck("train")[torch.arange(6)].real.numpy()
    assert np.abs(read - (kept.transpose(0, 3, 1, 2).astype(float) - low) / (high - low) * 255).max() <= 0.51
    said = sample(request(run=str(tmp_path / "run"), output=str(tmp_path / "x.png")))
    assert f"(8 bits; output=<file>.tiff or .npz keeps {np.dtype(dtype).name})" in said


def test_samples_of_bytes_are_bytes_everywhere(runs, tmp_path):
    for suffix in ("tiff", "tif", "npy"):
        said = sample(request(run=runs["plain"], output=str(tmp_path / f"x.{suffix}"), num_samples=20))
        assert "black is" not in said
    assert np.load(tmp_path / "x.npy").dtype == np.uint8
    with Image.open(tmp_path / "x.tiff") as picture:
        assert (picture.n_frames, picture.mode, picture.size) == (20, "RGB", (8, 8))
    sample(request(run=runs["plain"], output=str(tmp_path / "walk.tiff"), num_samples=12, interpolate=True))
    with tifffile.TiffFile(tmp_path / "walk.tiff") as file:
        assert len(file.pages) == 12
    assert not (tmp_path / "walk.gif").exists()
    said = sample(request(run=runs["conditional"], output=str(tmp_path / "c.tiff"), label=[3, 1]))
    assert "classes" in said
    with tifffile.TiffFile(tmp_path / "c.tiff") as file:
        assert {page.shape for page in file.pages} == {(8, 16)}


def test_nothing_is_overwritten_unasked(runs, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "keep.txt").write_text("precious")
    (tmp_path / "x.npz").write_text("precious")
    for output in ("x.npz", "folder", "folder/"):
        with pytest.raises(ValueError, match="exists already: choose another output, or set overwrite=true"):
            sample(request(run=runs["plain"], output=f"{tmp_path}/{output}"))
    with pytest.raises(ValueError, match="is a file, not a folder"):
        sample(request(run=runs["plain"], output=f"{tmp_path}/x.npz/"))
    assert (tmp_path / "x.npz").read_text() == "precious"
    sample(request(run=runs["plain"], output=f"{tmp_path}/folder/", num_samples=1, overwrite=True))
    assert (tmp_path / "folder" / "keep.txt").exists()


# ---- other checkpoints ----------------------------------------------------------------------------------------------


def test_diverged_weights_are_told(runs, tmp_path, tampered):
    def diverge(contents):
        for name, value in contents["state_dict"].items():
            if name.startswith("games.gan.generator.head"):
                value.fill_(float("nan"))

    path = tampered(runs["points"], tmp_path / "nan.ckpt", diverge)
    with pytest.raises(ValueError, match="not finite: its training had diverged"):
        sample(request(ckpt=str(path), output=str(tmp_path / "x.npz")))
    assert not (tmp_path / "x.npz").exists()


def test_the_average_is_what_is_sampled(runs, tmp_path, tampered):
    def move(contents):
        state = contents["state_dict"]
        name = next(name for name in state if name.startswith("games.gan.generator.head"))
        state[name] = deepcopy(state[name]) + 1

    path = tampered(runs["plain"], tmp_path / "moved.ckpt", move)
    sample(request(run=runs["plain"], output=str(tmp_path / "a.npz")))
    sample(request(ckpt=str(path), output=str(tmp_path / "b.npz")))
    assert (arrays(tmp_path / "a.npz")["images"] == arrays(tmp_path / "b.npz")["images"]).all()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_one_pixel_that_is_no_number_is_found(value: float) -> None:
    class Network(torch.nn.Module):
        def forward(self, source: torch.Tensor, label: None) -> torch.Tensor:
            images = source.repeat_interleave(4, 1).reshape(-1, 1, 2, 2)
            return torch.where(images == 3, value, images / 10)

    draws = sampling.draw(Network(), torch.tensor([[0.0], [1.0], [2.0], [3.0]]), None, 2, torch.device("cpu"))
    assert torch.equal(next(draws)[:, 0, 0, 0], torch.tensor([0.0, 0.1]))
    with pytest.raises(ValueError, match="not finite: its training had diverged"):
        next(draws)
