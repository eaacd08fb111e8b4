import hashlib
import json
import logging
import zipfile

import pytest

from fixtures.archives import tarred, zipped
from gan_runner.data.fetching.archives import Archive, unpack_images

IMAGES = {"set/trainA/1.jpg": b"one", "set/trainA/deep/2.png": b"two", "set/trainB/1.jpg": b"three"}


PACK = {"set.zip": zipped, "set.tar.gz": tarred}


def contents(folder) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "archive.json"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


UNWRAPPED = {name.removeprefix("set/"): content for name, content in IMAGES.items()}


@pytest.mark.parametrize("name", PACK)
def test_an_archive_becomes_folders_and_says_what_it_was(serve, tmp_path, caplog, name):
    content = PACK[name]({**IMAGES, "set/readme.txt": b"no image", "__MACOSX/set/trainA/._1.jpg": b"", ".x.png": b""})
    digest = hashlib.sha256(content).hexdigest()
    address = serve(content) + name
    archive = Archive([address], 1)
    with caplog.at_level(logging.INFO):
        archive.check(tmp_path / "set", "trainA", download=True)
        archive.fetch(tmp_path / "set", "trainA")
    assert contents(tmp_path / "set") == UNWRAPPED
    assert digest in caplog.text
    facts = json.loads((tmp_path / "set" / "archive.json").read_text())
    assert facts == {"from": address, "bytes": len(content), "sha256": digest, "images": 3}
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == ["archive.json", "trainA", "trainB"]


def test_the_next_address_is_asked_and_the_checksum_decides(serve, tmp_path):
    content = zipped(IMAGES)
    other, right = serve(zipped({"set/trainA/1.jpg": b"other"})), serve(content)
    archive = Archive([f"{other}set.zip", f"{right}set.zip"], 1, hashlib.sha256(content).hexdigest())
    archive.fetch(tmp_path / "set", "trainA")
    assert contents(tmp_path / "set") == UNWRAPPED


@pytest.mark.parametrize("place", ["", "set"])
def test_a_copy_at_hand_is_taken_without_the_web(tmp_path, place):
    (tmp_path / "set").mkdir()
    (tmp_path / place / "set.zip").write_bytes(zipped(IMAGES))
    archive = Archive(["http://127.0.0.1:9/set.zip"], 1)
    archive.check(tmp_path / "set", "trainA", download=False)
    archive.fetch(tmp_path / "set", "trainA")
    assert UNWRAPPED.items() <= contents(tmp_path / "set").items()
    (tmp_path / place / "set.zip").write_bytes(b"other")
    with pytest.raises(ValueError, match=r"set\.zip has sha256 .*, expected 00: delete it"):
        Archive(archive.addresses, 1, "00").fetch(tmp_path / "set", "trainA")


def test_what_is_there_is_not_replaced(tmp_path):
    (tmp_path / "set" / "trainA").mkdir(parents=True)
    (tmp_path / "set" / "trainA" / "mine.png").write_bytes(b"mine")
    (tmp_path / "set.zip").write_bytes(zipped(IMAGES))
    Archive(["http://127.0.0.1:9/set.zip"], 1).fetch(tmp_path / "set", "trainA")
    assert contents(tmp_path / "set") == {"trainA/mine.png": b"mine", "trainB/1.jpg": b"three"}


def test_a_host_that_does_not_answer_is_told_with_a_way_out(serve, tmp_path):
    address = f"{serve()}set.zip"
    archive = Archive([address, "http://127.0.0.1:9/set.zip"], 1)
    with pytest.raises(FileNotFoundError) as failure:
        archive.fetch(tmp_path / "set", "trainA and trainB")
    sentence = str(failure.value)
    assert "does not hold trainA and trainB, and set.zip cannot be fetched" in sentence
    assert "404" in sentence
    assert "refused" in sentence
    assert f"get it from {address} and put it into {tmp_path}, or set data.root" in sentence
    assert "\n" not in sentence
    assert list((tmp_path / "set").iterdir()) == []


def test_what_cannot_be_fetched_is_refused_before(tmp_path):
    archive = Archive(["http://127.0.0.1:9/set.zip"], 1)
    with pytest.raises(FileNotFoundError, match=r"data\.download=false"):
        archive.check(tmp_path / "set", "trainA", download=False)
    (tmp_path / "file").touch()
    with pytest.raises(FileNotFoundError, match=r"file cannot be written"):
        archive.check(tmp_path / "file" / "set", "trainA", download=True)


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("name", ["../1.jpg", "set/../../1.jpg", "/1.jpg", "C:/1.jpg", "set\\1.jpg"])
def test_paths_that_lead_out_are_refused(tmp_path, pack, name):
    (tmp_path / "set.zip").write_bytes(pack({**IMAGES, name: b"out"}))
    with pytest.raises(ValueError, match=r"leads out of it.*set data\.root"):
        Archive(["http://127.0.0.1:9/set.zip"], 1).fetch(tmp_path / "set", "trainA")
    assert contents(tmp_path).keys() == {"set.zip"}


def test_links_are_not_unpacked(tmp_path):
    (tmp_path / "set.tar.gz").write_bytes(tarred(IMAGES, {"set/trainA/out.jpg": "/etc/passwd", "set/trainC": "/etc"}))
    assert unpack_images(tmp_path / "set.tar.gz", tmp_path / "set", 1000) == 3
    assert contents(tmp_path / "set") == IMAGES


def test_what_unpacks_to_too_much_is_cut_off(tmp_path):
    (tmp_path / "set.zip").write_bytes(zipped({"set/trainA/1.jpg": bytes(5_000_000)}, zipfile.ZIP_DEFLATED))
    with pytest.raises(ValueError, match="unpacks to more than 4000000 bytes"):
        Archive(["http://127.0.0.1:9/set.zip"], 1).fetch(tmp_path / "set", "trainA")
    assert contents(tmp_path).keys() == {"set.zip"}


@pytest.mark.parametrize("content", [b"", b"no archive", zipped(IMAGES)[:-30], tarred(IMAGES)[:-40], zipped({})])
def test_what_is_no_archive_of_images_is_told(tmp_path, content):
    (tmp_path / "set.zip").write_bytes(content)
    with pytest.raises(ValueError, match=r"set\.zip cannot be unpacked \(.+\): set data\.root"):
        Archive(["http://127.0.0.1:9/set.zip"], 1).fetch(tmp_path / "set", "trainA")
    assert contents(tmp_path).keys() == {"set.zip"}
