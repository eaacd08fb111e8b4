import io
import logging
import stat
import struct
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image

from fixtures.containers import as_zip, encrypted, grey, packed, photos
from gan_runner.data.containers import guards
from gan_runner.data.containers.inside import InsidePath
from gan_runner.data.containers.zip import Zip
from gan_runner.data.files.cache import decode
from gan_runner.data.files.decoding import Decoder, find_images
from gan_runner.data.folder import Folder


def test_members_are_read_as_they_are(tmp_path):
    folder = photos(tmp_path / "photos")
    container = Zip(as_zip(folder, tmp_path))
    assert list(container.names) == sorted(container.names)
    for index, name in enumerate(container.names):
        assert container.read(index) == (folder / name).read_bytes()


def test_threads_read_at_once(tmp_path):
    members = {f"{place}.bin": bytes([place]) * 50_000 for place in range(64)}
    container = Zip(packed(tmp_path / "set.zip", members, compression=zipfile.ZIP_DEFLATED))
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(container.read, [*range(64)] * 5))
    assert read == [members[name] for name in container.names] * 5


def test_a_zip_is_known_by_its_bytes(tmp_path):
    archive = as_zip(photos(tmp_path / "photos"), tmp_path)
    assert Zip.recognises(archive)
    assert not Zip.recognises(tmp_path)
    assert Zip.recognises(archive.rename(tmp_path / "no suffix"))
    assert not Zip.recognises((tmp_path / "no suffix").rename(tmp_path / "set.npz"))


def test_a_file_that_ends_in_a_zip_is_none(tmp_path):
    archive = packed(tmp_path / "set.zip", {"1.png": grey(0)})
    (tmp_path / "photo").write_bytes(b"\xff\xd8 a photograph" + archive.read_bytes())
    assert zipfile.is_zipfile(tmp_path / "photo")
    assert not Zip.recognises(tmp_path / "photo")


@pytest.mark.parametrize("content", [b"words", b""])
def test_what_is_no_zip_is_said(tmp_path, content):
    (tmp_path / "set.zip").write_bytes(content)
    assert Zip.recognises(tmp_path / "set.zip")
    with pytest.raises(ValueError, match=r"set\.zip is no zip, or one that is cut off or damaged \(File is not a zip"):
        Zip(tmp_path / "set.zip").list_names()


def test_a_folder_is_no_zip(tmp_path):
    with pytest.raises(ValueError, match=r"cannot be read as a zip: .*Is a directory"):
        Zip(tmp_path).list_names()


@pytest.mark.parametrize("share", [0.3, 0.95])
def test_a_cut_zip_is_said(tmp_path, share):
    archive = as_zip(photos(tmp_path / "photos"), tmp_path)
    content = archive.read_bytes()
    archive.write_bytes(content[: int(share * len(content))])
    assert Zip.recognises(archive)
    with pytest.raises(ValueError, match=r"set\.zip is no zip, or one that is cut off"):
        Zip(archive).list_names()


def test_an_encrypted_zip_is_said_before_anything_is_read(tmp_path):
    archive = encrypted(packed(tmp_path / "set.zip", {"1.png": grey(0), "2.png": grey(1)}))
    with pytest.raises(RuntimeError, match="password required"):
        zipfile.ZipFile(archive).read("1.png")
    with pytest.raises(ValueError, match=r"set\.zip is encrypted \(1 of 2 members\): unpack it with its password"):
        Zip(archive).list_names()


def test_a_method_that_is_not_read_is_said(tmp_path):
    archive = packed(tmp_path / "set.zip", {"1.png": grey(0)})
    content = bytearray(archive.read_bytes())
    struct.pack_into("<H", content, content.index(b"PK\1\2") + 10, 9)  # as Windows packs files over 2 GB
    archive.write_bytes(content)
    with pytest.raises(ValueError, match=r"packed by a method that is not read \(deflate64\)"):
        Zip(archive).list_names()


def test_names_of_windows_and_the_finder(tmp_path):
    names = ["photos\\cat\\", "photos\\cat\\1.png", "./photos/dog/2.png", "__MACOSX/photos/dog/._2.png"]
    container = Zip(packed(tmp_path / "set.zip", dict.fromkeys(names, grey(0))))
    assert list(container.names) == ["photos/cat/1.png", "photos/dog/2.png"]
    assert container.folders["photos"] == {"cat": True, "dog": True}
    assert container.read(1) == grey(0)


