import gzip
import hashlib
import io
import os
import tarfile
import time
from pathlib import Path

import pytest

from gan_runner.data.fetching import packages
from gan_runner.data.fetching.downloads import File, fetch
from gan_runner.data.fetching.packages import DebianPackage, NpmPackage

CONTENT = b"pixels" * 100
FILE = File("images", len(CONTENT), f"sha256:{hashlib.sha256(CONTENT).hexdigest()}")


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Puts a shell script of some name first on the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")

    def add(name: str, script: str) -> None:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    return add


def package(path: Path, member: str, content: bytes) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix == ".tgz" else "w") as tar:
        entry = tarfile.TarInfo(member)
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return path


def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir(exist_ok=True)
    return folder


def test_npm_package(command, tmp_path):
    packed = package(tmp_path / "set.tgz", "package/data/images", CONTENT)
    command("npm", f'echo "$@" > {tmp_path}/asked; cp {packed} set-1.0.tgz')
    NpmPackage("set").fetch(into(tmp_path), [FILE])
    assert [path.name for path in into(tmp_path).iterdir()] == ["images"]
    assert (into(tmp_path) / "images").read_bytes() == CONTENT
    assert (tmp_path / "asked").read_text().startswith("pack set --ignore-scripts")


def test_debian_package(command, tmp_path):
    tar = package(tmp_path / "set.tar", "./usr/share/datasets/set/images.gz", gzip.compress(CONTENT))
    command("apt-get", f'echo "$@" > {tmp_path}/asked; touch set_1.0_all.deb')
    command("dpkg-deb", f'[ "$1 $2" = "--fsys-tarfile set_1.0_all.deb" ] && cat {tar}')
    DebianPackage("set").fetch(into(tmp_path), [FILE])
    assert [path.name for path in into(tmp_path).iterdir()] == ["images"]
    assert (into(tmp_path) / "images").read_bytes() == CONTENT
    assert (tmp_path / "asked").read_text().startswith("download set ")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'npm warn old' >&2; echo 'npm error code ENOTFOUND' >&2; exit 1", "npm error code ENOTFOUND"),
        ("exit 7", "exit status 7"),
        ("true", "0 files *.tgz came"),
        ("echo rubbish > set.tgz", "not a gzip file"),
        ("sleep 30", "not done within 0.3 s"),
    ],
    ids=["error", "status", "nothing", "rubbish", "stalled"],
)
def test_failures_are_told_in_one_sentence(command, tmp_path, monkeypatch, script, reason):
    monkeypatch.setattr(packages, "CLIENT_SECONDS", 0.3)
    command("npm", script)
    started = time.monotonic()
    with pytest.raises(FileNotFoundError) as failure:
        fetch("SET", into(tmp_path), [FILE], [NpmPackage("set")])
    assert time.monotonic() - started < 5
    assert "(`npm pack set`: " in str(failure.value)
    assert reason in str(failure.value)
    assert "\n" not in str(failure.value)
    assert list(into(tmp_path).iterdir()) == []


def test_wrong_content_is_refused(command, tmp_path):
    packed = package(tmp_path / "set.tgz", "package/data/images", CONTENT[::-1])
    command("npm", f"cp {packed} set-1.0.tgz")
    with pytest.raises(ValueError, match="has sha256"):
        NpmPackage("set").fetch(into(tmp_path), [FILE])
    assert list(into(tmp_path).iterdir()) == []


def test_a_client_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="apt-get is not installed"):
        DebianPackage("set").fetch(into(tmp_path), [FILE])
