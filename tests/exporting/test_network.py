"""What is handed on: the network that sampling uses, to the bit, with the inputs that it is asked with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from gan_runner.config.errors import ConfigError
from gan_runner.exporting.network import Handed, handed, of_system, parts, rounded
from gan_runner.exporting.request import ExportRequest
from gan_runner.images.ranges import to_bytes
from gan_runner.inference.rebuild import rebuild
from gan_runner.inference.sample import Request, sample
from gan_runner.systems.base import System, generate
from gan_runner.types import Conditions


@torch.no_grad()
def answer(network: Handed, *given: Tensor) -> Tensor:
    made: Tensor = network.module(*(given or network.examples(6, 0)))
    return made


@pytest.mark.parametrize("run", ["plain", "conditional", "points"])
def test_the_same_seed_gives_the_samples_of_gan_sample(run: str, runs: dict[str, str], tmp_path: Path) -> None:
    network = handed(ExportRequest.from_config({"run": runs[run]}))
    sample(Request.from_config({"run": runs[run], "num_samples": 6, "seed": 3, "output": str(tmp_path / "x.npz")}))
    with np.load(tmp_path / "x.npz") as file:
        written = file["points" if run == "points" else "images"]
    made = answer(network, *network.examples(6, 3))
    if run == "points":
        assert np.array_equal(made.numpy(), written)
    else:
        assert np.array_equal(to_bytes(made).permute(0, 2, 3, 1).numpy(), written)


def test_what_stands_in_it(plain: Handed, conditional: Handed, points: Handed) -> None:
    assert [one.name for one in plain.inputs] == ["latent", "truncation"]
    assert (plain.output, plain.output_shape, plain.part) == ("image", (3, 8, 8), "generator")
    assert plain.weights == "the generator's average (tricks.ema)"
    assert plain.batches == 12
    assert [(one.name, one.shape, one.dtype) for one in conditional.inputs] == [
        ("latent", (6,), torch.float32),
        ("label", (), torch.int64),
        ("truncation", (), torch.float32),
    ]
    assert conditional.weights == "the generator"
    assert (points.output, points.output_shape) == ("points", (2,))


def test_it_is_plain_and_in_evaluation_mode(plain: Handed) -> None:
    assert not any(module.training for module in plain.module.modules())
    assert not any(one.requires_grad for one in plain.module.parameters())
    assert all(one.is_contiguous() for one in plain.module.state_dict().values())


def test_examples_are_the_same_for_the_same_seed(conditional: Handed) -> None:
    first, second, other = (conditional.examples(5, seed) for seed in (0, 0, 1))
    assert all(map(torch.equal, first, second))
    assert not torch.equal(first[0], other[0])
    assert first[1].tolist() == [0, 1, 2, 3, 0]
    assert first[2].isinf()


def test_truncation_draws_latents_in(plain: Handed) -> None:
    latent, whole = plain.examples(6, 0)
    assert torch.equal(answer(plain, latent, whole), answer(plain, latent, torch.tensor(torch.inf)))
    near = plain.system.latent.within(latent, torch.tensor(0.5))  # type: ignore[operator, union-attr]
    assert torch.equal(answer(plain, latent, torch.tensor(0.5)), answer(plain, near, whole))


def test_bytes_are_those_of_files(plain: Handed, network_of: Callable[..., Handed]) -> None:
    inside = network_of(plain.checkpoint.parents[1], bytes=True)
    assert inside.in_bytes
    assert torch.equal(answer(inside), to_bytes(answer(plain)))
    images = torch.linspace(-1.2, 1.2, 1001).reshape(1, 1, 7, 143)
    assert torch.equal(rounded(images), to_bytes(images))


def test_labels_that_are_numbers(saved: Callable[..., Path], tmp_path: Path, tampered: Callable[..., Path]) -> None:
    run = saved(tmp_path / "run", (1, 8, 8), 2, "model=cgan", "data=synthetic", "network.width=4")
    conditions = Conditions(("smile", "age"), (0.0, 40.0), (1.0, 10.0), ((1.0, -1.0), (1.0, 2.0)))
    told = tampered(
        str(run), tmp_path / "told.ckpt", lambda contents: contents["origin"].update(conditions=conditions.plain())
    )
    network = handed(ExportRequest.from_config({"ckpt": str(told)}))
    label = network.inputs[1]
    assert (label.name, label.shape, label.dtype) == ("label", (2,), torch.float32)
    assert {tuple(row) for row in network.examples(20, 0)[1].tolist()} == {*conditions.rows}
    assert answer(network).shape == (6, 1, 8, 8)


@pytest.fixture
def autoencoder(saved: Callable[..., Path], tmp_path: Path) -> Path:
    return saved(tmp_path / "vae", (1, 8, 8), None, "model=vae", "data=synthetic", "network.hidden=[8]")


def test_the_parts_of_an_autoencoder(autoencoder: Path, network_of: Callable[..., Handed]) -> None:
    decoder, encoder, both = (network_of(autoencoder, part=part) for part in (None, "encoder", "reconstruction"))
    system: Any = decoder.system
    assert parts(system) == ["generator", "encoder", "reconstruction"]
    image, latent = both.examples(5, 0)[0], decoder.examples(5, 0)[0]
    assert torch.equal(answer(decoder, latent, torch.tensor(torch.inf)), system.decode(latent))
    assert torch.equal(answer(encoder, image), system.encode(image))
    assert torch.equal(answer(both, image), generate(system.coder()[0], image))
    assert (encoder.output, encoder.output_shape) == ("latent", (6,))
    assert (both.output, both.output_shape) == ("reconstruction", (1, 8, 8))
    with pytest.raises(ConfigError, match="bytes=true rounds images, and this network makes codes"):
        network_of(autoencoder, part="encoder", bytes=True)


def test_translators(translators: dict[str, str], network_of: Callable[..., Handed]) -> None:
    forth, back = (network_of(translators["cyclegan"], part=part) for part in ("a2b", "b2a"))
    assert parts(forth.system) == ["a2b", "b2a"]
    assert [one.shape for one in forth.inputs] == [(3, None, None)]
    assert (forth.output_shape, back.output_shape) == ((1, None, None), (3, None, None))
    assert forth.examples(2, 0, larger=1)[0].shape == (2, 3, 8 + 4, 8 + 8)
    assert answer(back, *back.examples(2, 0)).shape == (2, 3, 8, 8)
    assert network_of(translators["pix2pix"]).inputs[0].shape == (3, 16, 16)
    hole = network_of(translators["inpaint"])
    assert hole.inputs[0].shape == (4, None, None)
    assert hole.output_shape == (3, None, None)


def test_dropout_at_test_is_off_and_said_so(
    saved: Callable[..., Path], tmp_path: Path, network_of: Callable[..., Handed]
) -> None:
    run = saved(tmp_path / "deep", (3, 64, 64), None, "model=pix2pix", "data=paired", "network.width=1",
                source_shape=(3, 64, 64))  # fmt: skip
    network = network_of(run)
    assert network.remarks == (
        "its dropout is off, which gan-translate leaves on, so that an image has one translation",
    )
    assert torch.equal(answer(network), answer(network))
    assert any(getattr(one, "dropout_at_test", False) for one in network.system.modules())


def test_the_run_keeps_its_own_weights(saved: Callable[..., Path], tmp_path: Path) -> None:
    small = ("network.max_channels=4", "network.base_channels=16")
    run = saved(tmp_path / "growing", (3, 16, 16), None, "model=progan_small", "data=synthetic", *small)
    network = handed(ExportRequest.from_config({"run": str(run)}))
    system: Any = network.system
    assert any("parametrizations" in name for name, _ in system.named_parameters())
    assert not any("parametrizations" in name for name in network.module.state_dict())
    latent = network.examples(4, 0)[0]
    assert torch.equal(answer(network, latent, torch.tensor(torch.inf)), generate(system.sampler()[0], latent))


def test_parts_that_a_run_does_not_have(runs: dict[str, str], network_of: Callable[..., Handed]) -> None:
    with pytest.raises(ConfigError, match=r"part=encoder, and this run \(GAN\) has generator"):
        network_of(runs["plain"], part="encoder")
    with pytest.raises(ConfigError, match="bytes=true rounds images, and this network makes points"):
        network_of(runs["points"], bytes=True)


def test_a_prior_of_ones_own_has_no_truncation(plain: Handed) -> None:
    class Sphere:
        latent_dim = 6

        def sample(self, count: int, **rest: Any) -> Tensor:
            return torch.nn.functional.normalize(torch.randn(count, 6))

    system: Any = rebuild(System, plain.checkpoint, "")[0]
    system.latent = Sphere()
    assert [one.name for one in of_system(system, "generator").inputs] == ["latent"]