def test_links_are_left_out_which_is_said(tmp_path, caplog):
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("1.png", grey(0))
        link = zipfile.ZipInfo("2.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "1.png")
    assert list(Zip(tmp_path / "set.zip").names) == ["1.png"]
    assert "set.zip: 1 links are left out" in caplog.text


def test_a_member_that_would_be_too_large_is_skipped_by_name(tmp_path, monkeypatch, caplog):
    archive = packed(tmp_path / "set.zip", {"1.png": grey(0), "2.png": bytes(5000)}, compression=zipfile.ZIP_DEFLATED)
    monkeypatch.setattr(guards, "MOST_BYTES", 1000)
    paths = list(find_images(InsidePath(Zip(archive))))
    assert decode(paths, Decoder((8, 8), 3, "crop"), "skip", np.empty((2, 3, 8, 8), np.uint8)) == [0]
    assert "set.zip/2.png: it unpacks to 5,000 bytes, and one image may have 1,000" in caplog.text


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("before", [b"", b"something that lies before it"])
def test_however_members_are_packed(tmp_path, method, before):
    members = {f"{place}.bin": bytes(range(place)) * place for place in range(40)} | {"é.bin": b"words"}
    path = packed(tmp_path / "set.zip", members, compression=method)
    path.write_bytes(before + path.read_bytes())
    with (
        zipfile.ZipFile(path, "a", method) as archive,
        archive.open("streamed.bin", "w", force_zip64=True) as member,  # its sizes stand behind it
    ):
        member.write(b"x" * 5000)
    container = Zip(path)
    for index, name in enumerate(container.names):
        assert container.read(index) == members.get(name, b"x" * 5000)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_that_lies_elsewhere_than_it_says_is_damaged(tmp_path, method):
    archive = packed(tmp_path / "set.zip", {"1.bin": bytes(200), "2.bin": b"x" * 90}, compression=method)
    content = bytearray(archive.read_bytes())
    for offset, said in ((7, "Bad magic number"), (10**6, "Bad magic number")):
        struct.pack_into("<I", content, content.index(b"PK\1\2") + 42, offset)
        archive.write_bytes(content)
        with pytest.raises(zipfile.BadZipFile, match=said):
            Zip(archive).read(0)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_that_is_larger_than_it_says_gives_no_more_than_that(tmp_path, method):
    archive = packed(tmp_path / "set.zip", {"1.png": bytes(1_000_000)}, compression=method)
    content = bytearray(archive.read_bytes())
    struct.pack_into("<I", content, content.index(b"PK\1\2") + 24, 100)
    archive.write_bytes(content)
    with pytest.raises(zipfile.BadZipFile, match="Bad CRC-32"):
        Zip(archive).read(0)


def test_a_picture_has_the_same_limit_as_in_a_folder(tmp_path, caplog):
    large = io.BytesIO()
    Image.new("1", (1100, 1000)).save(large, "png")
    archive = packed(tmp_path / "set.zip", {"1.png": grey(0), "2.png": large.getvalue()})
    data = Folder(root=str(archive), image_size=8, holdout=0, max_megapixels=1)
    assert len(data.deck("train")) == 1
    assert "set.zip/2.png: 1.1 megapixels are more than the 1 of data.max_megapixels" in caplog.text


def test_what_is_no_image_in_an_archive_is_told_in_a_sentence(tmp_path, caplog):
    folder = photos(tmp_path / "photos")
    next(folder.rglob("*.png")).write_bytes(b"no picture")
    data = Folder(root=str(as_zip(folder, tmp_path)), image_size=8, cache=None)
    data.deck("train")
    assert "cannot identify image file" in caplog.text
    assert "object at 0x" not in caplog.text


def test_a_damaged_member_is_skipped_by_name(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    archive = packed(tmp_path / "set.zip", {f"{shade}.png": grey(shade) for shade in range(4)})
    content = bytearray(archive.read_bytes())
    content[content.index(grey(2)) + 50] ^= 255
    archive.write_bytes(content)
    data = Folder(root=str(archive), image_size=8, holdout=0, cache=str(tmp_path / "cache"))
    assert data.fingerprint()["files"] == 4
    assert sorted(data.deck("train")[torch.arange(3)].real[:, 0, 0, 0].tolist()) == [0, 1, 3]
    assert "set.zip/2.png: Bad CRC-32" in caplog.text
