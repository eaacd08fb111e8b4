import io
import tarfile

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image
from pytorch_lightning import Trainer

from fixtures.containers import as_tar, as_zip
from gan_runner.data.base import Augment
from gan_runner.data.fetching.archives import Archive
from gan_runner.data.paired import Paired


def square(shade: int, side: int = 12) -> Image.Image:
    """A ramp from left to right, from `shade` on in steps of 2, with the row in the second channel."""
    image = Image.new("RGB", (side, side))
    for x in range(side):
        for y in range(side):
            image.putpixel((x, y), (shade + 2 * x, 5 * y, 7))
    return image


@pytest.fixture
def apart(tmp_path):
    """6 pairs for training and 2 for the test: image i of A starts at the grey i, that of B at 100 + i."""
    for name, numbers in (("train", range(6)), ("test", range(20, 22))):
        for side, first in (("A", 0), ("B", 100)):
            (tmp_path / "apart" / f"{name}{side}").mkdir(parents=True)
            for number in numbers:
                square(first + number).save(tmp_path / "apart" / f"{name}{side}" / f"{number}.png")
    return tmp_path / "apart"


@pytest.fixture
def side_by_side(tmp_path, apart):
    """The same in one file each, the test split named val."""
    for name, ours in (("train", "train"), ("test", "val")):
        (tmp_path / "beside" / ours).mkdir(parents=True)
        for path in (apart / f"{name}A").iterdir():
            both = Image.new("RGB", (24, 12))
            both.paste(Image.open(path), (0, 0))
            both.paste(Image.open(apart / f"{name}B" / path.name), (12, 0))
            both.save(tmp_path / "beside" / ours / path.name)
    return tmp_path / "beside"


def paired(root, **settings) -> Paired:
    return Paired(root=str(root), **{"image_size": 12, "load_size": 12, "batch_size": 2, **settings})


def first_greys(batch) -> list[tuple[int, int]]:
    return list(zip(batch.source[:, 0, 0, 0].tolist(), batch.real[:, 0, 0, 0].tolist(), strict=True))


@pytest.mark.parametrize("layout", ["auto", "own"])
@pytest.mark.parametrize("name", ["apart", "side_by_side"])
@pytest.mark.parametrize("stream", [False, True])
def test_both_layouts_give_the_same_pairs(request, name, layout, stream):
    root = request.getfixturevalue(name)
    own = {"apart": "folders", "side_by_side": "side_by_side"}[name]
    data = paired(root, layout=own if layout == "own" else "auto", stream=stream)
    data.check()
    train, test = data.deck("train"), data.deck("test")
    assert (len(train), len(test), data.has_test_split) == (6, 2, True)
    assert first_greys(train[torch.arange(6)]) == [(number, 100 + number) for number in range(6)]
    assert first_greys(test[torch.arange(2)]) == [(20, 120), (21, 121)]
    turned = paired(root, direction="b2a", stream=stream).deck("train")
    assert first_greys(turned[torch.arange(6)]) == [(100 + number, number) for number in range(6)]


@pytest.mark.parametrize("name", ["apart", "side_by_side"])
@pytest.mark.parametrize("write", [as_zip, as_tar])
@pytest.mark.parametrize("stream", [False, True])
def test_pairs_in_a_container_are_those_of_its_folder(request, tmp_path, name, write, stream):
    root = write(request.getfixturevalue(name), tmp_path)
    data = paired(root, stream=stream, cache=str(tmp_path / "cache"))
    data.check()
    for split, numbers in (("train", range(6)), ("test", range(20, 22))):
        pairs = first_greys(data.deck(split)[torch.arange(len(numbers))])
        assert pairs == [(number, 100 + number) for number in numbers]


@pytest.mark.parametrize("name", ["apart", "side_by_side"])
def test_a_pair_shares_crop_and_mirror(request, name):
    torch.manual_seed(0)
    data = paired(request.getfixturevalue(name), image_size=8, augment=Augment(hflip=True))
    data.trainer = Trainer(logger=False, enable_checkpointing=False, accelerator="cpu")
    raw = data.dealt()[torch.full((300,), 4)]
    batch = data.on_after_batch_transfer(raw, 0)
    assert batch.real.shape == batch.source.shape == (300, 3, 8, 8)
    image, source = ((side + 1) * 127.5 for side in (batch.real, batch.source))
    torch.testing.assert_close(image[:, 0] - source[:, 0], torch.full((300, 8, 8), 100.0), atol=1e-4, rtol=0)
    torch.testing.assert_close(image[:, 1:], source[:, 1:])
    steps = image[:, 0, 0, 1] - image[:, 0, 0, 0]
    assert 100 < (steps > 0).sum() < 200  # mirrored, or not
    assert set(image[:, 1, 0, 0].round().tolist()) == {0, 5, 10, 15, 20}  # the places of the crop down
    assert set(image[:, 0].amin((1, 2)).round().tolist()) == {104, 106, 108, 110, 112}  # and across


