import io
import logging

import pytest
import torch
import webdataset
from PIL import Image

from fixtures.containers import as_samples, grey, taped
from gan_runner.data.containers.opening import inside, place_of
from gan_runner.data.containers.tar import Tar
from gan_runner.data.containers.webdataset import WebDataset
from gan_runner.data.folder import Folder


def data(root, **settings) -> Folder:
    return Folder(root=str(root), image_size=8, **{"holdout": 0, "labels": True, "splits": "auto", **settings})


def numbered(first: int, count: int) -> dict[str, dict[str, object]]:
    """Samples as the writer's own manual shows them: image n is of grey n and of class n % 3 + 9."""
    return {f"{place:06d}": {"png": place, "cls": place % 3 + 9} for place in range(first, first + count)}


@pytest.fixture
def shards(tmp_path):
    for number in range(3):
        as_samples(tmp_path / "shards" / f"set-{number:06d}.tar", numbered(4 * number, 4))
    return tmp_path / "shards"


def shades_and_labels(found: Folder, split: str = "train") -> dict[int, str]:
    deck = found.deck(split)
    batch = deck[torch.arange(len(deck))]
    pairs = zip(batch.real[:, 0, 0, 0].tolist(), batch.label.tolist(), strict=True)
    return {shade: found.class_names[label] for shade, label in pairs}


def test_images_and_classes_are_those_that_its_own_reader_finds(shards):
    found = data(shards)
    assert found.place.container.kind == "webdataset"
    assert found.class_names == ("9", "10", "11")
    urls = [str(path) for path in sorted(shards.iterdir())]
    own = webdataset.WebDataset(urls, shardshuffle=False).decode("pil").to_tuple("png", "cls")
    assert shades_and_labels(found) == {image.getpixel((0, 0))[0]: str(label) for image, label in own}


def test_a_range_and_one_shard(shards):
    assert shades_and_labels(data(shards / "set-{000001..000002}.tar")) == {n: str(n % 3 + 9) for n in range(4, 12)}
    assert inside(shards / "set-000000.tar").container.kind == "webdataset"
    assert shades_and_labels(data(shards / "set-000000.tar")) == {n: str(n % 3 + 9) for n in range(4)}
    assert not inside(shards / "nowhere" / "set-{000001..000002}.tar")
    with pytest.raises(ValueError, match=r"1 of 2 shards of .* are missing \(first .*set-000003\.tar\)"):
        data(shards / "set-{000002..000003}.tar").check()


def test_a_folder_with_other_things_in_it_is_one_where_it_is_said_to_be(shards):
    (shards / "photo.png").write_bytes(grey(99))
    (shards / "outputs").mkdir()
    assert inside(shards) is None
    assert len(data(shards, container="webdataset").deck("train")) == 12


def test_a_tar_without_classes_is_a_tar(tmp_path):
    path = as_samples(tmp_path / "set.tar", {"a": {"png": 0, "json": {"text": "words"}}, "b": {"png": 1}})
    assert inside(path).container.kind == "tar"
    path = as_samples(tmp_path / "described.tar", {"a": {"png": 0, "json": {"label": 1}}})
    assert inside(path).container.kind == "webdataset"
    (tmp_path / "cut.tar").write_bytes(path.read_bytes()[:700])
    assert inside(tmp_path / "cut.tar").container.kind == "tar"


def test_a_file_of_an_image_belongs_to_its_shard(shards):
    container = place_of(shards).container
    assert container.file_of(container.index_of["9/000009.png"]).name == "set-000002.tar"


def test_classes_by_description(tmp_path):
    samples = {
        "a": {"png": 0, "json": {"label": "cat"}},
        "b": {"png": 1, "json": {"label": 3, "text": "words"}},
        "c": {"png": 2, "json": {"label": "dog/puppy"}},
        "d": {"png": 3, "json": {"label": 1}, "cls": 7},
    }
    as_samples(tmp_path / "set" / "0.tar", samples)
    assert shades_and_labels(data(tmp_path / "set")) == {0: "cat", 1: "3", 2: "dog_puppy", 3: "7"}


