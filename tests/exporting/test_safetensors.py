"""Weights in a file, and the network that is built around them elsewhere."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from gan_runner.exporting.checking import check
from gan_runner.exporting.network import Handed
from gan_runner.exporting.network import handed as of_request
from gan_runner.exporting.request import ExportRequest
from gan_runner.exporting.safetensors import load, needs_trust, network_of, parted, read, recipe, write
from gan_runner.exporting.snippets import snippets

safetensors = pytest.importorskip("safetensors.torch")


def written(handed: Handed, folder: Path) -> Path:
    path = folder / "x.safetensors"
    write(handed, path)
    return path


def same(handed: Handed, path: Path) -> bool:
    given = handed.examples(7, 3)
    with torch.no_grad():
        return torch.equal(load(path)(*given), handed.module(*given))


def test_to_the_bit(plain: Handed, conditional: Handed, points: Handed, tmp_path: Path) -> None:
    for handed in (plain, conditional, points):
        path = written(handed, tmp_path)
        assert same(handed, path)
        checked = check(handed, read(path, handed), "safetensors")
        assert checked.absolute == 0
        assert checked.count == 256


RECIPES = {
    "channels last, more than one channel": ("model=dcgan", "network.width=4", "tricks=[ema,spectral_norm]"),
    "growing, with a state that is no tensor": (
        "model=progan_small", "network.base_channels=32", "network.max_channels=8", "data.image_size=16",
    ),
    "a mixture": ("model=autoencoder", "network.hidden=[4]", "system.sample_from=mixture"),
    "residual blocks": ("model=r3gan", "network.width=8"),
}  # fmt: skip


@pytest.mark.parametrize("name", RECIPES)
def test_networks_of_every_kind(
    name: str, saved: Callable[..., Path], network_of: Callable[..., Handed], tmp_path: Path
) -> None:
    run = saved(tmp_path / "run", (3, 16, 16), 10, *RECIPES[name], "data=synthetic")
    handed = network_of(run)
    assert same(handed, written(handed, tmp_path))


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0, 2.0])
def test_a_network_that_has_grown(
    level: float, saved: Callable[..., Path], tampered: Callable[..., Path], tmp_path: Path
) -> None:
    def grow(contents: dict[str, Any]) -> None:
        grown = [name for name in contents["state_dict"] if name.endswith("_extra_state")]
        assert grown
        for name in grown:
            if "level" in contents["state_dict"][name]:
                contents["state_dict"][name] = {"level": level}

    run = saved(
        tmp_path / "run", (3, 16, 16), 10, *RECIPES["growing, with a state that is no tensor"], "data=synthetic"
    )
    ckpt = tampered(str(run), tmp_path / "grown.ckpt", grow)
    handed = of_request(ExportRequest.from_config({"ckpt": str(ckpt)}))
    assert same(handed, written(handed, tmp_path))
    assert recipe(handed)["state"]["_extra_state"] == {"level": level}


@pytest.mark.parametrize(("name", "part"), [("cyclegan", "b2a"), ("pix2pix", "a2b"), ("inpaint", "a2b")])
def test_translators(
    name: str, part: str, translators: dict[str, str], network_of: Callable[..., Handed], tmp_path: Path
) -> None:
    handed = network_of(translators[name], part=part)
    assert same(handed, written(handed, tmp_path))


def test_others_read_it_too(plain: Handed, tmp_path: Path) -> None:
    path = written(plain, tmp_path)
    found = safetensors.load_file(path)
    kept, _ = parted(network_of(plain).state_dict())
    assert found.keys() == kept.keys()
    assert all(torch.equal(value, kept[name]) and value.is_contiguous() for name, value in found.items())
    with safetensors.safe_open(path, "pt") as file:
        told = file.metadata()
    assert told["format"] == "pt"
    assert json.loads(told["recipe"]) == json.loads(json.dumps(recipe(plain)))
    assert all(isinstance(value, str) for value in told.values())


def test_others_may_read_it(plain: Handed, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        assert stat.S_IMODE(written(plain, tmp_path).stat().st_mode) == 0o644
    finally:
        os.umask(before)


def changed(path: Path, change: Callable[[dict[str, Any]], Any], tensors: bool = True) -> Path:
    """The file with another recipe."""
    with safetensors.safe_open(path, "pt") as file:
        told = json.loads(file.metadata()["recipe"])
    change(told)
    safetensors.save_file(safetensors.load_file(path) if tensors else {}, path, {"recipe": json.dumps(told)})
    return path


def test_a_file_cannot_name_classes_of_others(plain: Handed, tmp_path: Path) -> None:
    def hostile(told: dict[str, Any]) -> None:
        told["origin"]["config"]["network"]["generator"]["_target_"] = "os.system"

    with pytest.raises(ValueError, match=r"os\.system"):
        load(changed(written(plain, tmp_path), hostile))


@pytest.fixture
def own(saved: Callable[..., Path], tmp_path: Path) -> Handed:
    """Of a class of one's own."""
    mine = "+network.generator._target_=fixtures.own_parts.Generator"
    run = saved(tmp_path / "run", (3, 8, 8), None, "model=dcgan", "data=synthetic", "network.width=4", mine)
    return of_request(ExportRequest.from_config({"run": str(run), "trust": True}))


