import io
import logging
import zipfile

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image
from pytorch_lightning import Trainer

from fixtures.containers import as_tar, as_zip, files_of, packed
from gan_runner.data.base import Augment
from gan_runner.data.fetching.archives import Archive
from gan_runner.data.unpaired import Two, Unpaired


def paint(folder, first: int, count: int, side: int = 12) -> None:
    """Squares of the greys first, first + 1, … whose left half is brighter by 100."""
    folder.mkdir(parents=True, exist_ok=True)
    for shade in range(first, first + count):
        image = Image.new("RGB", (side, side), (shade,) * 3)
        image.paste((shade + 100,) * 3, (0, 0, side // 2, side))
        image.save(folder / f"{shade}.png")


@pytest.fixture
def root(tmp_path):
    """7 + 3 images for training, of greys 0…6 and 50…52; 2 + 4 for the test."""
    for name, first, count in (("trainA", 0, 7), ("trainB", 50, 3), ("testA", 20, 2), ("testB", 70, 4)):
        paint(tmp_path / "set" / name, first, count)
    return tmp_path / "set"


def unpaired(root, **settings) -> Unpaired:
    return Unpaired(root=str(root), **{"image_size": 8, "batch_size": 2, **settings})


def shades(images: torch.Tensor) -> list[int]:
    """The grey of each image's right half."""
    return images[:, 0, 0, -1].tolist()


def test_sides_of_different_size_are_dealt_in_orders_of_their_own(root):
    data = unpaired(root, load_size=8)
    loader = data.train_dataloader()
    assert len(loader) == 3
    epochs = [[(shades(batch.source), shades(batch.real)) for batch in loader] for _ in range(8)]
    for epoch in epochs:
        sources = [shade for source, _ in epoch for shade in source]
        images = [shade for _, image in epoch for shade in image]
        assert len(set(sources)) == 6  # of 7: each at most once
        assert sorted(images) == [50, 50, 51, 51, 52, 52]  # of 3: each twice
        assert sorted(images[:3]) == [50, 51, 52]  # a whole shuffle before the next begins
    met = {(a, b) for epoch in epochs for source, image in epoch for a, b in zip(source, image, strict=True)}
    assert len(met) > 14  # of 21; were the orders tied, an image of A would always meet the same of B
    assert epochs[0] != epochs[1]


def test_a_resumed_run_deals_what_the_uninterrupted_one_would(root):
    whole, again = unpaired(root), unpaired(root)
    loader = whole.train_dataloader()
    next(iter(loader))
    again.load_state_dict(whole.state_dict())
    for expected, batch in zip(list(loader), list(again.train_dataloader()), strict=True):
        assert torch.equal(expected.real, batch.real)
        assert torch.equal(expected.source, batch.source)


def test_workers_deal_the_same(root):
    alone, helped = (list(unpaired(root, num_workers=n, stream=True).train_dataloader()) for n in (0, 1))
    for one, other in zip(alone, helped, strict=True):
        assert torch.equal(one.real, other.real)
        assert torch.equal(one.source, other.source)


def test_crops_and_mirrors_are_drawn_for_each_side(root):
    torch.manual_seed(0)
    data = unpaired(root, load_size=12, augment=Augment(hflip=True))
    data.trainer = Trainer(logger=False, enable_checkpointing=False, accelerator="cpu")
    batch = data.deck("train")[torch.zeros(400, dtype=torch.long)]
    raw = data.dealt()[torch.zeros(400, dtype=torch.long)]
    assert raw.real.shape == (400, 3, 12, 12)
    assert batch.real.shape == (400, 3, 8, 8)
    dealt = data.on_after_batch_transfer(raw, 0)
    assert dealt.real.shape == dealt.source.shape == (400, 3, 8, 8)
    assert dealt.real.dtype == torch.float32
    grey = torch.tensor([50, 150, 0, 100]) / 127.5 - 1
    torch.testing.assert_close(torch.cat([dealt.real.unique(), dealt.source.unique()]), grey)
    mirrored = {side: x[:, 0, 0, 0] < x[:, 0, 0, -1] for side, x in (("a", dealt.source), ("b", dealt.real))}
    edges = {side: (x[:, 0, 0] == x[:, :1, 0, 0]).sum(1) for side, x in (("a", dealt.source), ("b", dealt.real))}
    for side in "ab":
        assert 140 < mirrored[side].sum() < 260
        assert set(edges[side].tolist()) == {2, 3, 4, 5, 6}  # where the bright half ends: the 5 places of the crop
    assert 140 < (mirrored["a"] == mirrored["b"]).sum() < 260
    assert 40 < (edges["a"] == edges["b"]).sum() < 160


def test_elsewhere_images_are_whole(root):
    data = unpaired(root, load_size=12, augment=Augment(hflip=True))
    for split, sizes in (("train", (7, 3)), ("test", (2, 4))):
        deck = data.deck(split)
        assert len(deck) == max(sizes)
        batch = deck[torch.arange(len(deck))]
        for image in (batch.source, batch.real):
            assert image.shape == (max(sizes), 3, 8, 8)
            bright, dark = image[:, 0, :, 0].int(), image[:, 0, :, -1].int()
            assert torch.equal(bright - dark, torch.full_like(dark, 100))
    assert shades(data.deck("train")[torch.arange(7)].real) == [50, 51, 52, 50, 51, 52, 50]
    assert shades(data.deck("test")[torch.arange(4)].source) == [20, 21, 20, 21]
    examples = data.examples(3)
    assert examples.source.shape == (3, 3, 8, 8)
    assert examples.source.max() <= 1


def test_shapes_are_known_from_the_settings(root):
    data = unpaired(root, image_size=(8, 10), channels=4, source_channels=1)
    assert (data.shape, data.source_shape) == ((4, 8, 10), (1, 8, 10))
    assert data.load_size == (9, 11)
    for deck, size in ((data.dealt(), (9, 11)), (data.deck("train"), (8, 10)), (data.deck("test"), (8, 10))):
        batch = deck[torch.arange(2)]
        assert (batch.real.shape, batch.source.shape) == ((2, 4, *size), (2, 1, *size))
    assert unpaired("nowhere", image_size=256).load_size == (286, 286)


def test_any_two_folders_and_a_share_held_out(root):
    data = Unpaired(a=str(root / "trainA"), b=str(root / "trainB"), image_size=8, load_size=8, holdout=0.3)
    assert data.has_test_split
    sizes = {split: (len(data.deck(split).source), len(data.deck(split).real)) for split in ("train", "test")}
    assert sizes == {"train": (5, 2), "test": (2, 1)}
    seen = [shades(data.deck(split)[torch.arange(5)].source) for split in ("train", "test")]
    assert set(seen[0]) | set(seen[1]) == set(range(7))
    assert not set(seen[0]) & set(seen[1])
    assert unpaired(root, holdout=0).has_test_split  # of folders of its own


def test_a_corrupt_file_is_left_out(root, caplog):
    (root / "trainA" / "3.png").write_text("no image")
    deck = unpaired(root).deck("train")
    assert len(deck) == 6
    assert "3.png" in caplog.text


@pytest.fixture
def deep(tmp_path):
    """16 bits: A up to 4000, B up to 1000, in the test split half of that and, of A, more."""
    for name, values in (
        ("trainA", [4000, 2000]), ("trainB", [1000, 250]), ("testA", [2000, 5000]), ("testB", [500])
    ):  # fmt: skip
        (tmp_path / "deep" / name).mkdir(parents=True)
        for number, value in enumerate(values):
            Image.new("I;16", (8, 8), value).save(tmp_path / "deep" / name / f"{number}.png")
    return tmp_path / "deep"


@pytest.mark.parametrize("first", ["train", "test"])
def test_each_domain_has_one_scale_found_in_its_training_split(deep, first, caplog):
    data = unpaired(deep, source_channels=1, channels=1)
    data.deck(first)
    train, test = (data.deck(split)[torch.tensor([0, 1])] for split in ("train", "test"))
    assert (train.source.amax((1, 2, 3)).tolist(), train.real.amax((1, 2, 3)).tolist()) == ([255, 128], [255, 64])
    assert test.source.amax((1, 2, 3)).tolist() == [128, 255]  # what is brighter than the training split is cut
    assert test.real.amax((1, 2, 3)).tolist() == [128, 128]  # of one image, twice
    assert data.scales == {"source": [0, 4000], "real": [0, 1000]}
    again = unpaired(deep, source_channels=1, channels=1)
    again.settle({"source": [0, 8000]})
    assert again.deck("train")[torch.tensor([0])].source.max() == 128
    assert again.scales == {"source": [0, 8000], "real": [0, 1000]}
    pairs = unpaired(deep, source_channels=1, channels=1)
    (deep / "testA" / "1.png").unlink()
    hidden = pairs.hidden_pairs()  # those who measure may ask before the scale of the run is known
    pairs.settle({"source": [0, 8000], "real": [0, 2000]})
    batch = hidden.deck("test")[torch.tensor([0])]
    assert (batch.source.max(), batch.real.max()) == (64, 64)
    given = unpaired(deep, source_channels=1, channels=1, value_range=(0, 2000), source_value_range="type")
    given.settle({"source": [0, 8000], "real": [0, 8000]})
    batch = given.deck("train")[torch.tensor([0])]
    assert (batch.source.max(), batch.real.max()) == (4000 >> 8, 128)


def test_what_is_said_of_the_source_names_its_keys(tmp_path, caplog):
    for name, start in (("trainA", 0), ("trainB", 1)):
        (tmp_path / name).mkdir()
        bands = np.full((8, 8, 4), 100 + start, np.uint16)
        tifffile.imwrite(tmp_path / name / "1.tif", bands, photometric="rgb", extrasamples=["unspecified"])
    with caplog.at_level(logging.INFO):
        unpaired(tmp_path, holdout=0).deck("train")
    assert "data.source_channels=4 takes all" in caplog.text
    assert "101 white in all of them (data.value_range)" in caplog.text
    assert "100 white in all of them (data.source_value_range)" in caplog.text
    tifffile.imwrite(tmp_path / "trainA" / "2.tif", np.full((8, 8, 3), 9.5, np.float32), photometric="rgb")
    with pytest.raises(ValueError, match=r"set data\.source_value_range=\[<black>"):
        unpaired(tmp_path).deck("train")
    with pytest.raises(ValueError, match=r"2\.tif: .*: data\.source_value_range=\[9.5,9.5\] takes them"):
        unpaired(tmp_path, source_value_range="type", on_error="fail").deck("train")


@pytest.mark.parametrize("channels", [3, 4])
def test_a_fourth_band_of_the_target_is_known(tmp_path, channels):
    for name in ("trainA", "trainB"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (8, 8)).save(tmp_path / name / "1.tif")
    data = unpaired(tmp_path, channels=channels, holdout=0)
    data.deck("train")
    assert not data.fourth_is_band
    bands = np.zeros((8, 8, 4), np.uint8)
    tifffile.imwrite(tmp_path / "trainB" / "2.tif", bands, photometric="rgb", extrasamples=["unspecified"])
    data = unpaired(tmp_path, channels=channels, holdout=0)
    data.deck("train")
    assert data.fourth_is_band


def test_what_is_left_out_is_said_once_of_each_folder(root, caplog):
    for name in ("trainA", "trainB", "testB"):
        (root / name / "x.heic").touch()
    data = unpaired(root)
    for _ in range(2):
        for split in ("train", "test"):
            data.deck(split)
        data.dealt()
    said = [record.getMessage() for record in caplog.records if "left out" in record.getMessage()]
    assert sorted(line.partition(": left out: 1 HEIC")[0] for line in said) == [
        str(root / name) for name in ("testB", "trainA", "trainB")
    ]


def test_sentences_name_the_key(root, tmp_path):
    with pytest.raises(ValueError, match=r"set data\.root to one that holds trainA and trainB"):
        Unpaired().check()
    with pytest.raises(ValueError, match=r"data\.root=.*set/trainA does not hold trainA and trainB"):
        unpaired(root / "trainA").check()
    with pytest.raises(ValueError, match=r"set both"):
        Unpaired(a=str(root)).check()
    with pytest.raises(ValueError, match=r"data\.b=.*nowhere is not there"):
        Unpaired(a=str(root), b=str(tmp_path / "nowhere")).check()
    with pytest.raises(ValueError, match=r"data\.load_size=6 is smaller.*data\.load_size=null, or 8"):
        unpaired(root, load_size=6)
    undivided = Unpaired(a=str(root / "trainA"), b=str(root / "trainB"), image_size=8, holdout=0)
    assert not undivided.has_test_split
    with pytest.raises(ValueError, match=r"data\.holdout=0 of 7 samples leaves no test split"):
        undivided.deck("test")


def test_a_public_set_is_fetched(serve, root, tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(root.rglob("*.png")):
            archive.write(path, f"horses/{path.relative_to(root)}")
    source = Archive([f"{serve(buffer.getvalue())}horses.zip"], 1)
    data = unpaired(tmp_path / "data" / "horses", archive=source, load_size=8)
    data.check()
    assert len(data.deck("test")) == 4  # asked for first, it is fetched too
    data.prepare_data()
    assert isinstance(data.dealt(), Two)
    assert len(data.deck("train")) == 7
    assert (tmp_path / "data" / "horses" / "archive.json").is_file()
    unpaired(tmp_path / "data" / "horses", archive=Archive(["http://127.0.0.1:9/x.zip"], 1), download=False).check()


def test_an_archive_of_something_else_is_told(serve, tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("cats/1.png", b"x")
    data = unpaired(tmp_path / "cats", archive=Archive([f"{serve(buffer.getvalue())}cats.zip"], 1))
    with pytest.raises(ValueError, match=r"unpacked into data\.root=.* does not hold trainA and trainB"):
        data.prepare_data()


def test_a_set_by_name_composes(composed):
    data = composed("data=horse2zebra", "paths.data=here").data
    assert data.root == "here/horse2zebra"
    assert data.archive.addresses[0].endswith("/horse2zebra.zip")
    assert (data.image_size, data.batch_size, data.augment.hflip) == (256, 1, True)


def test_two_domains_are_known_again_by_the_files_of_both(root, tmp_path):
    found = unpaired(root).fingerprint()
    assert (found["family"], found["name"], found["files"]) == ("unpaired.Unpaired", "set", 10)
    assert (found["split"], found["test"]["files"]) == ("folders", 6)
    paint(root / "testA", 90, 1)
    more = unpaired(root).fingerprint()
    assert more["content"] == found["content"]  # what is dealt is the same, what it is measured by is not
    assert more["test"]["files"] == 7
    swapped = Unpaired(a=str(root / "trainB"), b=str(root / "trainA"), image_size=8).fingerprint()
    assert (swapped["name"], swapped["files"], swapped["split"]) == ("trainB-trainA", 10, "a share")
    assert "test" not in swapped
    assert swapped["content"] != found["content"]


def test_a_set_that_is_fetched_is_its_archive_before_and_after(serve, root, tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(root.rglob("*.png")):
            archive.write(path, f"horses/{path.relative_to(root)}")
    source = Archive([f"{serve(buffer.getvalue())}horses.zip"], 1)
    data = unpaired(tmp_path / "data" / "horses", archive=source, load_size=8)
    before = data.fingerprint()
    assert before == {"family": "unpaired.Unpaired", "name": "horses.zip"}
    data.prepare_data()
    assert data.fingerprint() == before
    paint(tmp_path / "data" / "horses" / "trainA" / "more", 60, 1)
    assert data.fingerprint()["files"] == 11


def test_a_limit_is_of_either_domain_and_the_same_at_any_size(root):
    data = unpaired(root, limit=2)
    dealt = data.dealt()
    assert (len(dealt.source), len(dealt.real)) == (2, 2)
    seen = [shades(side) for side in (data.deck("train")[torch.arange(2)].source, dealt[torch.arange(2)].source)]
    assert seen[0] == seen[1]
    assert len(data.deck("test")) == 4


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("write", [as_zip, as_tar])
def test_domains_in_a_container_are_those_of_its_folder(root, tmp_path, write, stream):
    archive = write(root, tmp_path)
    decks = [
        unpaired(place, load_size=8, stream=stream, cache=str(tmp_path / "cache")).deck(split)
        for place in (root, archive)
        for split in ("train", "test")
    ]
    for expected, found in (decks[::2], decks[1::2]):
        everything = torch.arange(len(expected))
        assert torch.equal(found[everything].real, expected[everything].real)
        assert torch.equal(found[everything].source, expected[everything].source)
    prints = [unpaired(place, cache=None).fingerprint() for place in (root, archive)]
    assert prints[0]["content"] == prints[1]["content"]


def test_each_domain_may_be_a_container_of_its_own(root, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    a, b = as_zip(root / "trainA", tmp_path / "a"), as_tar(root / "trainB", tmp_path / "b")
    data = Unpaired(a=str(a), b=str(b), image_size=8, load_size=8, batch_size=2, holdout=0, cache=None)
    found = data.deck("train")[torch.arange(7)]
    assert set(shades(found.source)) == set(range(7))
    assert set(shades(found.real)) == {50, 51, 52}


def test_domains_packed_with_their_folder_are_found_in_it(root, tmp_path):
    (tmp_path / "made").mkdir()
    archive = packed(tmp_path / "made" / "set.zip", {f"set/{name}": path.read_bytes() for name, path in files_of(root)})
    with pytest.raises(ValueError, match=r"does not hold trainA and trainB \(they may lie in .*set\.zip/set\)"):
        unpaired(archive).check()
    unpaired(archive / "set").check()


def test_a_compressed_tar_cannot_be_streamed(root, tmp_path):
    archive = as_tar(root, tmp_path, "w:gz", ".tgz")
    with pytest.raises(ValueError, match=r"data\.stream=true .*set\.tgz is compressed"):
        unpaired(archive, stream=True).check()
    assert len(unpaired(archive, cache=None).deck("train")) == 7


def test_two_arrays_of_one_file_are_two_domains(tmp_path):
    shades = {"arr_0": range(6), "arr_1": range(50, 54)}
    np.savez_compressed(
        tmp_path / "horse2zebra.npz",
        *(np.stack([np.full((8, 8, 3), shade, np.uint8) for shade in side]) for side in shades.values()),
    )
    a, b = (str(tmp_path / "horse2zebra.npz" / name) for name in shades)
    data = Unpaired(a=a, b=b, image_size=8, load_size=8, holdout=0.0, batch_size=4)
    data.check()
    batches = list(data.train_dataloader())
    assert {shade for batch in batches for shade in batch.source[:, 0, 0, 0].tolist()} <= set(range(6))
    assert {shade for batch in batches for shade in batch.real[:, 0, 0, 0].tolist()} == set(range(50, 54))
