"""Rebuilding players from a checkpoint: what is damaged, untrusted or at odds with itself is refused."""

import re
import sys
from pathlib import Path

import pytest
import torch

from fixtures import noise_pairs
from fixtures.recipes import TRANSLATING
from gan_runner.assemble import assemble
from gan_runner.inference.rebuild import rebuild
from gan_runner.inference.sample import NEEDS
from gan_runner.runs import checkpoints
from gan_runner.runs.checkpoints import write
from gan_runner.systems.base import generate
from gan_runner.systems.capabilities import Samples, Translates

OWN = {
    "network.generator._target_": "fixtures.own_parts.Generator",
    "loss._target_": "fixtures.own_parts.MyHinge",
    "tricks.quiet._target_": "fixtures.own_parts.Quiet",
}
"""By the keys that name them."""


def refused(path: Path) -> str:
    with pytest.raises(ValueError, match=str(path)) as caught:
        rebuild(Samples, path, NEEDS)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_weights_at_odds_with_the_configuration(runs, tmp_path, tampered):
    def widen(contents):
        contents["origin"]["config"]["network"]["generator"]["width"] = 8

    said = refused(tampered(runs["plain"], tmp_path / "wide.ckpt", widen))
    assert "do not fit its configuration: games.gan.tricks.ema.average" in said
    assert said.endswith(" has another size")

    def forget(contents):
        del contents["state_dict"]["games.gan.tricks.ema._extra_state"]

    said = refused(tampered(runs["plain"], tmp_path / "forgot.ckpt", forget))
    assert said.endswith("games.gan.tricks.ema._extra_state is missing")


@pytest.mark.parametrize("section", ["config", "shape", "num_classes"])
def test_half_a_description(section, runs, tmp_path, tampered):
    said = refused(tampered(runs["plain"], tmp_path / "half.ckpt", lambda c: c["origin"].pop(section)))
    assert f"does not describe a whole experiment ('{section}')" in said


def test_a_missing_section_of_the_configuration(runs, tmp_path, tampered):
    said = refused(tampered(runs["plain"], tmp_path / "half.ckpt", lambda c: c["origin"]["config"].pop("loss")))
    assert "half.ckpt does not describe a whole experiment (system._target_=gan_runner.systems.gan.GAN plays" in said


@pytest.mark.parametrize("damage", ["cut", "noise", "empty"])
def test_damaged_files(damage, runs, tmp_path):
    whole = (Path(runs["plain"]) / "checkpoints" / "last.ckpt").read_bytes()
    path = tmp_path / "damaged.ckpt"
    path.write_bytes({"cut": whole[: len(whole) // 2], "noise": b"\x00\xff" * 500, "empty": b""}[damage])
    assert "is damaged: it is cut short, or no checkpoint of gan-train" in refused(path)


def test_a_target_that_is_not_trusted_is_never_called(runs, tmp_path, tampered):
    mark = tmp_path / "called"

    def attack(contents):
        contents["origin"]["config"]["latent"] = {"_target_": "os.system", "command": f"touch {mark}"}

    path = tampered(runs["plain"], tmp_path / "evil.ckpt", attack)
    with pytest.raises(ValueError, match=r"latent\._target_='os\.system', which is not trusted"):
        rebuild(Samples, path, NEEDS)

    def attack_by_pairs(contents):
        contents["origin"]["config"]["latent"] = [["_target_", "os.system"], ["command", f"touch {mark}"]]

    path = tampered(runs["plain"], tmp_path / "pairs.ckpt", attack_by_pairs)
    with pytest.raises(ValueError, match="not a plain value"):
        rebuild(Samples, path, NEEDS)
    assert not mark.exists()


@pytest.mark.parametrize("model", TRANSLATING)
def test_a_translation_is_rebuilt_as_one_and_refused_where_latents_are_drawn(model, composed, tmp_path):
    torch.manual_seed(0)
    system = assemble(composed(f"model={model}", *noise_pairs.TRANSLATING, "data.channels=1", "logger=none")).system
    # The players' data are no part of the file; where they are not this package's, they are not trusted.
    system.origin.config["data"] = {}
    path = tmp_path / "last.ckpt"
    write({"origin": system.origin.plain(), "state_dict": system.state_dict(), "global_step": 12}, path)
    again, batches = rebuild(Translates, path, "so it needs two domains")
    source = torch.randn(1, 3, 8, 8)
    assert batches == 12
    assert torch.equal(again.translator().eval()(source), system.translator().eval()(source))
    kind = type(system).__name__
    assert f"holds a {kind}: gan-sample draws from a latent, so it needs a GAN" in refused(path)


def test_a_gan_is_refused_where_images_are_translated(runs):
    with pytest.raises(ValueError, match=r"holds a GAN: so it needs two domains$"):
        rebuild(Translates, Path(runs["plain"]) / "checkpoints" / "last.ckpt", "so it needs two domains")


@pytest.mark.parametrize("key", OWN)
def test_parts_of_ones_own_are_built_if_they_are_trusted(key, saved, tmp_path, monkeypatch):
    small = ("model=dcgan", "data=synthetic", "loss=hinge", "network.width=4")
    path = saved(tmp_path / "run", (3, 8, 8), None, *small, f"+{key}={OWN[key]}") / "checkpoints" / "last.ckpt"
    monkeypatch.delitem(sys.modules, "fixtures.own_parts")
    place = re.escape(f"{key}={OWN[key]!r}, which is not trusted")
    with pytest.raises(ValueError, match=rf"{place}.* if it names a class of your own, set trust=true$"):
        rebuild(Samples, path, NEEDS)
    assert "fixtures.own_parts" not in sys.modules  # nothing is imported to find out
    system, batches = rebuild(Samples, path, NEEDS, trust=True)
    assert batches == 12
    assert generate(system.sampler()[0], system.latent.sample(2)).shape == (2, 3, 8, 8)


def test_data_of_ones_own_is_neither_built_nor_imported(runs, tmp_path, tampered):
    def change(contents):
        contents["origin"]["config"]["data"] = {"_target_": "nowhere.Arrays", "path": "${oc.env:HOME}"}

    rebuild(Samples, tampered(runs["plain"], tmp_path / "own.ckpt", change), NEEDS)


def test_a_part_that_is_trusted_and_not_installed_is_named(runs, tmp_path, tampered):
    def change(contents):
        contents["origin"]["config"]["network"]["generator"]["_target_"] = "nowhere.Generator"

    path = tampered(runs["plain"], tmp_path / "own.ckpt", change)
    with pytest.raises(ValueError, match=r"(?s)network\.generator: .*No module named 'nowhere'"):
        rebuild(Samples, path, NEEDS, trust=True)


def test_an_origin_stays_as_it_was(runs, tmp_path, tampered):
    """What the checkpoint tells of its data is told by the players, and by a checkpoint that is made of them."""
    told = {"scales": {"real": [0.0, 4000.0]}, "fourth_is_band": True, "data": {"family": "a.B", "name": "b"}}
    path = tampered(runs["plain"], tmp_path / "deep.ckpt", lambda contents: contents["origin"].update(told))
    plain = rebuild(Samples, path, NEEDS)[0].origin.plain()
    assert plain == checkpoints.load(path)["origin"]
    assert plain.items() >= told.items()