def test_elsewhere_pairs_are_whole(apart):
    data = paired(apart, image_size=6, augment=Augment(hflip=True))
    for split in ("train", "test"):
        batch = data.deck(split)[torch.arange(2)]
        assert batch.real.shape == batch.source.shape == (2, 3, 6, 6)
        assert (batch.real[:, 0].int().diff(dim=-1) > 0).all()
    examples = data.examples(4)
    torch.testing.assert_close(examples.real[:, 0], examples.source[:, 0] + 100 / 127.5, atol=1e-2, rtol=0)


@pytest.mark.parametrize("name", ["apart", "side_by_side"])
def test_channels_of_each_side(request, name):
    data = paired(request.getfixturevalue(name), source_channels=1, channels=4, direction="b2a")
    assert (data.shape, data.source_shape) == ((4, 12, 12), (1, 12, 12))
    batch = data.deck("train")[torch.tensor([2])]
    assert (batch.real.shape, batch.source.shape) == ((1, 4, 12, 12), (1, 1, 12, 12))
    assert batch.real[0, 0, 0, 0] == 2
    assert batch.real[0, 3].unique().tolist() == [255]
    assert batch.source[0, 0, 0, 0] == round(0.299 * 102 + 0.114 * 7)


@pytest.mark.parametrize("spoilt", ["trainA", "trainB"])
def test_a_corrupt_half_takes_its_partner_along(apart, caplog, tmp_path, spoilt):
    (apart / spoilt / "3.png").write_text("no image")
    for _ in range(2):  # decoded, then from the cache
        deck = paired(apart, cache=str(tmp_path / "cache")).deck("train")
        assert first_greys(deck[torch.arange(5)]) == [(number, 100 + number) for number in (0, 1, 2, 4, 5)]
        assert "3.png" in caplog.text
    assert len(list((tmp_path / "cache").glob("*/"))) == 1


def test_the_cache_knows_the_partners(apart, tmp_path):
    paired(apart, cache=str(tmp_path / "cache")).deck("train")
    square(50, side=14).save(apart / "trainA" / "3.png")
    deck = paired(apart, cache=str(tmp_path / "cache")).deck("train")
    assert first_greys(deck[torch.tensor([3])])[0][0] >= 50
    paired(apart, cache=str(tmp_path / "cache"), direction="b2a").deck("train")
    assert len(list((tmp_path / "cache").glob("*/"))) == 3


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_pairs_of_other_proportions_are_refused_or_told(apart, caplog, fit):
    square(3, side=24).resize((24, 12)).save(apart / "trainA" / "3.png")
    square(104, side=24).resize((24, 24)).save(apart / "trainB" / "4.png")  # larger, but alike
    deck = paired(apart, fit=fit).deck("train")
    batch = deck[torch.arange(len(deck))]
    left = [0, 1, 2, 4, 5] if fit != "stretch" else [0, 1, 2, 3, 4, 5]
    torch.testing.assert_close(batch.real[:, 0, 0, 0].int(), torch.tensor(left).int() + 100, atol=1, rtol=0)
    (line,) = [record.getMessage() for record in caplog.records if "proportions" in record.getMessage()]
    assert f"{apart / 'trainB' / '3.png'}: it has 12 × 12 pixels" in line
    assert f"its partner {apart / 'trainA' / '3.png'} has 24 × 12" in line
    assert ("data.fit=stretch" in line) == (fit != "stretch")
    if fit != "stretch":
        with pytest.raises(ValueError, match=r"3\.png: it has .*data\.on_error=skip"):
            paired(apart, fit=fit, on_error="fail").deck("train")


