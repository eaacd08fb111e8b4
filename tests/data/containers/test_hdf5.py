import io
import logging
import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image

from gan_runner.data.containers import blocks
from gan_runner.data.containers.hdf5 import Hdf5, is_hdf5
from gan_runner.data.folder import Folder

h5py = pytest.importorskip("h5py")
PIXELS = np.random.default_rng(0).integers(0, 256, (600, 16, 17, 3), dtype=np.uint8)
LABELS = np.random.default_rng(1).integers(0, 5, 600)


def write(path, **datasets):
    with h5py.File(path, "w") as file:
        for name, (values, settings) in datasets.items():
            file.create_dataset(name.replace("__", "/"), data=values, **settings)
    return path


def studiogan(path, newer=True):
    """As StudioGAN writes it: until December 2021 with bands first."""
    images = PIXELS if newer else PIXELS.transpose(0, 3, 1, 2)
    chunks = {"chunks": (500, *images.shape[1:]), "compression": False}
    return write(path, imgs=(images, chunks), labels=(LABELS, {"chunks": (500,), "compression": False}))


@pytest.mark.parametrize("newer", [True, False])
def test_both_generations_of_studiogan(tmp_path, newer):
    container = Hdf5(studiogan(tmp_path / "set.hdf5", newer))
    assert list(container.names[:2]) == [f"{LABELS[0]}/000", f"{LABELS[1]}/001"]
    for index in (0, 499, 500, 599):
        assert np.array_equal(container.read(index), PIXELS[index])


KEPT = {
    "contiguous": {},
    "chunks of images": {"chunks": (50, 16, 17, 3), "compression": "gzip"},
    "an image a chunk": {"chunks": (1, 16, 17, 3), "compression": "lzf"},
    "chunks of parts of images": {"chunks": (70, 8, 8, 1), "compression": "gzip"},
}


@pytest.mark.parametrize("kept", KEPT)
def test_however_it_is_kept(tmp_path, kept):
    container = Hdf5(write(tmp_path / "set.h5", x=(PIXELS, KEPT[kept]), y=(LABELS, {})))
    assert all(np.array_equal(container.read(index), PIXELS[index]) for index in (599, 0, 71, 300))


def test_each_chunk_is_unpacked_once_by_what_reads_all(tmp_path, monkeypatch):
    """Though the classes lie mixed, and a set is in the order of its classes."""
    path = studiogan(tmp_path / "set.h5")
    monkeypatch.setattr(blocks, "FEWEST", 1)
    monkeypatch.setattr(Hdf5, "_rows_of", lambda *_: 50)
    read = []
    got = blocks.Blocks.get

    def get(self, key, reading):
        self.most_bytes = 1
        return got(self, key, lambda: read.append(key) or reading())

    monkeypatch.setattr(blocks.Blocks, "get", get)
    monkeypatch.setattr("gan_runner.waiting.threads.cores", lambda: 1)
    deck = Folder(root=str(path), image_size=16, fit="stretch", labels=True, holdout=0.0).deck("train")
    assert len(deck) == 600
    assert [key[2] for key in read] == list(range(12))


def test_threads_and_processes_read_at_once(tmp_path):
    container = Hdf5(write(tmp_path / "set.h5", x=(PIXELS, KEPT["chunks of images"])))
    assert np.array_equal(container.read(3), PIXELS[3])
    order = np.random.default_rng(2).permutation(600)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(container.read, order))
    assert all(np.array_equal(image, PIXELS[index]) for image, index in zip(found, order, strict=True))
    with multiprocessing.get_context("fork").Pool(3) as processes:
        found = processes.map(container.read, order)
    assert all(np.array_equal(image, PIXELS[index]) for image, index in zip(found, order, strict=True))


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("held", [1000, 10**9])
def test_what_drawing_at_random_costs_is_said(tmp_path, caplog, monkeypatch, kept, held):
    monkeypatch.setattr("gan_runner.data.containers.hdf5.MOST_BYTES", held)
    path = write(tmp_path / "set.h5", x=(PIXELS, KEPT[kept]))
    Folder(root=str(path), image_size=16, holdout=0.0, stream=True).check()
    said = "data.stream=true unpacks a chunk of" in caplog.text
    assert said == (held == 1000 and kept in ("chunks of images", "chunks of parts of images"))
    caplog.clear()
    Folder(root=str(path), image_size=16, holdout=0.0).check()
    assert not caplog.text


