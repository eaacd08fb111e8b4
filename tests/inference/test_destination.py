"""Where a command may write."""

import os
from pathlib import Path

import pytest

from fixtures.nobody import be_nobody
from gan_runner.config.errors import ConfigError
from gan_runner.inference.destination import check_no_run, check_place, is_shared


def test_what_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.npz").touch()
    for path in ("x.png", "new/x.png", "new/folder", ".", "there.npz", str(tmp_path), "/"):
        check_place(Path(path), f"output={path}")


def test_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    for path in (tmp_path / "a" / "x.onnx", tmp_path / "a" / "new" / "x.onnx"):
        with pytest.raises(ConfigError, match=r"^output=typed cannot be made: .*/a is a file, not a folder: choose"):
            check_place(path, "output=typed")


def test_a_folder_that_may_not_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ro").mkdir(0o555)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != Path("ro"))  # root may write anywhere
    for path in ("ro", "ro/x.onnx", "ro/new/deeper"):
        with pytest.raises(ConfigError, match=r"^output=typed cannot be made: ro may not be written to: choose"):
            check_place(Path(path), "output=typed")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ConfigError, match="the working folder may not be written to"):
        check_place(Path("x.png"), "output=x.png")


@pytest.mark.parametrize("mark", ["run.json", "multirun.yaml"])
def test_the_folder_of_a_run(tmp_path: Path, mark: str) -> None:
    check_no_run(tmp_path, "output=x/")
    (tmp_path / mark).touch()
    with pytest.raises(ConfigError, match="output=x/ is the folder of a run"):
        check_no_run(tmp_path, "output=x/")


def test_folders_that_are_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert all(map(is_shared, (Path(), Path("/"), Path(".."), Path.home())))
    assert not is_shared(Path("x"))


def test_folders_that_are_shared_where_nobody_has_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    be_nobody(monkeypatch)
    monkeypatch.chdir(tmp_path)
    assert is_shared(Path())
    assert not is_shared(Path("x"))
