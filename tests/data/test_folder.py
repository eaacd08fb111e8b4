import logging
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gan_runner.data import folder as module
from gan_runner.data.degraded import Degraded
from gan_runner.data.digits import Digits
from gan_runner.data.files.decoding import find_images
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
    assert data.class_names == ("dark", "light")
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
    with pytest.raises(ValueError, match=r"data\.root=.*nowhere is not there"):
        folder(tmp_path / "nowhere", tmp_path).check()
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"data\.root=.*empty holds no images"):
        folder(tmp_path / "empty", tmp_path).check()
    with pytest.raises(ValueError, match=r"data\.labels=true.*has none: set data\.labels=false"):
        folder(root / "dark", tmp_path, labels=True).check()
    with pytest.raises(ValueError, match=r"data\.root=.*nowhere is not there"):
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


@pytest.fixture
def deep(tmp_path):
    """Greys of 16 bits whose largest value is 4000, and one image of bytes."""
    (tmp_path / "deep").mkdir()
    for number, value in enumerate((1000, 2000, 4000)):
        Image.new("I;16", (8, 8), value).save(tmp_path / "deep" / f"{number}.png")
    Image.new("L", (8, 8), 77).save(tmp_path / "deep" / "bytes.png")
    return tmp_path / "deep"


@pytest.mark.parametrize("way", WAYS)
def test_deep_pixels_have_one_scale_in_the_whole_set_and_it_is_told(deep, tmp_path, caplog, way):
    for _ in range(2):  # found, then known from the cache
        caplog.clear()
        with caplog.at_level(logging.INFO):
            data = folder(deep, tmp_path, channels=1, holdout=0, **WAYS[way])
            batch = data.deck("train")[torch.arange(4)]
        assert batch.real.amax((1, 2, 3)).tolist() == [64, 128, 255, 77]
        assert "3 files of uint16, from 1000 to 4000; 0 becomes black and 4000 white in all of them" in caplog.text
        assert "(data.value_range)" in caplog.text
        assert data.scales == {"real": [0, 4000]}
    given = folder(deep, tmp_path, channels=1, holdout=0, value_range=(0, 8000), **WAYS[way])
    assert given.deck("train")[torch.arange(4)].real.amax((1, 2, 3)).tolist() == [32, 64, 128, 77]
    Image.new("I;16", (8, 8), 8000).save(deep / "3.png")  # the set, and with it its scale, is another
    more = folder(deep, tmp_path, channels=1, holdout=0, **WAYS[way])
    assert more.deck("train")[torch.arange(5)].real.amax((1, 2, 3)).tolist() == [32, 64, 128, 255, 77]


def test_the_scale_is_that_of_the_images_to_train_on(deep, tmp_path):
    (tmp_path / "apart" / "val").mkdir(parents=True)
    deep.rename(tmp_path / "apart" / "train")
    Image.new("I;16", (8, 8), 8000).save(tmp_path / "apart" / "val" / "brighter.png")
    data = folder(tmp_path / "apart", tmp_path, channels=1, splits="auto")
    assert data.deck("test")[torch.tensor([0])].real.max() == 255  # cut
    assert data.scales == {"real": [0, 4000]}


def test_all_images_of_another_folder_are_its_test_split(root, tmp_path):
    other = tmp_path / "other"
    (other / "dark").mkdir(parents=True)
    for shade in range(5):
        Image.new("RGB", (12, 12), (50 + shade,) * 3).save(other / "dark" / f"{shade}.png")
    data = folder(root, tmp_path, labels=True, holdout=0)
    assert data.measure_by(other)
    train, test = data.deck("train"), data.deck("test")
    assert (len(train), len(test), data.has_test_split, data.holdout_key) == (20, 5, True, None)
    assert test[torch.arange(5)].real[:, 0, 0, 0].tolist() == [50, 51, 52, 53, 54]
    (tmp_path / "apart" / "val").mkdir(parents=True)
    other.rename(tmp_path / "apart" / "train")
    shutil.copytree(root, tmp_path / "copy")
    (tmp_path / "empty").mkdir()
    for place in (
        root,
        root / "dark",
        tmp_path / "copy",
        tmp_path / "apart",
        tmp_path / "empty",
        tmp_path / "gone",
        tmp_path,
    ):
        assert not folder(root, tmp_path, splits="auto").measure_by(place), place
    assert not folder(tmp_path / "gone", tmp_path).measure_by(root)
    assert Degraded(of=folder(root, tmp_path), task="denoise").measure_by(tmp_path / "apart" / "train")
    assert not Digits().measure_by(root)