def test_classes_of_ones_own(own: Handed, plain: Handed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert needs_trust(own)
    assert not needs_trust(plain)
    code = snippets(own, "safetensors", "x.safetensors")[0].code
    assert 'load("x.safetensors", trust=True)' in code
    path = written(own, tmp_path)
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    with pytest.raises(ValueError, match=r"in .*x\.safetensors has network.*of your own, give load\(…, trust=True\)$"):
        load(path)


def test_classes_that_are_not_there(own: Handed, tmp_path: Path) -> None:
    def lost(told: dict[str, Any]) -> None:
        told["origin"]["config"]["network"]["generator"]["_target_"] = "nowhere.Generator"

    path = changed(written(own, tmp_path), lost)
    with pytest.raises(ValueError, match=r"No module named 'nowhere'") as caught:
        load(path, trust=True)
    assert "\n" not in str(caught.value)


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"is no file: give a \.safetensors file"):
        load(tmp_path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load(tmp_path / "x.safetensors")


def test_truncation_may_be_left_out(plain: Handed, tmp_path: Path) -> None:
    network, (latent, no_limit) = load(written(plain, tmp_path)), plain.examples(3, 0)
    assert torch.equal(network(latent), network(latent, no_limit))
    with pytest.raises(
        TypeError, match=r"takes latent, truncation \(may be left out\), in this order, and was given 3"
    ):
        network(latent, no_limit, no_limit)


def test_a_file_cannot_ask_for_more_memory_than_it_may_fill(plain: Handed, tmp_path: Path) -> None:
    def huge(told: dict[str, Any]) -> None:
        told["origin"]["config"]["network"]["generator"]["width"] = 10**6

    with pytest.raises(ValueError, match="do not fit its configuration"):
        load(changed(written(plain, tmp_path), huge))


def test_weights_of_another_network(plain: Handed, tmp_path: Path) -> None:
    def wider(told: dict[str, Any]) -> None:
        told["origin"]["config"]["network"]["generator"]["width"] = 8

    with pytest.raises(ValueError, match="do not fit the network that it describes"):
        load(changed(written(plain, tmp_path), wider))


def test_files_of_others(plain: Handed, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    safetensors.save_file({"a": torch.zeros(1)}, path)
    with pytest.raises(ValueError, match="does not say what its network is: gan-export writes that"):
        load(path)
    path.write_bytes(b"no")
    with pytest.raises(ValueError, match="is no safetensors file"):
        load(path)
    with pytest.raises(ValueError, match="in a way that this version reads"):
        load(changed(written(plain, tmp_path), lambda told: told.pop("part")))
    safetensors.save_file({}, path, {"recipe": "no"})
    with pytest.raises(ValueError, match="in a way that this version reads"):
        load(path)


def test_what_does_not_come_back_is_not_handed_over(
    plain: Handed, network_of: Callable[..., Handed], runs: dict[str, str], tmp_path: Path
) -> None:
    path = written(plain, tmp_path)
    other = network_of(runs["plain"])
    weight = next(other.module.parameters())
    weight.data[0] += 1
    with pytest.raises(ValueError, match="does not hold the weights to the bit"):
        read(path, other)


def test_no_place_of_this_machine(plain: Handed, tmp_path: Path) -> None:
    told = recipe(plain)
    assert "paths" not in told["origin"]["config"]
    assert "data" not in told["origin"]
    assert str(Path.cwd()) not in json.dumps(told)
