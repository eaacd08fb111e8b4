"""Files of weights: fetched whole or not at all, known by their sum, read as names and tensors alone."""

import hashlib
import os

import pytest
import torch

from gan_runner.features.weights import Published, digest, opened, refuse, state_of

CONTENT = b"weights"
SUM = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """torch's, empty."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    return tmp_path / "checkpoints"


@pytest.mark.parametrize("name", [f"net-{SUM[:8]}.pth", "net.safetensors"])
def test_a_file_is_fetched_into_torchs_cache(name, cache, serve):
    published = Published(name, serve(everything=CONTENT) + name, 100)
    assert published.fetch("net") == published.path == cache / name
    assert published.path.read_bytes() == CONTENT
    assert digest(published.path) == SUM


@pytest.mark.parametrize(
    ("name", "most", "reason"),
    [("net-00000000.pth", 100, "expected 00000000"), ("net.pth", 3, "longer than 3 bytes")],
)
def test_other_bytes_than_the_name_tells_and_too_many_are_left(name, most, reason, cache, serve):
    published = Published(name, serve(everything=CONTENT) + name, most)
    with pytest.raises(FileNotFoundError, match=rf"features=net needs weights and .*{name} is not there.*{reason}"):
        published.fetch("net")
    assert list(cache.iterdir()) == []


def test_an_address_without_the_file_is_named(cache, serve):
    address = serve() + "net.pth"
    with pytest.raises(FileNotFoundError, match=rf"{address}: .*404.*features\.weights=<file>"):
        Published("net.pth", address, 100).fetch("net")


def test_what_is_missing_is_said_with_every_way_out(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"features\.download=true, or take features=efficientnet_lite0"):
        refuse("net", tmp_path, "why")
    with pytest.raises(FileNotFoundError, match=r"features\.weights=.*none cannot be read \(No such file"):
        opened(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match=r"cannot be read \(Is a directory\)"):
        digest(tmp_path)


class Code:
    def __reduce__(self):
        return os.system, ("touch canary",)


def test_a_file_gives_names_with_tensors_and_runs_no_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"a": torch.ones(2)}, "state.pth")
    assert state_of(tmp_path / "state.pth")["a"].tolist() == [1, 1]
    torch.save({"epoch": 3, "state_dict": {"a": torch.ones(3)}}, "wrapped.pth")
    assert state_of(tmp_path / "wrapped.pth")["a"].tolist() == [1, 1, 1]
    torch.save(torch.ones(2), "tensor.pth")
    with pytest.raises(TypeError, match="it holds a Tensor, no names with tensors"):
        state_of(tmp_path / "tensor.pth")
    torch.save({"a": Code()}, "code.pth")
    (tmp_path / "text.pth").write_text("nonsense")
    for name in ("code.pth", "text.pth"):
        with pytest.raises(ValueError, match="it is no file of torch's, or holds other things than tensors"):
            state_of(tmp_path / name)
    assert not (tmp_path / "canary").exists()


def test_a_file_of_safetensors_is_read_too(tmp_path):
    torch_of = pytest.importorskip("safetensors.torch", reason="comes with timm: pip install 'gan-runner[features]'")
    torch_of.save_file({"a": torch.ones(2)}, tmp_path / "state.safetensors")
    assert state_of(tmp_path / "state.safetensors")["a"].tolist() == [1, 1]
    (tmp_path / "cut.safetensors").write_bytes((tmp_path / "state.safetensors").read_bytes()[:-4])
    with pytest.raises(Exception, match=r"(?i)safetensor|header|incomplete"):
        state_of(tmp_path / "cut.safetensors")
