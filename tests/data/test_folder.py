import logging
import pickle

import numpy as np
import pytest
import torch
from PIL import Image

from gan_runner.data.folder import Folder, Mapped
from gan_runner.data.loader import Loader

WAYS = {"memory": {}, "mapped": {"memory_limit_mb": 0}, "stream": {"stream": True}}


@pytest.fixture
def root(tmp_path):
    """Two classes, dark (grey 0..9) and light (grey 200..209)."""
    folder = tmp_path / "photos"
    for name, first in (("dark", 0), ("light", 200)):
        (folder / name).mkdir(parents=True)
        for shade in range(10):
            Image.new("RGB", (12, 12), (first + shade,) * 3).save(folder / name / f"{shade}.png")
    return folder


def folder(root, tmp_path, **settings) -> Folder:
    return Folder(root=str(root), cache=str(tmp_path / "cache"), **{"image_size": 8, **settings})


@pytest.mark.parametrize("way", WAYS)
def test_every_way_deals_the_same(root, tmp_path, way):
    data = folder(root, tmp_path, labels=True, batch_size=6, holdout=0.1, **WAYS[way])
    data.check()
    data.prepare_data()
    train, test = data.deck("train"), data.deck("test")
    assert data.shape == (3, 8, 8)
    assert data.num_classes == 2
    assert data.classes == ["dark", "light"]
    assert (len(train), len(test)) == (18, 2)
    plain = Folder(root=str(root), image_size=8)
    expected = plain.deck("train")[torch.arange(18)].real
    batch = train[torch.arange(18)]
    assert torch.equal(batch.real, expected)
    assert torch.equal(batch.label, (batch.real[:, 0, 0, 0] >= 200).long())


@pytest.mark.parametrize("way", ["mapped", "stream"])
def test_workers_deal_the_same_order(root, tmp_path, way):
    deck = folder(root, tmp_path, **WAYS[way]).deck("train")
    alone, helped = (torch.cat([b.real for b in Loader(deck, 4, num_workers=n)]) for n in (0, 2))
    assert torch.equal(alone, helped)


def test_a_mapped_set_travels_to_workers_by_name(root, tmp_path):
    whole = folder(root, tmp_path, memory_limit_mb=0)._read_whole()
    assert isinstance(whole, Mapped)
    packed = pickle.dumps(whole)
    assert len(packed) < 1000
    positions = torch.tensor([3, 1])
    assert torch.equal(pickle.loads(packed)[positions].real, whole[positions].real)


def test_without_labels(root, tmp_path):
    data = folder(root, tmp_path)
    assert data.num_classes is None
    assert data.deck("train")[torch.arange(3)].label is None


@pytest.mark.parametrize("way", WAYS)
def test_corrupt_files(root, tmp_path, caplog, way):
    (root / "dark" / "3.png").write_text("no image")
    (root / "light" / "9.png").write_bytes(b"")
    with caplog.at_level(logging.INFO):
        deck = folder(root, tmp_path, labels=True, **WAYS[way])._read_whole()
        batch = deck[torch.arange(len(deck))]
    assert "dark/3.png" in caplog.text
    assert "light/9.png" in caplog.text
    assert len(deck) == (20 if way == "stream" else 18)
    assert torch.equal(batch.label, (batch.real[:, 0, 0, 0] >= 200).long())
    assert not (batch.real[:, 0, 0, 0] == 3).any()
    with pytest.raises(ValueError, match=r"3\.png.*data\.on_error=skip"):
        folder(root, tmp_path, on_error="fail", **WAYS[way])._read_whole()[torch.arange(20)]


@pytest.mark.parametrize("way", WAYS)
def test_nothing_that_can_be_decoded(tmp_path, way):
    empty = tmp_path / "photos"
    empty.mkdir()
    (empty / "x.png").touch()
    with pytest.raises(ValueError, match=r"data\.root"):
        folder(empty, tmp_path, **WAYS[way])._read_whole()[torch.tensor([0])]


