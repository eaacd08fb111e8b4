import io
import logging
import pickle
import sys
from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image

from fixtures.containers import as_parquet, photos, write_parquet
from gan_runner.data.containers.opening import place_of
from gan_runner.data.containers.parquet import Parquet
from gan_runner.data.folder import Folder
from gan_runner.data.two_domains import TwoDomains
from gan_runner.data.unpaired import Unpaired

pyarrow = pytest.importorskip("pyarrow")
NAMED = {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": ["zebra", "ant"]}}
opened = partial(Folder, image_size=8, cache=None, holdout=0)


def encoded(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def grey(shade: int, side: int = 9) -> bytes:
    return encoded(np.full((side, side, 3), shade, np.uint8))


def images(count: int, names: list[str | None] | None = None) -> list[dict[str, object]]:
    """Each of its own shade, as Hugging Face's library keeps them."""
    names = [f"{shade}.png" for shade in range(count)] if names is None else names
    return [{"bytes": grey(shade), "path": name} for shade, name in zip(range(count), names, strict=True)]


def test_names_of_classes_come_from_the_notes_and_have_their_order(tmp_path):
    path = write_parquet(tmp_path / "set.parquet", {"image": images(4), "label": [0, 1, 0, 1]}, NAMED)
    data = opened(root=str(path), labels=True)
    assert data.class_names == ("zebra", "ant")
    deck = data.deck("train")
    shades = deck[torch.arange(4)].real[:, 0, 0, 0].tolist()
    assert dict(zip(shades, deck[torch.arange(4)].label.tolist(), strict=True)) == {0: 0, 1: 1, 2: 0, 3: 1}


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ([10, 2, 10, 2], ("2", "10")),
        (["cat", "dog", "cat", "dog"], ("cat", "dog")),
        (["bread/cake", ".net", "bread/cake", ".net"], ("_net", "bread_cake")),
        ([True, False, True, True], ("False", "True")),
    ],
)
def test_without_notes_labels_name_themselves(tmp_path, labels, names):
    path = write_parquet(tmp_path / "set.parquet", {"image": images(4), "label": labels})
    assert opened(root=str(path), labels=True).class_names == names


def test_what_is_written_once_for_each_image_is_no_class(tmp_path):
    path = write_parquet(tmp_path / "set.parquet", {"image": images(2), "label": ["a red car", "a tree"]})
    assert list(Parquet(path).names) == ["0.png", "1.png"]


def test_images_without_a_label_lie_in_no_class(tmp_path):
    path = write_parquet(tmp_path / "set.parquet", {"image": images(3), "label": [-1, None, 1]}, NAMED)
    assert list(Parquet(path).names) == ["0.png", "1.png", "ant/2.png"]
    said = r"set\.parquet: its column label has no value in 2 of 3 rows \(the first is 0\.png\): fill them in"
    with pytest.raises(ValueError, match=said):
        opened(root=str(path), labels=True).check()
    assert len(opened(root=str(path)).deck("train")) == 3


def test_a_split_without_any_label_is_not_held_out(tmp_path):
    (tmp_path / "set").mkdir()
    for split, label in (("train", 1), ("test", -1)):
        write_parquet(tmp_path / "set" / f"{split}.parquet", {"image": images(2), "label": [label, label]}, NAMED)
    data = opened(root=str(tmp_path / "set"), labels=True, splits="auto")
    assert data.places.test is None
    assert data.class_names == ("ant",)


@pytest.mark.parametrize(
    ("column", "labels", "said"),
    [
        (
            "text",
            ["a", "a", "b"],
            r"has no column that is called as labels are \(its columns: image, text\): set data\.arr",
        ),
        ("label", ["a", "b", "c"], r"its column label has a text of its own in each row"),
        ("label", [None, None, None], r"its column label has no label in any row"),
    ],
)
def test_why_there_are_no_labels(tmp_path, column, labels, said):
    path = write_parquet(tmp_path / "set.parquet", {"image": images(3), column: labels})
    with pytest.raises(ValueError, match=said + ".*, or set data.labels=false"):
        opened(root=str(path), labels=True).check()
    assert len(opened(root=str(path)).deck("train")) == 3