def test_a_folder_is_listed_once(root, tmp_path, monkeypatch):
    listed = []
    monkeypatch.setattr(module, "find_images", lambda place: (listed.append(place), find_images(place))[1])
    data = folder(root, tmp_path, labels=True)
    data.check()
    data.fingerprint()
    data.prepare_data()
    data.setup("fit")
    data.deck("test")
    assert listed == [root]


def test_a_stream_tells_of_a_corrupt_file_once(root, tmp_path, capfd):
    (root / "dark" / "3.png").write_text("no image")
    data = folder(root, tmp_path, holdout=0, stream=True, num_workers=2, batch_size=4)
    loader = data.train_dataloader()
    told = logging.StreamHandler()  # what workers log is seen by none of pytest's
    logging.getLogger("gan_runner").addHandler(told)
    try:
        assert len([*loader, *loader]) == 10
        data.deck("train")[torch.arange(20)]
    finally:
        logging.getLogger("gan_runner").removeHandler(told)
    assert capfd.readouterr().err.count("replaced by the next file") == 1


@pytest.mark.parametrize("limit", [None, 5])
def test_a_corrupt_file_is_replaced_by_one_that_is_dealt_too(tmp_path, limit):
    """None of the other side of a hold-out, and none beyond a limit."""
    count = 40
    for shade in range(count):
        Image.new("L", (8, 8), 6 * shade).save(tmp_path / f"{shade:02}.png")

    def shades(split):
        data = Folder(root=str(tmp_path), image_size=8, channels=1, stream=True, holdout=0.5, limit=limit)
        deck = data.deck(split)
        return [int(shade) // 6 for shade in deck[torch.arange(len(deck))].real[:, 0, 0, 0]]

    dealt, held_out = shades("train"), shades("test")
    assert len(dealt) == limit or count // 2
    for place in (*dealt[1:], *held_out[:3]):
        (tmp_path / f"{place:02}.png").write_bytes(b"none")
    assert shades("train") == [dealt[0]] * len(dealt)
    assert set(shades("test")) == set(held_out[3:])


def test_a_run_keeps_its_scale(deep, tmp_path):
    data = folder(deep, tmp_path, channels=1, holdout=0, batch_size=2)
    data.deck("train")
    Image.new("I;16", (8, 8), 8000).save(deep / "3.png")
    measured = folder(deep, tmp_path, channels=1, holdout=0)
    measured.settle(data.scales)
    assert measured.deck("train")[torch.arange(5)].real.amax((1, 2, 3)).tolist() == [64, 128, 255, 255, 77]
    old = folder(deep, tmp_path, channels=1, holdout=0)
    old.settle(None)
    assert old.deck("train")[torch.arange(5)].real.amax((1, 2, 3)).tolist() == [3, 7, 15, 31, 77]
    assert old.scales == {}


def test_a_range_without_values_names_its_key(deep, tmp_path):
    with pytest.raises(ValueError, match=r"data\.value_range=\[9,9\] has no values"):
        folder(deep, tmp_path, value_range=(9, 9))


def test_what_is_left_out_is_said_once(root, tmp_path, caplog):
    (root / "dark" / "phone.HEIC").touch()
    with caplog.at_level(logging.INFO):
        data = folder(root, tmp_path)
        data.prepare_data()
        data.deck("train")
        data.deck("test")
    (line,) = [record.getMessage() for record in caplog.records if "left out" in record.getMessage()]
    assert line.startswith(f"{root}: left out: 1 HEIC (")


def test_a_zoo_of_files_in_one_folder(tmp_path):
    zoo = tmp_path / "zoo"
    zoo.mkdir()
    Image.fromarray(np.full((9, 7), 2048, np.uint16)).save(zoo / "deep.png")
    Image.fromarray(np.full((9, 7), 4095, np.uint16)).save(zoo / "deep.tif")
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
        [128, 128, 128],  # deep.png, half of the largest value of the set
        [255, 255, 255],  # deep.tif
        [255, 0, 0],  # few.gif
        [255, 255, 255],  # glass.png
        [0, 0, 0],  # ink.png
        [0, 0, 0],  # link.png
        [0, 10, 0],  # moving.webp
        [255, 255, 255],  # print.jpg
    ]


# ---- classes --------------------------------------------------------------------------------------------------------


