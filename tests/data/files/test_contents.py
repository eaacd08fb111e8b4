"""The hash of a set of files: what changes it, and that files are read once."""

import os
from pathlib import Path

import pytest

from gan_runner.data.files import contents as module
from gan_runner.data.files.contents import UNREADABLE, contents, contents_of, digests, joined

OLD = 1_600_000_000


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, content in (("a.png", b"1"), ("b/c.png", b"22"), ("d.png", b"333")):
        write(tmp_path / "set" / name, content)
    return tmp_path / "set"


def paths(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if not path.is_dir())


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read; all files count as old."""
    told: list[str] = []
    digest = module._digest
    monkeypatch.setattr(module, "_digest", lambda path: (told.append(path.name), digest(path))[1])
    monkeypatch.setattr(module, "SETTLED_NS", -(10**18))
    return told


def test_a_set_that_moved_is_the_same_and_any_other_change_is_seen(root: Path, tmp_path: Path) -> None:
    before = contents(root, paths(root), None)
    assert before["files"] == 3
    moved = root.rename(tmp_path / "elsewhere")
    assert contents(moved, paths(moved), None) == before
    seen = {before["content"]}
    changes = (
        lambda: write(moved / "a.png", b"x"),
        lambda: write(moved / "e.png", b""),
        lambda: (moved / "d.png").rename(moved / "f.png"),
        lambda: (moved / "a.png").unlink(),
    )
    for change in changes:
        change()
        seen.add(contents(moved, paths(moved), None)["content"])
    assert len(seen) == 5
    assert contents(moved, paths(moved), None)["files"] == 3


def test_files_are_read_once_and_again_when_they_changed(root: Path, tmp_path: Path, read: list[str]) -> None:
    first = contents(root, paths(root), tmp_path / "cache")
    assert sorted(read) == ["a.png", "c.png", "d.png"]
    read.clear()
    assert contents(root, paths(root), tmp_path / "cache") == first
    assert read == []
    write(root / "a.png", b"2")  # of the same size
    os.utime(root / "a.png", (OLD, OLD))
    assert contents(root, paths(root), tmp_path / "cache") != first
    assert read == ["a.png"]
    os.utime(write(root / "a.png", b"1"), (OLD, OLD))  # the same size and time of change: the entry's own time tells
    assert contents(root, paths(root), tmp_path / "cache") == first
    (note,) = (tmp_path / "cache" / "contents").iterdir()
    note.write_text("{")
    read.clear()
    assert contents(root, paths(root), tmp_path / "cache") == first
    assert len(read) == 3


def test_a_file_that_has_just_been_written_is_not_known_by_its_times(root: Path, tmp_path: Path) -> None:
    """It could be written again within a tick of the clock that times are taken from."""
    first = contents(root, paths(root), tmp_path / "cache")
    status = (root / "a.png").stat()
    write(root / "a.png", b"9")
    os.utime(root / "a.png", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert contents(root, paths(root), tmp_path / "cache") != first


def test_a_note_is_written_only_where_something_new_can_be_noted(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []
    replacing = module.replacing
    monkeypatch.setattr(module, "replacing", lambda path: (written.append(path), replacing(path))[1])
    contents(root, paths(root), tmp_path / "cache")  # all have just been written
    assert not written
    monkeypatch.setattr(module, "SETTLED_NS", -(10**18))
    contents(root, paths(root), tmp_path / "cache")
    (root / "a.png").unlink()
    contents(root, paths(root), tmp_path / "cache")
    (note,) = written
    assert "\n" not in note.read_text()


def test_what_cannot_be_read_counts_with_its_name_and_a_pipe_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "pipe.png")
    (root / "gone.png").symlink_to(root / "nowhere.png")
    found = contents(root, [*paths(root)], None)
    assert found["files"] == 5
    (root / "gone.png").rename(root / "lost.png")
    assert contents(root, [*paths(root)], None)["content"] != found["content"]


def test_a_cache_that_cannot_be_written_costs_time_alone(root: Path, tmp_path: Path) -> None:
    cache = write(tmp_path / "cache", b"a file")
    assert contents(root, paths(root), cache) == contents(root, paths(root), None)


def test_sets_join_in_their_order(root: Path) -> None:
    one, two = (contents(root, [path], None) for path in paths(root)[:2])
    assert joined([one, two])["files"] == 2
    assert joined([one, two])["content"] != joined([two, one])["content"]


def test_digests_are_of_each_file_and_contents_of_all(root: Path, tmp_path: Path) -> None:
    write(root / "e.png", b"1")
    found = digests(root, paths(root), tmp_path / "cache")
    assert list(found) == ["a.png", "b/c.png", "d.png", "e.png"]
    assert found["a.png"] == found["e.png"] != found["d.png"]
    assert contents_of(found) == contents(root, paths(root), None)
    (root / "d.png").unlink()
    assert digests(root, [root / "d.png"], None) == {"d.png": UNREADABLE}
