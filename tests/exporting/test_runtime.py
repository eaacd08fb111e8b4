"""onnxruntime-web comes from the web, from a package or from a folder: right to the byte, or not at all."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest
import torch

from gan_runner.config.errors import ConfigError
from gan_runner.data.fetching.downloads import File
from gan_runner.exporting import runtime
from gan_runner.exporting.runtime import Runtime, bring, known

CODE, BINARY = b"export const code = 1;", b"\0asm binary"


def of(file: File, content: bytes, algorithm: str = "sha256") -> File:
    return File(file.name, 10_000, f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}")


def package(code: bytes = CODE, binary: bytes = BINARY) -> bytes:
    """As npm packs it."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as tar:
        for name, content in (("README.md", b"read"), (runtime.CODE.name, code), (runtime.BINARY.name, binary)):
            info = tarfile.TarInfo(f"package/dist/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return held.getvalue()


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """An empty cache, and a small runtime that is taken for the right one; nobody is asked for it by npm."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    small = of(runtime.CODE, CODE), of(runtime.BINARY, BINARY)
    for name, file in zip(("CODE", "BINARY"), small, strict=True):
        monkeypatch.setattr(runtime, name, file)
    monkeypatch.setattr(runtime, "FILES", small)
    monkeypatch.setattr(runtime, "_ask_npm", lambda folder: (_ for _ in ()).throw(OSError("npm is not installed")))
    return tmp_path / "hub" / "gan_runner" / "onnxruntime-web-1.30.0"


@pytest.fixture
def served(cache, serve, monkeypatch) -> bytes:
    content = package()
    monkeypatch.setattr(runtime, "PACKAGE", of(runtime.PACKAGE, content, "sha512"))
    monkeypatch.setattr(runtime, "ADDRESS", serve(everything=content) + runtime.PACKAGE.name)
    return content


def test_it_is_fetched_once(cache, served, monkeypatch):
    assert known() is None
    assert bring() == Runtime(CODE, BINARY)
    assert sorted(path.name for path in cache.iterdir()) == sorted((runtime.CODE.name, runtime.BINARY.name))
    assert [path.name for path in cache.parent.iterdir()] == [cache.name]
    monkeypatch.setattr(runtime, "ADDRESS", "http://127.0.0.1:9/none")
    assert bring() == Runtime(CODE, BINARY)


def test_a_cache_with_other_bytes_is_fetched_again(cache, served):
    bring()
    (cache / runtime.BINARY.name).write_bytes(b"cut")
    assert known() is None
    assert bring() == Runtime(CODE, BINARY)


@pytest.mark.parametrize("place", ["", "dist", "package/dist", "node_modules/onnxruntime-web/dist"])
def test_a_folder_may_hold_it(place, cache, tmp_path):
    folder = tmp_path / "given" / place
    folder.mkdir(parents=True)
    (folder / runtime.CODE.name).write_bytes(CODE)
    (folder / runtime.BINARY.name).write_bytes(BINARY)
    assert bring(str(tmp_path / "given")) == Runtime(CODE, BINARY)


def test_a_package_may_hold_it_and_later_none_is_needed(cache, tmp_path):
    (tmp_path / "given.tgz").write_bytes(package())
    assert bring(str(tmp_path / "given.tgz")) == Runtime(CODE, BINARY)
    (tmp_path / "given.tgz").unlink()
    assert bring() == Runtime(CODE, BINARY)


def test_other_bytes_are_refused_and_leave_the_cache_as_it_was(cache, tmp_path):
    (tmp_path / "given.tgz").write_bytes(package(binary=b"another version"))
    with pytest.raises(ConfigError, match=r"given\.tgz is not onnxruntime-web 1\.30\.0 \(.*expected.*get https://"):
        bring(str(tmp_path / "given.tgz"))
    (tmp_path / "given.txt").write_text("no package")
    with pytest.raises(ConfigError, match=r"given\.txt is not onnxruntime-web"):
        bring(str(tmp_path / "given.txt"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"empty is not onnxruntime-web .*ort\.wasm\.bundle\.min\.mjs"):
        bring(str(tmp_path / "empty"))
    with pytest.raises(ConfigError, match="none is not there: give the folder of onnxruntime-web"):
        bring(str(tmp_path / "none"))
    assert list(cache.iterdir()) == []


def test_without_internet_the_way_out_is_told(cache, monkeypatch):
    monkeypatch.setattr(runtime, "ADDRESS", "http://127.0.0.1:9/none.tgz")
    with pytest.raises(FileNotFoundError, match=r"npmjs\.org: .*; npm: npm is not installed.*give runtime=<that file>"):
        bring()


def test_a_package_on_the_web_that_is_another_is_left(cache, serve, monkeypatch):
    monkeypatch.setattr(runtime, "ADDRESS", serve(everything=package(code=b"evil")) + "a.tgz")
    with pytest.raises(FileNotFoundError, match="sha512"):
        bring()
    assert known() is None


def test_a_cache_that_cannot_be_written_is_named(cache, tmp_path):
    (tmp_path / "hub").write_text("a file")
    with pytest.raises(ConfigError, match=r"keeps onnxruntime-web in .*cannot be written.*TORCH_HOME"):
        bring()


def test_what_the_package_is_called_and_known_by():
    assert runtime.ADDRESS == "https://registry.npmjs.org/onnxruntime-web/-/onnxruntime-web-1.30.0.tgz"
    assert len(str(runtime.PACKAGE.checksum)) == len("sha512:") + 128
    assert all(len(str(file.checksum)) == len("sha256:") + 64 for file in runtime.FILES)
