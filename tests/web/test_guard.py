"""Requests of other hosts and pages are refused; paths stay below their folders."""

from pathlib import Path

import pytest

from gan_runner.config.errors import ConfigError
from gan_runner.web.guard import inside, is_ours


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "LOCALHOST:1"])
def test_this_machine_is_ours(host: str) -> None:
    assert is_ours(host, None)
    assert is_ours(host, f"http://{host}")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "[", "10.0.0.1"])
def test_other_names_are_not(host: str) -> None:
    assert not is_ours(host, None)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:8000", "http://127.0.0.1:9"])
def test_pages_of_others_are_not(origin: str) -> None:
    assert not is_ours("127.0.0.1:8000", origin)


def test_paths_stay_below_the_folders_that_are_given(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out.csv").write_text("")
    (tmp_path / "in" / "link.csv").symlink_to(tmp_path / "out.csv")
    folders = [tmp_path / "in"]
    assert inside(tmp_path / "in" / "a.csv", folders) == (tmp_path / "in" / "a.csv").resolve()
    for outside in ("in/../out.csv", "out.csv", "in/link.csv", "inside.csv"):
        with pytest.raises(ConfigError, match="lies outside"):
            inside(tmp_path / outside, folders)
    with pytest.raises(ConfigError, match="no path"):
        inside("a\0b", folders)
