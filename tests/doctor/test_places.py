"""Where things lie, and whether more can be written there."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from fixtures.nobody import be_nobody
from gan_runner.doctor import places as module
from gan_runner.doctor.places import Place, places, size_of, system_of, troubles


def found(name: str, folder: Path) -> Place:
    return next(place for place in places(str(folder / "outputs"), str(folder / "data")) if place.name == name)


def told(folder: Path) -> list[str]:
    return [f"{one.level}: {one.says} -> {one.helps}" for one in troubles(places(str(folder / "outputs"), "data"))]


@pytest.fixture(autouse=True)
def enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A disk with room, and caches of torch and Hugging Face in the folder of the test."""
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=int(5e10)))
    monkeypatch.chdir(tmp_path)
    for name in ("TORCH_HOME", "HF_HOME", "TORCHINDUCTOR_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))


def test_places_are_looked_at_as_they_are(tmp_path: Path) -> None:
    kept = tmp_path / "outputs" / "cache" / "classifiers"
    kept.mkdir(parents=True)
    (kept / "a.pt").write_bytes(b"x" * 1000)
    (tmp_path / "TORCH_HOME" / "hub").mkdir(parents=True)
    outputs = found("outputs", tmp_path)
    assert (outputs.exists, outputs.size, outputs.at_least, outputs.problem) == (True, 1000, False, "")
    assert found("classifiers", tmp_path).size == 1000
    assert not found("data", tmp_path).exists
    assert found("weights", tmp_path).exists
    assert not found("compiled", tmp_path).exists
    assert not told(tmp_path)
    assert not [*tmp_path.rglob(".gan-doctor*")]


def test_a_place_where_nothing_can_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "outputs").write_text("no folder")
    (says,) = [line for line in told(tmp_path) if "(paths.outputs)" in line]
    assert says.startswith("missing: nothing can be written to")
    assert says.endswith("outputs is no folder -> choose another folder by paths.outputs=<folder>")

    def read_only(**settings: object) -> None:
        raise OSError(30, "Read-only file system")

    (tmp_path / "TORCH_HOME" / "hub").mkdir(parents=True)
    monkeypatch.setattr(module.tempfile, "NamedTemporaryFile", read_only)
    (says,) = [line for line in told(tmp_path) if "TORCH_HOME=" in line]
    assert says.startswith("warning: nothing can be written to")
    assert says.endswith("pretrained nets (TORCH_HOME): read-only file system -> set TORCH_HOME=<folder>")


def test_a_folder_that_may_not_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.os, "access", lambda path, mode: False)
    assert found("outputs", tmp_path).problem == f"{tmp_path} is read-only"


def test_little_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=int(3e8)))
    (says,) = told(tmp_path)
    assert "little disk is left" in says
    assert "outputs has 0.3 GB" in says


def test_a_full_disk_is_no_place_for_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=0))
    (says,) = [line for line in told(tmp_path) if "(paths.outputs)" in line]
    assert says.startswith("missing: nothing can be written to")
    assert "its disk is full -> choose another folder by paths.outputs=<folder>" in says
    assert not [line for line in told(tmp_path) if "little disk" in line]


def test_a_network_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n")
    monkeypatch.setattr(module, "MOUNTS", mounts)
    (says,) = told(tmp_path)
    assert "lies on a network disk (nfs4)" in says


def test_the_deepest_mount_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a b").mkdir()
    mounts = tmp_path / "mounts"
    monkeypatch.setattr(module, "MOUNTS", mounts)
    assert system_of(tmp_path) == ""  # where the system does not say
    spaced = str(tmp_path / "a b").replace(" ", "\\040")
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nx {spaced} cifs rw 0 0\n")
    assert (system_of(tmp_path), system_of(tmp_path / "a b")) == ("ext4", "cifs")


def test_a_large_place_is_measured_as_far_as_time_allows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "link").symlink_to(tmp_path)  # goes nowhere
    size, at_least = size_of(tmp_path)
    assert not at_least
    assert 5 <= size < 1000
    monkeypatch.setattr(module, "PATIENCE", -1.0)
    assert size_of(tmp_path) == (0, True)


def test_places_of_a_home_that_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    be_nobody(monkeypatch)
    monkeypatch.delenv("TORCH_HOME")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert found("weights", tmp_path).path == "~/.cache/torch/hub"
    assert places("~ada/outputs", "data")[0].path == "~ada/outputs"
