from pathlib import Path

import pytest

from gan_runner.data.containers import guards
from gan_runner.data.containers.guards import check_size, name_inside, taken

ARCHIVE = Path("set.zip")


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("a/1.png", "a/1.png"),
        ("./a/1.png", "a/1.png"),
        ("a\\b\\1.png", "a/b/1.png"),
        ("a//./1.png", "a/1.png"),
        ("a..b/1..png", "a..b/1..png"),
        ("a:b.png", "a:b.png"),
    ],
)
def test_names_are_those_below_the_archive(told, name):
    assert name_inside(ARCHIVE, told) == name


@pytest.mark.parametrize(
    "told", ["/etc/1.png", "../1.png", "a/../../1.png", "a\\..\\1.png", "C:\\1.png", "\\\\host\\1"]
)
def test_names_that_lead_outside_are_refused(told):
    with pytest.raises(ValueError, match=r"set\.zip holds a member called .* outside of it: pack it anew"):
        name_inside(ARCHIVE, told)


def test_of_a_name_that_is_there_twice_the_last_counts_and_that_is_said(caplog):
    members = [("a/1.png", 1), ("a/2.png", 2), ("./a/1.png", 3)]
    assert taken(ARCHIVE, members) == {"a/1.png": 3, "a/2.png": 2}
    assert "set.zip holds 1 names more than once (the first is a/1.png): the last of each is taken" in caplog.text


def test_folders_and_the_finders_notes_are_no_files(caplog):
    members = [(name, 0) for name in ("a/", "b\\", ".", "a/1.png", "__MACOSX/a/._1.png", "__MACOSX/")]
    assert list(taken(ARCHIVE, members)) == ["a/1.png"]
    assert not caplog.text


def test_a_member_has_a_limit_of_size(monkeypatch):
    check_size(guards.MOST_BYTES)
    monkeypatch.setattr(guards, "MOST_BYTES", 1000)
    check_size(1000)
    with pytest.raises(ValueError, match="it unpacks to 1,001 bytes, and one image may have 1,000: leave it out"):
        check_size(1001)
