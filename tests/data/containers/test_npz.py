import zipfile

import numpy as np
import pytest

from gan_runner.data.containers import memory
from gan_runner.data.containers.npz import Npz
from gan_runner.data.containers.opening import place_of

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 8, 9, 3), dtype=np.uint8)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_images_are_read_by_their_place(tmp_path, save):
    save(tmp_path / "set.npz", images=IMAGES, labels=np.arange(20) % 2)
    container = Npz(tmp_path / "set.npz")
    assert len(container.names) == 20
    for index in (0, 7, 19):
        assert np.array_equal(container.read(index), IMAGES[index])
    assert isinstance(container.whole("images"), np.memmap) == (save is np.savez)


def test_what_is_not_compressed_is_never_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: 0)
    np.savez(tmp_path / "set.npz", images=IMAGES)
    assert np.array_equal(Npz(tmp_path / "set.npz").read(3), IMAGES[3])


def test_what_is_compressed_is_unpacked_after_a_look_at_the_memory(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "set.npz", train_images=np.zeros((9000, 20, 20), np.uint8))
    monkeypatch.setattr(memory, "free_bytes", lambda: 3_000_000)
    said = r"train_images, unpacked, takes 4 MB of memory and 3 MB are free: write the file with numpy\.savez, whose"
    with pytest.raises(ValueError, match=said):
        Npz(tmp_path / "set.npz").list_names()


def test_it_is_known_by_its_first_member(tmp_path):
    np.savez(tmp_path / "set.npz", images=IMAGES)
    renamed = (tmp_path / "set.npz").rename(tmp_path / "no suffix")
    assert place_of(renamed).container.kind == "npz"
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("1.png", b"")
    assert not Npz.recognises(tmp_path / "set.zip")


def test_members_that_are_no_arrays_are_left_alone(tmp_path):
    np.savez(tmp_path / "set.npz", images=IMAGES)
    with zipfile.ZipFile(tmp_path / "set.npz", "a") as archive:
        archive.writestr("notes.txt", "words")
    assert list(Npz(tmp_path / "set.npz").members()) == ["images"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content[: len(content) // 2], r"set\.npz cannot be read as an archive of numpy, .*cut off"),
        (lambda content: content[:900] + b"\xff" * 500 + content[1400:], r"set\.npz: images is damaged"),
    ],
)
def test_what_is_damaged_is_said(tmp_path, change, said):
    np.savez_compressed(tmp_path / "set.npz", images=IMAGES)
    (tmp_path / "set.npz").write_bytes(change((tmp_path / "set.npz").read_bytes()))
    with pytest.raises(ValueError, match=said):
        Npz(tmp_path / "set.npz").list_names()


def test_what_is_encrypted_is_said(tmp_path):
    np.savez(tmp_path / "set.npz", images=IMAGES)
    content = bytearray((tmp_path / "set.npz").read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1  # no package of Python writes one
    content[6] |= 1
    (tmp_path / "set.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"set\.npz: images\.npy cannot be read: .*encrypted"):
        Npz(tmp_path / "set.npz").list_names()