def test_a_column_of_texts_by_another_name_can_be_asked_for(tmp_path):
    path = write_parquet(tmp_path / "set.parquet", {"image": images(3), "text": ["a", "a", "b"]})
    assert opened(root=str(path), labels=True, array=["image", "text"]).class_names == ("a", "b")


def test_numbers_that_are_not_whole_are_labels_of_several_values(tmp_path):
    path = write_parquet(tmp_path / "set.parquet", {"image": images(3), "label": [20.5, 30.0, 41.0]})
    data = opened(root=str(path), labels=True)
    assert data.class_names is None
    assert data.conditions.names == ("label",)
    assert data.conditions.mean == pytest.approx([30.5])
    several = write_parquet(tmp_path / "several.parquet", {"image": images(2), "label": [[1.0, 0.5], [2.0, 0.25]]})
    assert opened(root=str(several), labels=True).conditions.names == ("label_0", "label_1")


@pytest.mark.parametrize("names", [["a.png", "a.png"], [None, None], ["a.png", None]])
def test_rows_whose_paths_do_not_name_them_are_numbered(tmp_path, names):
    path = write_parquet(tmp_path / "set.parquet", {"image": images(2, names)})
    assert list(Parquet(path).names) == ["000000", "000001"]
    assert len(opened(root=str(path)).deck("train")) == 2


def test_plain_bytes_and_files_without_notes_are_known(tmp_path):
    columns = {"id": [7, 8], "content": [grey(0), grey(1)], "thumbnail": [b"none", b"none"]}
    path = write_parquet(tmp_path / "set.parquet", columns)
    container = place_of(path.rename(tmp_path / "set.bin")).container
    assert container.kind == "parquet"
    assert container.read(1) == grey(1)


@pytest.mark.parametrize(
    ("content", "channels", "value"),
    [
        (encoded(np.full((9, 9, 3), 7, np.uint8), "JPEG"), 3, 7),
        (encoded(np.full((9, 9), 65535, np.uint16), "TIFF"), 1, 255),
        (encoded(np.full((9, 9), 0.5, np.float32), "TIFF"), 1, 128),
    ],
)
def test_jpeg_and_deep_tiff_are_read_as_from_files(tmp_path, content, channels, value):
    """Arrays of 16 bits and of floats become TIFF in such a column."""
    path = write_parquet(tmp_path / "set.parquet", {"image": [{"bytes": content, "path": None}] * 2})
    deck = opened(root=str(path), channels=channels).deck("train")
    assert deck[torch.arange(2)].real.unique().tolist() == [value]


def test_rows_without_bytes_are_skipped_by_name_and_all_of_them_refused(tmp_path, caplog):
    some = [*images(2), {"bytes": None, "path": "/home/somebody/photos/7.png"}]
    path = write_parquet(tmp_path / "some.parquet", {"image": some})
    assert len(opened(root=str(path)).deck("train")) == 2
    assert "skipped" in caplog.text
    assert "row 2 only points to 7.png" in caplog.text
    path = write_parquet(tmp_path / "none.parquet", {"image": [some[2]] * 3})
    with pytest.raises(ValueError, match=r"none\.parquet only points to its images \(7\.png, …\) and does not hold"):
        opened(root=str(path)).check()


def test_several_columns_of_images_are_refused_until_one_is_named(tmp_path):
    columns = {"photo": images(2), "map": images(2)[::-1], "label": [0, 1], "other": [1, 1]}
    path = write_parquet(tmp_path / "set.parquet", columns)
    with pytest.raises(ValueError, match=r"2 columns of images \(photo, map\): set data\.array to one of them"):
        opened(root=str(path)).check()
    data = opened(root=str(path), array=["map", "other"], labels=True)
    assert data.class_names == ("1",)
    assert opened(root=str(path), array="map").place.container.read(0) == grey(1)
    for wrong, said in (
        ("label", r"data\.array=label is no column of image files of .*, which has photo, map"),
        (["map", "none"], r"data\.array names the column none, and .* has the columns photo, map, label, other"),
        (["map", "label", "other"], r"data\.array=\[map,label,other\] names more columns"),
    ):
        with pytest.raises(ValueError, match=said):
            opened(root=str(path), array=wrong).check()
    travelled = pickle.loads(pickle.dumps(opened(root=str(path), array="map").place))
    assert travelled.container.array == "map"


