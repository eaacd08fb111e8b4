"""push_to_hub, by huggingface_hub itself, to a server on this machine that plays the hub."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.hub import TOKEN, Hub, playing
from gan_runner.config.errors import ConfigError
from gan_runner.exporting import hub as ours
from gan_runner.exporting.hub import check, push

huggingface_hub = pytest.importorskip("huggingface_hub")
constants = pytest.importorskip("huggingface_hub.constants")

CARD = "---\nlicense: mit\n---\n\n# A model\n"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """One that takes the token of the test; large files by git's protocol, which a test can play."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with playing() as played:
        monkeypatch.setattr(constants, "ENDPOINT", played.address)
        yield played


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """An export: weights and a card; and a file that is none of it."""
    (tmp_path / "generator.onnx").write_bytes(b"weights" * 1000)
    (tmp_path / "README.md").write_text(CARD)
    (tmp_path / "diary.txt").write_text("mine")
    return [tmp_path / "generator.onnx", tmp_path / "README.md"]


def test_one_commit_to_a_new_repository(hub: Hub, files: list[Path]) -> None:
    said = push(files, "ana/digits", private=True, says="generator")
    assert said == f"{hub.address}/ana/digits (private)"
    assert hub.repositories["ana/digits"]["private"]
    assert hub.repositories["ana/digits"]["files"] == {file.name: file.read_bytes() for file in files}
    assert hub.messages == ["generator"]
    order = [path for _, path in hub.asked]
    assert order.index("/api/validate-yaml") < order.index("/api/repos/create")


def test_again(hub: Hub, files: list[Path]) -> None:
    push(files, "ana/digits", private=True, says="one")
    files[0].write_bytes(b"other")
    push(files, "ana/digits", private=True, says="two")
    assert hub.repositories["ana/digits"]["files"]["generator.onnx"] == b"other"


def test_for_everybody_only_when_it_is_said(hub: Hub, files: list[Path]) -> None:
    assert push(files, "ana/open", private=False, says="x").endswith("/ana/open (everybody sees it)")
    with pytest.raises(ConfigError, match="ana/open is there already and everybody sees it: set private=false"):
        push(files, "ana/open", private=True, says="y")
    assert hub.messages == ["x"]


def test_private_stays_private(hub: Hub, files: list[Path]) -> None:
    push(files, "ana/mine", private=True, says="x")
    assert push(files, "ana/mine", private=False, says="y").endswith("(private)")


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/api/repos/create", 401, "does not know the token"),
        ("/api/repos/create", 403, "the token may not write there"),
        ("/api/repos/create", 404, "no such owner"),
        ("/api/repos/create", 429, "asked too often"),
        ("/api/repos/create", 500, "trouble of its own"),
        ("/api/repos/create", 418, r"answered 418 \(because\)"),
        ("/api/validate-yaml", 400, "the hub refuses it .*because"),
        ("/api/models/ana/digits/commit/main", 403, "the token may not write there"),
        ("/ana/digits.git/info/lfs/objects/batch", 403, "the token may not write there"),
    ],
)
def test_what_the_hub_refuses(hub: Hub, files: list[Path], path: str, status: int, told: str) -> None:
    hub.refuse[path] = status, "because"
    with pytest.raises(ValueError, match=told) as error:
        push(files, "ana/digits", private=True, says="x")
    assert str(error.value).startswith("nothing was uploaded to ana/digits: ")
    assert str(error.value).endswith(f"the files are in {files[0].parent}")
    assert "\n" not in str(error.value)
    assert not any(one["files"] for one in hub.repositories.values())


def test_a_token_of_nobody(hub: Hub, files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_somebody_else")
    with pytest.raises(ValueError, match="does not know the token"):
        push(files, "ana/digits", private=True, says="x")


def test_no_network(hub: Hub, files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ValueError, match=r"http://127\.0\.0\.1:9 was not reached") as error:
        push(files, "ana/digits", private=True, says="x")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "name", ["digits", "ana/", "ana/a b", "ana/a/b", "ana/a--b", "ana/a.git", "/a", "ana/" + "a" * 99]
)
def test_names_of_no_repository(name: str) -> None:
    with pytest.raises(ConfigError, match=r"names no repository: give <owner>/<name>"):
        check(name)


@pytest.mark.parametrize("name", ["ana/digits", "Ana-1/dcgan_digits-v2.1", "a/b"])
def test_names_that_the_hub_takes_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    check(name)
    huggingface_hub.utils.validate_repo_id(name)


def test_without_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: None)
    with pytest.raises(ConfigError, match=r"needs a token that may write: log in with `hf auth login`"):
        check("ana/digits")


def test_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ConfigError, match="HF_HUB_OFFLINE is set"):
        check("ana/digits")


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"not installed: pip install 'gan-runner\[hub\]'"):
        check("ana/digits")


def test_as_the_command_is_called(runs: dict[str, str], tmp_path: Path) -> None:
    """In a process of its own, by the variables that people set."""
    with playing() as hub:
        of_hub = {"HF_ENDPOINT": hub.address, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1", "no_proxy": "127.0.0.1"}
        command = [sys.executable, "-m", "gan_runner.cli.export", f"run={runs['plain']}", "format=safetensors"]
        command += ["output=out/", "push_to_hub=ana/colours", "license=MIT"]
        ended = subprocess.run(
            command, cwd=tmp_path, env=os.environ | of_hub, capture_output=True, text=True, timeout=300
        )
        assert ended.returncode == 0, ended.stderr
        assert f"uploaded to {hub.address}/ana/colours (private)" in ended.stdout
        there = hub.repositories["ana/colours"]["files"]
        assert there == {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
        assert sorted(there) == ["README.md", "config.json", "generator.safetensors", "samples.png"]
        assert b"license: mit\n" in there["README.md"]