def test_folders_in_keys_are_classes_where_nothing_else_is(tmp_path):
    as_samples(tmp_path / "set" / "0.tar", {"cat/1": {"png": 0}, "dog/1": {"png": 1}})
    assert shades_and_labels(data(tmp_path / "set")) == {0: "cat", 1: "dog"}


def test_capital_letters_other_fields_and_hidden_files(tmp_path):
    members = {"a.PNG": grey(0), "a.CLS": b"4\n", "a.txt": b"words", "._a.png": b"notes", "b.jpeg.json": b"{}"}
    container = WebDataset(taped(tmp_path / "set-0.tar", members))
    assert list(container.names) == ["4/a.PNG"]
    assert Image.open(io.BytesIO(container.read(0))).getpixel((0, 0)) == (0, 0, 0)


def test_files_of_a_sample_that_lie_apart_are_one(tmp_path):
    members = {"a.png": grey(0), "b.png": grey(1), "a.cls": b"1", "b.cls": b"2"}
    assert list(WebDataset(taped(tmp_path / "set-0.tar", members)).names) == ["1/a.png", "2/b.png"]


def test_a_damaged_image_is_skipped_by_its_key(tmp_path, caplog):
    path = as_samples(
        tmp_path / "set-0.tar", {**numbered(0, 4), "bad": {"jpg": b"\xff\xd8\xff no photograph", "cls": 10}}
    )
    assert len(data(path).deck("train")) == 4
    assert "set-0.tar/10/bad.jpg: " in caplog.text


def test_names_with_dots_that_would_fuse_are_refused_and_nothing_is_lost_as_a_tar(tmp_path):
    samples = {"seed3-psi0.7": {"png": 0}, "seed3-psi0.8": {"png": 1}, "seed4": {"png": 2}}
    path = as_samples(tmp_path / "set-0.tar", samples)
    own = list(webdataset.WebDataset(str(path), shardshuffle=False))
    assert len(own) == 2  # of three images
    with pytest.raises(
        ValueError, match=r"2 images of .* are 1 samples to WebDataset.*seed3-psi0\.7\.png, seed3-psi0\.8"
    ):
        data(path, container="webdataset").check()
    assert len(Tar(path).names) == 3


def test_a_name_with_a_dot_that_fuses_with_none_is_taken(tmp_path):
    path = as_samples(tmp_path / "set-0.tar", {"photo.of.cat": {"png": 0}, "b": {"png": 1}})
    assert list(WebDataset(path).names) == ["b.png", "photo.of.cat.png"]


def test_shards_that_use_keys_again_stand_before_them(tmp_path):
    for number in range(2):
        as_samples(tmp_path / "set" / f"part.a-{number}.tar", {"x/000000": {"png": number, "cls": 5}})
    assert list(WebDataset(tmp_path / "set").names) == ["5/x/part.a-0-000000.png", "5/x/part.a-1-000000.png"]
    assert len(data(tmp_path / "set").deck("train")) == 2


def test_shards_of_splits(tmp_path):
    as_samples(tmp_path / "set" / "set-train-0.tar", numbered(0, 6))
    as_samples(tmp_path / "set" / "set-val-0.tar", numbered(100, 3))
    found = data(tmp_path / "set")
    assert set(shades_and_labels(found, "train")) == set(range(6))
    assert set(shades_and_labels(found, "test")) == {100, 101, 102}


def test_labels_of_some_are_refused_only_where_they_are_asked_for(tmp_path):
    as_samples(tmp_path / "set" / "0.tar", {**numbered(0, 3), "extra": {"png": 3}})
    with pytest.raises(ValueError, match=r"1 of 4 images of .*set have no label beside them \(\.cls, or \.json"):
        data(tmp_path / "set").check()
    assert len(data(tmp_path / "set", labels=False).deck("train")) == 4