def test_check_names_the_key(root, tmp_path):
    with pytest.raises(ValueError, match=r"data\.root=.*nowhere is not a folder"):
        folder(tmp_path / "nowhere", tmp_path).check()
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"data\.root=.*empty holds no images"):
        folder(tmp_path / "empty", tmp_path).check()
    with pytest.raises(ValueError, match=r"data\.labels=true.*has none: set data\.labels=false"):
        folder(root / "dark", tmp_path, labels=True).check()
    with pytest.raises(ValueError, match=r"data\.root=.*nowhere is not a folder"):
        folder(tmp_path / "nowhere", tmp_path, labels=True).num_classes  # noqa: B018


def test_labels_need_every_image_in_a_class_and_every_class_an_image(root, tmp_path):
    (root / "medium").mkdir()
    with pytest.raises(ValueError, match=r"medium has no images.*data\.labels=false"):
        folder(root, tmp_path, labels=True).deck("train")
    (root / "medium").rmdir()
    Image.new("L", (8, 8)).save(root / "stray.png")
    with pytest.raises(ValueError, match=r"stray\.png.*data\.labels=false"):
        folder(root, tmp_path, labels=True).deck("train")
    assert len(folder(root, tmp_path, holdout=0).deck("train")) == 21


def test_circular_links_and_hidden_files(root, tmp_path):
    (root / "dark" / "loop").symlink_to(root, target_is_directory=True)
    (root / ".DS_Store.png").touch()
    (root / ".thumbnails").mkdir()
    assert len(folder(root, tmp_path, labels=True, holdout=0).deck("train")) == 20


@pytest.mark.parametrize(("image_size", "channels"), [(16, 1), ((8, 20), 3), ([20, 8], 4)])
def test_sizes_and_channels(root, image_size, channels):
    data = Folder(root=str(root), image_size=image_size, channels=channels)
    assert data.deck("train")[torch.arange(2)].real.shape == (2, *data.shape)


def test_a_zoo_of_files_in_one_folder(tmp_path):
    zoo = tmp_path / "zoo"
    zoo.mkdir()
    Image.fromarray(np.full((9, 7), 0x8000, np.uint16)).save(zoo / "deep.png")
    Image.fromarray(np.full((9, 7), 0x8000, np.uint16)).save(zoo / "deep.tif")
    Image.new("RGBA", (5, 5), (9, 9, 9, 0)).save(zoo / "glass.png")
    Image.new("RGB", (30, 6), (255, 0, 0)).quantize().save(zoo / "few.gif")
    Image.new("CMYK", (16, 16)).save(zoo / "print.jpg")
    Image.new("1", (8, 8)).save(zoo / "ink.png")
    frames = [Image.new("RGB", (8, 8), (0, shade, 0)) for shade in (10, 200)]
    frames[0].save(zoo / "moving.webp", save_all=True, append_images=frames[1:], lossless=True)
    (zoo / "text.png").write_text("no image")
    (zoo / "link.png").symlink_to(zoo / "ink.png")
    deck = Folder(root=str(zoo), image_size=8, holdout=0).deck("train")
    first_pixels = deck[torch.arange(len(deck))].real[:, :, 0, 0].tolist()
    assert first_pixels == [
        [128, 128, 128],  # deep.png
        [128, 128, 128],  # deep.tif
        [255, 0, 0],  # few.gif
        [255, 255, 255],  # glass.png
        [0, 0, 0],  # ink.png
        [0, 0, 0],  # link.png
        [0, 10, 0],  # moving.webp
        [255, 255, 255],  # print.jpg
    ]


def test_a_folder_is_known_again_by_what_its_files_hold(root, tmp_path):
    found = folder(root, tmp_path, labels=True).fingerprint()
    assert (found["family"], found["name"], found["files"], found["labels"]) == ("folder.Folder", "photos", 20, 2)
    assert (found["root"], found["split"]) == (str(root.resolve()), "a share")
    moved = root.rename(tmp_path / "moved")
    again = folder(moved, tmp_path, labels=True, image_size=16, stream=True).fingerprint()
    assert again["content"] == found["content"]
    Image.new("RGB", (12, 12)).save(moved / "dark" / "new.png")
    more = folder(moved, tmp_path, holdout=0).fingerprint()
    assert (more["files"], more["labels"], more["split"]) == (21, None, "nothing")
    assert more["content"] != found["content"]
