import gzip
import logging
import pickle

import numpy as np
import pytest

from fixtures.containers import idx_of
from gan_runner.data.containers import memory
from gan_runner.data.containers.idx import Idx
from gan_runner.data.folder import Folder

IMAGES = np.random.default_rng(0).integers(0, 256, (12, 28, 28), dtype=np.uint8)
LABELS = np.arange(12) % 10


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("dot", ["-", "."])
def test_a_folder_of_mnists_files_is_a_set(tmp_path, packed, dot):
    for split, begin in (("train", 0), ("t10k", 4)):
        for what, values, number in (("images", IMAGES, 3), ("labels", LABELS, 1)):
            content = idx_of(values[begin:])
            name = f"{split}-{what}{dot}idx{number}-ubyte"
            if packed:
                (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (tmp_path / name).write_bytes(content)
    assert Idx.recognises(tmp_path)
    container = Idx(tmp_path)
    assert [container.names[at] for at in (0, 12)] == ["train/0/00", "test/4/0"]
    assert np.array_equal(container.read(13), IMAGES[5])
    assert container.file_of(13).name.startswith("t10k-images")
    assert container.plain


def test_a_file_has_its_labels_beside_it(tmp_path):
    images = tmp_path / "emnist-letters-train-images-idx3-ubyte.gz"
    images.write_bytes(gzip.compress(idx_of(IMAGES)))
    assert Idx.recognises(images)
    assert Idx(images).names[11] == "11"
    (tmp_path / "emnist-letters-train-labels-idx1-ubyte").write_bytes(idx_of(LABELS))
    assert Idx(images).names[11] == "1/11"
    odd = images.rename(tmp_path / "digits")
    assert Idx(odd).names[11] == "11"


def test_a_folder_of_emnists_files_is_a_set_of_upright_images(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    for name, images in (("letters", IMAGES), ("digits", 255 - IMAGES)):
        for split in ("train", "test"):
            begin = tmp_path / f"emnist-{name}-{split}"
            begin.with_name(f"{begin.name}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx_of(images)))
            begin.with_name(f"{begin.name}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx_of(LABELS)))
    assert Idx.recognises(tmp_path)
    with pytest.raises(ValueError, match=r"holds 2 sets \(emnist-digits, emnist-letters\): set data.array="):
        Idx(tmp_path).list_names()
    container = Idx(tmp_path, "letters")
    assert [container.names[at] for at in (0, 12)] == ["train/0/00", "test/0/00"]
    assert np.array_equal(container.read(3), IMAGES[3].T)
    assert "its images are turned upright (data.array=:nhw leaves them)" in caplog.text
    one = next(tmp_path.glob("emnist-letters-train-images*"))
    assert np.array_equal(Idx(one).read(3), IMAGES[3].T)
    assert np.array_equal(Idx(one, ":nhw").read(3), IMAGES[3])
    assert np.array_equal(pickle.loads(pickle.dumps(container)).read(3), IMAGES[3].T)


def test_classes_are_called_by_a_mapping(tmp_path):
    (tmp_path / "emnist-digits-train-images-idx3-ubyte").write_bytes(idx_of(IMAGES))
    (tmp_path / "emnist-digits-train-labels-idx1-ubyte").write_bytes(idx_of(LABELS))
    (tmp_path / "emnist-digits-mapping.txt").write_text("".join(f"{one} {65 + one}\n" for one in range(10)))
    data = Folder(root=str(tmp_path), image_size=8, channels=1, labels=True, splits="auto")
    assert data.class_names == tuple("ABCDEFGHIJ")


def test_colours(tmp_path):
    bands = np.stack([IMAGES, IMAGES, 255 - IMAGES], axis=-1)
    (tmp_path / "set").write_bytes(idx_of(bands))
    assert np.array_equal(Idx(tmp_path / "set").read(3), bands[3])


def test_other_files_are_not_taken_for_it(tmp_path):
    (tmp_path / "words").write_text("words")
    (tmp_path / "words.gz").write_bytes(gzip.compress(b"words"))
    (tmp_path / "cut.gz").write_bytes(gzip.compress(idx_of(IMAGES))[:4])
    assert not any(Idx.recognises(path) for path in (*tmp_path.iterdir(), tmp_path))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            idx_of(IMAGES)[:-5],
            r"set is damaged: its header promises 9408 bytes of data, 9403 follow: fetch or write it",
        ),
        (gzip.compress(idx_of(IMAGES), mtime=0)[:-9], "set is damaged"),
        (idx_of(LABELS), r"images \(12,\) uint8 has 1 axes"),
        (idx_of(IMAGES)[:6], "set"),
    ],
)
def test_what_is_damaged_is_said(tmp_path, content, said):
    (tmp_path / "set").write_bytes(content)
    with pytest.raises(ValueError, match=said):
        Idx(tmp_path / "set").list_names()


def test_what_it_would_take_is_asked_before(tmp_path, monkeypatch):
    (tmp_path / "set.gz").write_bytes(gzip.compress(idx_of(np.zeros((3000, 28, 28)))))
    monkeypatch.setattr(memory, "free_bytes", lambda: 1_000_000)
    with pytest.raises(ValueError, match=r"set\.gz takes 2 MB of memory and 1 MB are free"):
        Idx(tmp_path / "set.gz").list_names()