def test_sound_is_no_image(tmp_path):
    features = {"audio": {"_type": "Audio"}, "image": {"_type": "Image"}}
    columns = {"audio": [{"bytes": b"RIFF....WAVE", "path": "a.wav"}] * 2, "image": images(2)}
    assert Parquet(write_parquet(tmp_path / "a.parquet", columns, features)).read(0) == grey(0)
    assert Parquet(write_parquet(tmp_path / "b.parquet", columns)).read(0) == grey(0)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"label": [0, 1]}, r"has no column of images.*\(its columns: label\)"),
        ({"file": ["a.png", "b.png"], "label": [0, 1]}, r"if file names image files, set data\.root to their folder"),
        ({"data": [b"words", b"words"]}, r"has no column of images"),
    ],
)
def test_a_file_without_images_is_said(tmp_path, columns, said):
    with pytest.raises(ValueError, match=said):
        Parquet(write_parquet(tmp_path / "set.parquet", columns)).list_names()


def test_a_damaged_or_empty_file_is_said(tmp_path):
    path = write_parquet(tmp_path / "set.parquet", {"image": images(3), "label": [0, 1, 2]})
    whole = path.read_bytes()
    for damage in (whole[: len(whole) // 2], b"words", b"", whole[:-200] + bytes(100) + whole[-100:]):
        path.write_bytes(damage)
        with pytest.raises(ValueError, match=r"set\.parquet cannot be read as parquet, it is damaged"):
            Parquet(path).list_names()
    write_parquet(path, {"image": []}, {"image": {"_type": "Image"}})
    with pytest.raises(ValueError, match=r"set\.parquet (is parquet without a row|has no column of images)"):
        Parquet(path).list_names()


def test_a_label_beyond_the_names_is_said(tmp_path):
    path = write_parquet(tmp_path / "set.parquet", {"image": images(2), "label": [0, 2]}, NAMED)
    with pytest.raises(ValueError, match=r"its column label has the label 2, and names 2 classes"):
        Parquet(path).check_labels()
    assert list(Parquet(path).names) == ["0.png", "1.png"]


@pytest.mark.parametrize("noted", [True, False])
def test_of_several_columns_of_classes_the_one_called_so_is_taken(tmp_path, caplog, noted):
    caplog.set_level(logging.INFO)
    fine, coarse = ({"_type": "ClassLabel", "names": list(names)} for names in ("ab", "cd"))
    features = {"image": {"_type": "Image"}, "coarse_label": coarse, "fine_label": fine}
    columns = {"image": images(2), "coarse_label": [0, 0], "fine_label": [0, 1]}
    path = write_parquet(tmp_path / "set.parquet", columns, features if noted else None)
    assert opened(root=str(path), labels=True).class_names == (("a", "b") if noted else ("0", "1"))
    told = "its labels are those of the column fine_label; data.array=[image,coarse_label] takes another"
    assert caplog.text.count(told) == 1
    assert opened(root=str(path), labels=True, array=["image", "coarse_label"]).num_classes == 1


@pytest.mark.parametrize(("held", "rows", "said"), [(1000, 2, True), (1000, 1, False), (10**9, 2, False)])
def test_what_drawing_at_random_costs_is_said(tmp_path, caplog, monkeypatch, held, rows, said):
    monkeypatch.setattr("gan_runner.data.containers.parquet.HELD_BYTES", held)
    path = write_parquet(tmp_path / "set.parquet", {"image": images(6)}, rows=rows)
    opened(root=str(path), stream=True).check()
    assert ("data.stream=true reads a group of up to 2 rows" in caplog.text) == said
    caplog.clear()
    opened(root=str(path)).check()
    assert not caplog.text


def test_two_files_are_two_domains(tmp_path):
    a, b = (write_parquet(tmp_path / f"{name}.parquet", {"image": images(4)}) for name in "ab")
    data: TwoDomains = Unpaired(a=str(a), b=str(b), image_size=8, cache=None, holdout=0)
    assert len(data.deck("train")) == 4


def test_missing_libraries_are_said(tmp_path, monkeypatch):
    (tmp_path / "made").mkdir()
    root = as_parquet(photos(tmp_path / "photos"), tmp_path / "made")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ValueError, match=r"is parquet, which needs pyarrow.*pip install 'gan-runner\[formats\]'"):
        opened(root=str(root)).check()
