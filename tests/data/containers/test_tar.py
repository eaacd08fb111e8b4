import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from fixtures.containers import as_tar, grey, photos, taped
from gan_runner.data.containers import guards
from gan_runner.data.containers.tar import Tar
from gan_runner.data.folder import Folder

COMPRESSED = {".tar.gz": "w:gz", ".tgz": "w:gz", ".tar.bz2": "w:bz2", ".tar.xz": "w:xz"}


def data(root, **settings) -> Folder:
    return Folder(root=str(root), image_size=8, labels=True, splits="auto", **settings)


@pytest.mark.parametrize(("suffix", "mode"), {".tar": "w", **COMPRESSED}.items())
def test_members_are_read_as_they_are_by_threads_too(tmp_path, suffix, mode):
    folder = photos(tmp_path / "photos")
    container = Tar(as_tar(folder, tmp_path, mode, suffix))
    assert Tar.recognises(container.path)
    assert list(container.names) == sorted(container.names)
    assert len(container.names) == 26
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(container.read, [*range(26)] * 5))
    assert read == [(folder / name).read_bytes() for name in container.names] * 5


def test_a_tar_is_known_by_its_name_or_its_bytes(tmp_path):
    path = taped(tmp_path / "no suffix", {"1.png": grey(0)}, "w:gz")
    assert Tar.recognises(path)
    (tmp_path / "cut.TAR").write_bytes(b"")
    assert Tar.recognises(tmp_path / "cut.TAR")
    (tmp_path / "photo.png").write_bytes(grey(0))
    assert not Tar.recognises(tmp_path / "photo.png")
    assert not Tar.recognises(tmp_path)


@pytest.mark.parametrize("way", [{}, {"memory_limit_mb": 0}], ids=["memory", "mapped"])
def test_a_compressed_one_gives_the_same_answers_and_is_unpacked_once(tmp_path, caplog, way):
    caplog.set_level(logging.INFO)
    folder = photos(tmp_path / "photos")
    cache = str(tmp_path / "cache")
    expected, found = (data(root, cache=cache, **way) for root in (folder, as_tar(folder, tmp_path, "w:gz", ".tgz")))
    assert found.fingerprint()["content"] == expected.fingerprint()["content"]
    for split, count in (("train", 20), ("test", 6)):
        ours, theirs = (one.deck(split)[torch.arange(count)] for one in (found, expected))
        assert torch.equal(ours.real, theirs.real)
        assert torch.equal(ours.label, theirs.label)
    assert caplog.text.count("is unpacked once into") == 1


def test_a_compressed_one_cannot_be_streamed(tmp_path):
    archive = as_tar(photos(tmp_path / "photos"), tmp_path, "w:gz", ".tgz")
    with pytest.raises(ValueError, match=r"data\.stream=true draws images in any order, and .*set\.tgz is compressed"):
        data(archive, stream=True).check()
    data(as_tar(tmp_path / "photos", tmp_path), stream=True).check()


def test_a_member_has_a_limit_of_size(tmp_path, monkeypatch):
    container = Tar(taped(tmp_path / "set.tar", {"1.png": bytes(5000)}))
    monkeypatch.setattr(guards, "MOST_BYTES", 1000)
    with pytest.raises(ValueError, match="it unpacks to 5,000 bytes"):
        container.read(0)


def test_what_is_no_file_is_said(tmp_path):
    with pytest.raises(ValueError, match=r"cannot be read as a tar: .*Is a directory"):
        Tar(tmp_path).list_names()