def grey(path, shade: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (8, 8), shade).save(path)


@pytest.fixture
def numbered(tmp_path):
    """Classes 0, 1, 2, 10, of three images each, as bright as their names say."""
    for name in ("0", "1", "2", "10"):
        for image in range(3):
            grey(tmp_path / "numbered" / name / f"{image}.png", 10 * int(name))
    return tmp_path / "numbered"


def shades(data, split="train") -> dict[int, int]:
    """Label -> brightness."""
    batch = data.deck(split)[torch.arange(len(data.deck(split)))]
    return dict(zip(batch.label.tolist(), batch.real[:, 0, 0, 0].tolist(), strict=True))


def test_numbers_in_names_count_as_numbers(numbered):
    data = Folder(root=str(numbered), labels=True, image_size=8)
    assert (data.class_names, data.num_classes) == (("0", "1", "2", "10"), 4)
    assert shades(data) == {0: 0, 1: 10, 2: 20, 3: 100}


def test_a_run_that_kept_no_names_goes_on_with_its_own_order(numbered):
    data = Folder(root=str(numbered), labels=True, image_size=8)
    data.keep_classes(None)
    assert data.class_names == ("0", "1", "10", "2")
    assert shades(data) == {0: 0, 1: 10, 2: 100, 3: 20}


def test_a_run_keeps_the_order_that_it_began_with(numbered):
    data = Folder(root=str(numbered), labels=True, image_size=8)
    data.keep_classes(("10", "2", "1", "0"))
    assert shades(data) == {0: 100, 1: 20, 2: 10, 3: 0}
    unlabelled = Folder(root=str(numbered), image_size=8)
    unlabelled.keep_classes(None)
    assert unlabelled.class_names is None


def test_other_classes_are_not_those_of_the_run(numbered):
    (numbered / "10").rename(numbered / "11")
    data = Folder(root=str(numbered), labels=True, image_size=8)
    with pytest.raises(
        ValueError, match=r"not the classes of this run \(10 missing, 11 new\): it knows 0, 1, 2, 10; set"
    ):
        data.keep_classes(("0", "1", "2", "10"))


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_class_without_an_image_to_train_on_is_refused_or_said(numbered, goes_on, caplog):
    for image in range(3):
        (numbered / "2" / f"{image}.png").write_bytes(b"")
    data = Folder(root=str(numbered), labels=True, image_size=8)
    if goes_on:  # a run of an earlier version
        data.keep_classes(None)
        data.deck("train")
        assert "no image of 2 is left to train on" in caplog.text
    else:
        with pytest.raises(ValueError, match=r"no image of 2 is left to train on: .* set data\.labels=false$"):
            data.deck("train")


def test_a_class_all_of_which_is_held_out_is_refused(tmp_path):
    held_out = torch.randperm(41, generator=torch.Generator().manual_seed(0))[:20]  # as decks.hold_out draws them
    first, last = 0 in held_out, 40 in held_out
    assert first or last  # so that a class of one image can lie there
    for image in range(40):
        grey(tmp_path / "m" / f"{image:02d}.png", 0)
    grey(tmp_path / ("a" if first else "z") / "0.png", 0)
    with pytest.raises(ValueError, match=rf"no image of {'a' if first else 'z'} is left .* \(data\.holdout=0\.5\)"):
        Folder(root=str(tmp_path), image_size=8, holdout=0.5, labels=True).deck("train")


# ---- splits ---------------------------------------------------------------------------------------------------------


def layout(root, *paths: str):
    """Images at these paths, the n-th of brightness n."""
    for shade, path in enumerate(paths):
        grey(root / path, shade)
    return root


def dealt(root, **settings) -> dict[str, list[int]]:
    data = Folder(root=str(root), image_size=8, channels=1, splits="auto", **settings)
    data.check()
    return {split: data.deck(split)[torch.arange(len(data.deck(split)))].real[:, 0, 0, 0].tolist()
            for split in (("train", "test") if data.has_test_split else ("train",))}  # fmt: skip