def test_sizes_are_told_as_the_files_have_them_and_not_their_drafts(apart, caplog):
    """JPEG files are decoded at a fraction; one of them lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    (apart / "trainA" / "3.png").unlink()
    (apart / "trainB" / "3.png").unlink()
    Image.new("RGB", (1001, 1501)).save(apart / "trainA" / "3.jpg", exif=exif)
    Image.new("RGB", (1001, 1501)).save(apart / "trainB" / "3.jpg")
    paired(apart).deck("train")
    assert "3.jpg: it has 1001 × 1501 pixels, and its partner" in caplog.text
    assert "has 1501 × 1001" in caplog.text


def test_halves_of_one_file_are_told_by_the_keys_of_both(tmp_path):
    (tmp_path / "train").mkdir()
    tifffile.imwrite(tmp_path / "train" / "1.tif", np.full((8, 16), 9.0, np.float32))
    for channels in (1, 3):
        data = paired(tmp_path, value_range="type", on_error="fail", source_channels=channels)
        with pytest.raises(ValueError, match=r"1\.tif: .*: data\.value_range=\[9,9\] takes them"):
            data.deck("train")


def test_both_sides_of_a_pair_have_a_scale_of_their_own_and_halves_of_one_file_the_same(tmp_path):
    for name, value in (("trainA", 4000), ("trainB", 1000)):
        (tmp_path / "apart" / name).mkdir(parents=True)
        for number in (1, 2):
            Image.new("I;16", (8, 8), value // number).save(tmp_path / "apart" / name / f"{number}.png")
    for direction, expected in (("a2b", {"source": [0, 4000], "real": [0, 1000]}),
                                ("b2a", {"source": [0, 1000], "real": [0, 4000]})):  # fmt: skip
        data = paired(tmp_path / "apart", direction=direction, holdout=0)
        batch = data.deck("train")[torch.arange(2)]
        assert first_greys(batch) == [(255, 255), (128, 128)]
        assert data.scales == expected
    (tmp_path / "beside" / "train").mkdir(parents=True)
    both = np.repeat(np.array([[4000, 1000]], np.uint16), 8, 0).repeat(8, 1)
    Image.fromarray(both).save(tmp_path / "beside" / "train" / "1.png")
    data = paired(tmp_path / "beside", holdout=0)
    assert first_greys(data.deck("train")[torch.arange(1)]) == [(255, 64)]
    assert data.scales == {"source": [0, 4000], "real": [0, 4000]}


def test_two_folders_by_key_with_other_suffixes(apart, tmp_path):
    (tmp_path / "photos").mkdir()
    for path in (apart / "trainB").iterdir():
        Image.open(path).save(tmp_path / "photos" / f"{path.stem}.bmp")
    data = Paired(a=str(apart / "trainA"), b=str(tmp_path / "photos"), image_size=12, load_size=12, holdout=0.34)
    data.check()
    train, test = (data.deck(split) for split in ("train", "test"))
    assert (len(train), len(test), data.has_test_split) == (4, 2, True)
    greys = first_greys(train[torch.arange(4)]) + first_greys(test[torch.arange(2)])
    assert sorted(greys) == [(number, 100 + number) for number in range(6)]


def test_names_without_a_partner_are_told(apart):
    for number in (1, 2):
        (apart / "trainB" / f"{number}.png").unlink()
    for name in ("x.png", "y.png"):
        square(1).save(apart / "trainB" / name)
    with pytest.raises(ValueError, match=r"4 of the 8 images in .*trainA and .*trainB have no partner") as failure:
        paired(apart).check()
    assert "trainA/1.png" in str(failure.value)
    assert "trainB/x.png, …): remove them, or take data=unpaired" in str(failure.value)
    assert "y.png" not in str(failure.value)


def test_two_files_of_one_name_are_told(apart):
    square(1).save(apart / "trainA" / "1.bmp")
    with pytest.raises(ValueError, match=r"1\.(png|bmp) and 1\.(bmp|png) have the same name"):
        paired(apart).check()


def test_odd_files_side_by_side_are_left_out(side_by_side, caplog):
    Image.new("RGB", (13, 6)).save(side_by_side / "train" / "odd.png")
    assert len(paired(side_by_side).deck("train")) == 6
    assert "odd.png: 13 pixels across, two images side by side need an even number" in caplog.text
    with pytest.raises(ValueError, match=r"13 pixels across"):
        paired(side_by_side, on_error="fail").deck("train")


def test_sentences_name_the_key(apart, side_by_side):
    for root, layout, wanted in (
        (apart / "trainA", "auto", "trainA and trainB, or train, with pairs side by side"),
        (apart, "side_by_side", "train, with pairs side by side"),
        (side_by_side, "folders", "trainA and trainB"),
    ):
        with pytest.raises(ValueError, match=f"does not hold {wanted}: set data.root to a folder that does"):
            paired(root, layout=layout).check()
    (side_by_side / "empty" / "train").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"train holds no images: set data\.root"):
        paired(side_by_side / "empty").deck("train")


def test_a_public_set_is_fetched(serve, side_by_side, tmp_path):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.add(side_by_side, "facades")
    source = Archive([f"{serve(buffer.getvalue())}facades.tar.gz"], 1)
    data = paired(tmp_path / "data" / "facades", archive=source, layout="side_by_side", direction="b2a")
    data.check()
    data.prepare_data()
    assert first_greys(data.deck("test")[torch.arange(2)]) == [(120, 20), (121, 21)]


def test_a_set_by_name_composes(composed):
    data = composed("data=facades", "paths.data=here").data
    assert data.root == "here/facades"
    assert data.archive.addresses[0].endswith("/facades.tar.gz")
    assert (data.direction, data.layout, data.archive.sha256) == ("b2a", "side_by_side", None)


def test_a_limit_keeps_pairs_together_and_is_the_same_at_any_size(apart):
    data = Paired(root=str(apart), image_size=8, limit=2)
    seen, dealt = data.deck("train")[torch.arange(2)], data.dealt()
    assert len(dealt) == 2
    assert len(data.deck("test")) == 2
    assert ((seen.real[:, 0, 0, 0] - seen.source[:, 0, 0, 0]) == 100).all()