@pytest.mark.parametrize("content", [b"cat", b"-1", b"1.5", b"", b"9" * 30])
def test_what_is_no_class_is_said(tmp_path, content):
    path = taped(tmp_path / "set-0.tar", {"a.png": grey(0), "a.cls": content})
    with pytest.raises(ValueError, match=r"set-0\.tar: a\.cls is no class: write a whole number into it"):
        WebDataset(path).check_labels()
    assert list(WebDataset(path).names) == ["a.png"]


def test_fields_may_have_names_before_their_suffix(tmp_path):
    labels = [("label.cls", b"3"), ("meta.json", b'{"label": "a/b"}')]
    files = {f"{key}.image.png": grey(key) for key in range(2)} | {
        f"{key}.{field}": content for key, (field, content) in enumerate(labels)
    }
    path = taped(tmp_path / "set.tar", files)
    assert WebDataset.recognises(path)
    assert list(WebDataset(path).names) == ["3/0.image.png", "a_b/1.image.png"]


@pytest.mark.parametrize(
    "fields",
    [
        {"label.cls": b"3", "fine.cls": b"7"},
        {"a.json": b'{"label": "cat"}', "b.json": b'{"label": "dog"}'},
    ],
)
def test_several_labels_of_a_sample_are_said_and_none_is_chosen(tmp_path, fields):
    members = {"0.png": grey(0)} | {f"0.{field}": content for field, content in fields.items()}
    path = taped(tmp_path / "set-0.tar", members)
    with pytest.raises(ValueError, match=r"set-0\.tar has several labels of one sample \(.*\): pack the one .* 0\.cls"):
        WebDataset(path).check_labels()
    assert list(WebDataset(path).names) == ["0.png"]


def test_of_several_labels_the_one_called_cls_alone_is_taken(tmp_path):
    members = {"0.png": grey(0), "0.fine.cls": b"7", "0.cls": b"3", "0.a.json": b'{"label": "cat"}'}
    assert list(WebDataset(taped(tmp_path / "set-0.tar", members)).names) == ["3/0.png"]


def test_of_several_descriptions_the_one_with_a_label_is_taken(tmp_path):
    members = {"0.png": grey(0), "0.a.json": b'{"width": 9}', "0.b.json": b'{"label": "dog"}'}
    assert list(WebDataset(taped(tmp_path / "set-0.tar", members)).names) == ["dog/0.png"]


@pytest.mark.parametrize(
    "content", [b'{"label"', b'["label"]', b'{"label": null}', b'{"label": true}', b'{"label": ""}']
)
def test_descriptions_without_a_label(tmp_path, content):
    path = taped(tmp_path / "set-0.tar", {"a.png": grey(0), "a.json": content})
    assert list(WebDataset(path).names) == ["a.png"]


def test_a_shard_cut_between_two_samples_is_said(shards, caplog):
    caplog.set_level(logging.WARNING)
    path = shards / "set-000001.tar"
    path.write_bytes(path.read_bytes()[: 2 * 4 * 512])
    own = list(webdataset.WebDataset(str(path), shardshuffle=False))
    assert len(own) < 4  # without a word
    assert len(data(shards).deck("train")) == 8 + len(own)
    assert "set-000001.tar ends without the zeros that end a tar" in caplog.text


def test_compressed_shards_cannot_be_streamed(tmp_path):
    path = tmp_path / "set" / "0.tar.gz"
    path.parent.mkdir()
    taped(path, {"a.png": grey(7), "a.cls": b"1"}, "w:gz")
    assert shades_and_labels(data(tmp_path / "set")) == {7: "1"}
    with pytest.raises(ValueError, match=r"data\.stream=true .*0\.tar\.gz is compressed"):
        data(tmp_path / "set", stream=True).check()


def test_what_holds_no_shards_is_said(tmp_path):
    with pytest.raises(ValueError, match=r"holds no shards of WebDataset: give a folder of tars"):
        data(tmp_path, container="webdataset").check()