@pytest.mark.parametrize("train", ["train", "Train", "training", "TRAIN"])
@pytest.mark.parametrize("held_out", ["val", "valid", "validation", "test", "Test", "testing"])
@pytest.mark.parametrize("labels", [False, True])
def test_folders_that_are_called_splits_are_splits(tmp_path, train, held_out, labels, caplog):
    root = layout(
        tmp_path, f"{train}/cat/0.png", f"{train}/dog/1.png", f"{held_out}/cat/2.png", f"{held_out}/dog/3.png"
    )
    with caplog.at_level("INFO"):
        assert dealt(root, labels=labels) == {"train": [0, 1], "test": [2, 3]}
    assert f"splits {train}/ and {held_out}/ are taken as training and held-out images" in caplog.text
    assert "data.holdout is not used" in caplog.text
    data = Folder(root=str(root), splits="auto", labels=labels)
    assert data.class_names == (("cat", "dog") if labels else None)
    if labels:
        assert shades(data, "test") == {0: 2, 1: 3}


def test_a_folder_without_images_tells_what_it_holds(tmp_path):
    for n in range(2):
        (tmp_path / f"{n}.npy").write_bytes(b"")
    with pytest.raises(ValueError, match=r"no images \(left out: 2 arrays \(NPY: each can be data.root itself\)"):
        Folder(root=str(tmp_path)).check()


def test_a_folder_that_is_held_out_leaves_no_share_to_set(tmp_path):
    apart = layout(tmp_path / "apart", "train/0.png", "val/1.png")
    alone = layout(tmp_path / "alone", "train/0.png", "train/1.png")
    keys = {root.name: Folder(root=str(root), splits="auto").holdout_key for root in (apart, alone)}
    assert keys == {"apart": None, "alone": "data.holdout"}
    assert Folder(root=str(apart)).holdout_key == "data.holdout"


def test_what_is_held_out_is_test_before_val(tmp_path, caplog):
    root = layout(tmp_path, "train/a/0.png", "val/a/1.png", "test/a/2.png")
    with caplog.at_level("INFO"):
        assert dealt(root, labels=True) == {"train": [0], "test": [2]}
    assert "; val/ is not read" in caplog.text


def test_a_test_folder_without_classes_is_none_where_labels_are_asked_for(tmp_path, caplog):
    root = layout(tmp_path, "train/a/0.png", "train/b/1.png", "val/a/2.png", "test/3.png")
    with caplog.at_level("INFO"):
        assert dealt(root, labels=True) == {"train": [0, 1], "test": [2]}
    assert "; test/ is not read" in caplog.text
    assert dealt(root) == {"train": [0, 1], "test": [3]}


def test_a_training_folder_alone_is_held_out_from(tmp_path, caplog):
    root = layout(tmp_path, *(f"train/{name}/{n}.png" for name in "ab" for n in range(5)))
    (root / "test").mkdir()
    with caplog.at_level("INFO"):
        found = dealt(root, labels=True, holdout=0.2)
    assert (len(found["train"]), len(found["test"])) == (8, 2)
    assert "train/ is taken as training images, of which data.holdout=0.2 is held out" in caplog.text
    assert dealt(root, labels=True, holdout=0) == {"train": list(range(10))}


@pytest.mark.parametrize("way", WAYS)
def test_splits_are_read_in_every_way(tmp_path, way):
    root = layout(tmp_path / "set", "train/a/0.png", "train/b/1.png", "test/b/2.png")
    assert dealt(root, labels=True, cache=str(tmp_path / "cache"), **WAYS[way]) == {"train": [0, 1], "test": [2]}


@pytest.mark.parametrize(
    "paths",
    [
        ("train/0.png", "car/1.png", "test/2.png"),  # vehicles
        ("cat/0.png", "val/1.png"),
        ("train/0.png", "val/1.png", "2.png"),
        ("test/0.png", "val/1.png"),
    ],
)
def test_other_folders_are_no_splits(tmp_path, paths):
    assert sum(map(len, dealt(layout(tmp_path, *paths), holdout=0).values())) == len(paths)


def test_nothing_is_a_split_unless_it_is_asked_for(tmp_path):
    """As in runs of earlier versions, whose configurations do not have the key."""
    root = layout(tmp_path, "train/a/0.png", "val/a/1.png")
    data = Folder(root=str(root), image_size=8, labels=True, holdout=0)
    assert data.class_names == ("train", "val")
    assert len(data.deck("train")) == 2


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (("train/a/0.png", "val/a/1.png", "valid/a/2.png"), r"the folders val and valid, .* data\.splits=none"),
        (("train/a/0.png", "val/a/1.png", "val/b/2.png"), r"val has images of b, of which there are none to train on"),
        (("train/a/0.png", "val/a/1.png", "val/2.png"), r"every image in a subfolder of .*val, and 2\.png is not"),
        (("train/0.png", "val/1.png"), r"subfolders of .*train as classes.* or data\.splits=none if the folders of"),
    ],
)
def test_splits_that_do_not_agree_are_refused_before_anything_is_read(tmp_path, paths, said):
    with pytest.raises(ValueError, match=said):
        Folder(root=str(layout(tmp_path, *paths)), labels=True, splits="auto").check()


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


