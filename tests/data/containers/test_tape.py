import gzip
import io
import tarfile
from types import SimpleNamespace

import pytest

from fixtures.containers import taped
from gan_runner.data.containers import guards, tape
from gan_runner.data.containers.tape import extents, is_tar, opener_of, unpacked

MEMBERS = {f"a/{place}.bin": bytes([place]) * (300 * place) for place in range(5)}


def read(path):
    with path.open("rb") as file:
        return extents(path, file)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_is_known_by_its_bytes_and_read_at_its_places(tmp_path, mode):
    path = taped(tmp_path / "set", MEMBERS, mode)
    assert is_tar(path)
    opener = opener_of(path)
    assert (opener is None) == (mode == "w")
    file = path.open("rb") if opener is None else unpacked(path, opener)
    with file:
        found = extents(path, file)
        for name, content in MEMBERS.items():
            file.seek(found[name].offset)
            assert file.read(found[name].size) == content
    assert list(found) == list(MEMBERS)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_of_every_form(tmp_path, form):
    name = "/".join(["folder" * 5] * 5) + "/ñandú.png"
    with tarfile.open(tmp_path / "set.tar", "w", format=form) as archive:
        member = tarfile.TarInfo(name)
        member.size = 3
        archive.addfile(member, io.BytesIO(b"abc"))
    assert list(read(tmp_path / "set.tar")) == [name]


@pytest.mark.parametrize("content", [b"", b"words", gzip.compress(b"words" * 1000, mtime=0), b"\x1f\x8bwords"])
def test_what_is_no_tar(tmp_path, content):
    (tmp_path / "set").write_bytes(content)
    assert not is_tar(tmp_path / "set")
    with pytest.raises(ValueError, match=r"is no tar, or one that is cut off or damaged"):
        read(tmp_path / "set")


def test_links_and_devices_are_left_out_which_is_said(tmp_path, caplog):
    with tarfile.open(taped(tmp_path / "set.tar", {"1.bin": b"one"}), "a") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE):
            member = tarfile.TarInfo(f"kind {kind!r}")
            member.type, member.linkname = kind, "1.bin"
            archive.addfile(member)
    assert list(read(tmp_path / "set.tar")) == ["1.bin"]
    assert "4 links, devices or files with holes are left out" in caplog.text


@pytest.mark.parametrize("name", ["/1.png", "../1.png"])
def test_names_that_lead_outside_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match=r"set\.tar holds a member called .* outside of it"):
        read(taped(tmp_path / "set.tar", {name: b""}))


def test_a_name_that_was_added_again_is_the_newer(tmp_path, caplog):
    path = taped(taped(tmp_path / "set.tar", {"1.bin": b"old"}), {"1.bin": b"newer"}, "a")
    assert read(path)["1.bin"].size == 5
    assert "holds 1 names more than once" in caplog.text


@pytest.mark.parametrize("place", [700, 2 * 512 + 100, 512 + 300, 3 * 512 + 5])
def test_one_cut_in_a_file_or_its_header_is_refused(tmp_path, place):
    """Members of 300 bytes take two blocks each."""
    path = taped(tmp_path / "set.tar", {f"{name}.bin": b"x" * 300 for name in range(4)})
    path.write_bytes(path.read_bytes()[:place])
    with pytest.raises(ValueError, match=r"set\.tar is no tar, or one that is cut off or damaged \(.*, after \d files"):
        read(path)


def test_one_cut_between_two_files_is_said(tmp_path, caplog):
    path = taped(tmp_path / "set.tar", {f"{name}.bin": b"x" * 300 for name in range(4)})
    path.write_bytes(path.read_bytes()[: 4 * 512])
    assert list(read(path)) == ["0.bin", "1.bin"]
    assert "ends without the zeros that end a tar" in caplog.text
    assert "(2 files are there)" in caplog.text


def test_a_damaged_header_is_no_end(tmp_path):
    path = taped(tmp_path / "set.tar", {f"{name}.bin": b"x" * 300 for name in range(4)})
    content = bytearray(path.read_bytes())
    content[2 * 1024 + 10] ^= 255
    path.write_bytes(content)
    with tarfile.open(path) as archive:
        assert len(archive.getnames()) == 2  # its library takes it for the end
    with pytest.raises(ValueError, match=r"damaged \(no header at byte 2,048, after 2 files\)"):
        read(path)


def test_joined_tars_are_said(tmp_path, caplog):
    first, second = (taped(tmp_path / f"{name}.tar", {f"{name}.bin": b"x"}) for name in "ab")
    (tmp_path / "both.tar").write_bytes(first.read_bytes() + second.read_bytes())
    assert list(read(tmp_path / "both.tar")) == ["a.bin"]
    assert "both.tar goes on behind its end, as tars that were joined do: 1 files are read" in caplog.text


def test_a_cut_compressed_tar_is_said(tmp_path):
    path = taped(tmp_path / "set.tgz", MEMBERS, "w:gz")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ValueError, match=r"set\.tgz is cut off or damaged \(Compressed file ended before"):
        unpacked(path, opener_of(path))


def test_unpacking_has_a_limit_and_needs_room(tmp_path, monkeypatch):
    path = taped(tmp_path / "set.tgz", {"1.bin": bytes(100_000)}, "w:gz")
    monkeypatch.setattr(tape.shutil, "disk_usage", lambda folder: SimpleNamespace(free=tape.ROOM + 50_000))
    with pytest.raises(ValueError, match=r"unpacks to more than the 0 MB that are free in .*: set TMPDIR"):
        unpacked(path, opener_of(path))
    monkeypatch.setattr(guards, "MOST_UNPACKED", 10_000)
    with pytest.raises(ValueError, match=r"set\.tgz unpacks to more than 10,000 bytes"):
        unpacked(path, opener_of(path))