def test_groups_are_splits_and_links_out_of_the_file_are_not_followed(tmp_path):
    part = (PIXELS[:5], {})
    path = write(
        tmp_path / "set.h5", train__images=part, train__labels=(["a", "b", "a", "b", "a"], {}), val__images=part
    )
    write(tmp_path / "other.h5", test__images=part)
    with h5py.File(path, "a") as file:
        file["test"] = h5py.ExternalLink("other.h5", "/test")
        file["loop"] = h5py.SoftLink("/")
    container = Hdf5(path)
    assert list(container.members()) == ["train/images", "train/labels", "val/images"]
    assert list(container.names[:2]) == ["train/a/0", "train/b/1"]
    assert container.names[-1] == "val/4"


def test_image_files_inside_are_read_as_such(tmp_path):
    with h5py.File(tmp_path / "set.h5", "w") as file:
        images = file.create_dataset("images", (3,), dtype=h5py.vlen_dtype(np.uint8))
        for place in range(3):
            Image.fromarray(PIXELS[place]).save(stream := io.BytesIO(), "PNG")
            images[place] = np.frombuffer(stream.getvalue(), np.uint8)
    container = Hdf5(tmp_path / "set.h5")
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(container.read(2)))), PIXELS[2])
    assert not container.plain
    deck = Folder(root=str(tmp_path / "set.h5"), image_size=(16, 17), holdout=0.0).deck("train")
    assert np.array_equal(deck[torch.tensor([1])].real[0].permute(1, 2, 0), PIXELS[1])


def test_image_files_are_read_several_at_a_time_and_a_data_set_is_looked_up_once(tmp_path, monkeypatch):
    with h5py.File(tmp_path / "set.h5", "w") as file:
        images = file.create_dataset("images", (70,), dtype=h5py.vlen_dtype(np.uint8))
        for place in range(70):
            images[place] = np.full(place, place, np.uint8)
    asked = []
    get = h5py.Dataset.__getitem__
    monkeypatch.setattr(h5py.Dataset, "__getitem__", lambda one, part: asked.append(part) or get(one, part))
    looked_up = []
    find = h5py.File.__getitem__
    monkeypatch.setattr(h5py.File, "__getitem__", lambda file, key: looked_up.append(key) or find(file, key))
    container = Hdf5(tmp_path / "set.h5")
    assert [container.read(place) for place in range(70)] == [bytes([place]) * place for place in range(70)]
    assert asked == [slice(0, 1), slice(1, 32), slice(32, 64), slice(64, 96)]
    assert len(looked_up) <= 2  # to list what there is, and to read
    order = np.random.default_rng(0).permutation(70).tolist()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(container.read, order)) == [bytes([place]) * place for place in order]


def test_what_lies_in_other_files_is_said(tmp_path, caplog):
    write(tmp_path / "part.h5", x=(PIXELS, {}))
    layout = h5py.VirtualLayout(PIXELS.shape, PIXELS.dtype)
    layout[:] = h5py.VirtualSource(tmp_path / "part.h5", "x", PIXELS.shape)
    with h5py.File(tmp_path / "set.h5", "w") as file:
        file.create_virtual_dataset("x", layout)
    with caplog.at_level(logging.WARNING):
        assert np.array_equal(Hdf5(tmp_path / "set.h5").read(7), PIXELS[7])
    assert "x is pieced together from other files" in caplog.text


def test_it_is_known_by_its_bytes(tmp_path):
    assert is_hdf5(write(tmp_path / "set", x=(PIXELS[:5], {})))
    with h5py.File(tmp_path / "later", "w", userblock_size=512) as file:
        file["x"] = PIXELS[:5]
    assert is_hdf5(tmp_path / "later")
    (tmp_path / "words.h5").write_text("words")
    assert not is_hdf5(tmp_path / "words.h5")
    assert not is_hdf5(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content[: len(content) // 2], r"set\.h5 cannot be read as HDF5, it is damaged or cut off"),
        (lambda content: content[:8] + b"x" * 900, r"set\.h5 cannot be read as HDF5, it is damaged or cut off"),
    ],
)
def test_what_is_damaged_is_said(tmp_path, change, said):
    path = studiogan(tmp_path / "set.h5")
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ValueError, match=said):
        Hdf5(path).list_names()


def test_what_holds_no_images_is_said(tmp_path):
    with pytest.raises(ValueError, match=r"set\.h5 holds table \(9,\) float64, and no array of numbers with 3 axes"):
        Hdf5(write(tmp_path / "set.h5", table=(np.zeros(9), {}))).list_names()


def test_a_missing_package_is_named_with_its_extra(tmp_path, monkeypatch):
    path = studiogan(tmp_path / "set.h5")
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(
        ValueError, match=r"set\.h5 is an HDF5 file, which needs h5py.*pip install 'gan-runner\[formats\]'"
    ):
        Hdf5(path).list_names()