def test_a_corrupt_file_is_replaced_by_one_of_its_class_alone(tmp_path):
    """A class that is left out does not come back in the place of a file that cannot be read."""
    for name, files in {"a": 3, "b": 3}.items():
        (tmp_path / name).mkdir()
        for index in range(files):
            Image.new("RGB", (8, 8), (200 * (name == "b"), 0, 0)).save(tmp_path / name / f"{index}.png")
    (tmp_path / "a" / "2.png").write_bytes(b"none")
    data = Folder(root=str(tmp_path), image_size=8, labels=True, stream=True, holdout=0.0, only=["a"])
    batch = data.deck("train")[torch.arange(3)]
    assert batch.label.tolist() == [0, 0, 0]
    assert int(batch.real[:, 0].max()) == 0


def test_as_many_other_images_measure_a_folder_that_is_named_from_here(tmp_path, monkeypatch):
    for name, shade in (("mine", 0), ("others", 90)):
        (tmp_path / name / "a").mkdir(parents=True)
        Image.new("RGB", (8, 8), (shade, 0, 0)).save(tmp_path / name / "a" / "0.png")
    monkeypatch.chdir(tmp_path)
    data = Folder(root="mine", image_size=8, labels=True, holdout=0.0)
    assert data.measure_by(Path("others"))
    assert data.deck("test")[torch.arange(1)].real.max() == 90
    assert not Folder(root="mine", image_size=8, holdout=0.0).measure_by(Path("mine"))


def test_labels_of_a_container_to_measure_by_are_checked(tmp_path):
    for name in "ab":
        (tmp_path / "mine" / name).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(tmp_path / "mine" / name / "0.png")
    np.savez(tmp_path / "others.npz", images=np.zeros((3, 8, 8, 3), np.uint8), labels=np.arange(2))
    data = Folder(root=str(tmp_path / "mine"), image_size=8, labels=True, holdout=0.0)
    assert data.measure_by(tmp_path / "others.npz")
    with pytest.raises(ValueError, match="there is not a label for each image"):
        data.check()


def test_other_images_to_measure_by_are_read_as_the_run_was_told_to(tmp_path):
    """data.array and data.container hold for them too; where they cannot, by looking."""
    for name, shade in (("mine", 0), ("others", 90)):
        images = np.full((4, 8, 8, 3), shade, np.uint8)
        np.savez(tmp_path / f"{name}.npz", image_raw=images + 10, image_clean=images)
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (8, 8), (50, 0, 0)).save(tmp_path / "photos" / "0.png")
    for other, value in (("others.npz", 90), ("photos", 50)):
        data = Folder(root=str(tmp_path / "mine.npz"), array="image_clean", image_size=8, channels=3, holdout=0.0)
        assert data.measure_by(tmp_path / other)
        assert data.deck("test")[torch.arange(1)].real.max() == value
    whole = Folder(root=str(tmp_path / "mine.npz"), array="image_clean", image_size=8, holdout=0.0)
    assert whole.measure_by(tmp_path / "mine.npz" / "image_raw")
    assert whole.deck("test")[torch.arange(1)].real.max() == 10
    assert not whole.measure_by(tmp_path / "mine.npz" / "image_clean")
    np.savez(tmp_path / "none.npz", images=images, image_clear=images)
    with pytest.raises(ValueError, match=r"data\.array=image_clean is not in .*none\.npz"):
        data.measure_by(tmp_path / "none.npz")


def test_a_folder_of_sets_names_them(tmp_path):
    np.savez(tmp_path / "set.npz", images=np.zeros((3, 8, 8), np.uint8))
    with pytest.raises(ValueError, match=r"holds no images itself: set data\.root to .*set\.npz \(npz\)"):
        Folder(root=str(tmp_path)).check()
    (tmp_path / "set.npz").unlink()
    for number in range(3):
        np.save(tmp_path / f"{number}.npy", np.zeros((8, 8, 3), np.uint8))  # an image each, and no sets
    with pytest.raises(ValueError, match=r"holds no images \(left out: 3 arrays"):
        Folder(root=str(tmp_path)).check()
