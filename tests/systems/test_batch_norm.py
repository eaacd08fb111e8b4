"""Batches of one under BatchNorm: refused where a channel would have one value, and nowhere else."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from gan_runner.assemble import assemble, build_system
from gan_runner.config.errors import ConfigError
from gan_runner.config.plain import plain_config
from gan_runner.systems.batch_norm import starved
from gan_runner.types import Batch

MLP = ("model=vanilla", "data=ring", "network.generator.hidden=[4]", "network.discriminator.hidden=[4]")
DIGITS = ("data=digits", "data.image_size=16", "network.width=4")
PAIRS = (
    "data=degraded", "data@data.of=digits", "data.of.image_size=32", "network.width=4", "network.generator.norm=batch",
)  # fmt: skip
PLAYED = (
    "trainer=cpu", "metrics=none", "trainer.max_steps=2", "callbacks.progress=null", "callbacks.samples=null",
    "callbacks.panels=null",
)  # fmt: skip


def refused(composed: Callable[..., Any], *overrides: str) -> str:
    with pytest.raises(ConfigError) as refusal:
        assemble(composed(*overrides, *PLAYED))
    return str(refusal.value)


def test_a_single_row_has_no_statistics(composed: Callable[..., Any]) -> None:
    assert refused(composed, *MLP, "data.batch_size=1", "network.generator.batch_norm=true") == (
        "data.batch_size=1 leaves BatchNorm in the generator (body.1, BatchNorm1d) one value of each channel, of which "
        "there are no statistics: set data.batch_size=2 or more, or network.generator.batch_norm=false"
    )


@pytest.mark.parametrize(
    ("network", "player"),
    [
        (("model=dcgan", "network=maxout_mlp", "data=ring", "latent.latent_dim=2"), "generator"),
        (("model=wgan_gp", *DIGITS, "network.generator.batch_norm=true"), "generator"),
        (("model=cgan", "network=maxout_mlp", "data=digits", "network.conditional=false"), "generator"),
    ],
)
def test_every_network_is_asked(composed: Callable[..., Any], network: tuple[str, ...], player: str) -> None:
    assert f"leaves BatchNorm in the {player}" in refused(composed, *network, "data.batch_size=1")
    assemble(composed(*network, "data.batch_size=2", *PLAYED))


def test_slices_of_one_are_too(composed: Callable[..., Any]) -> None:
    normed = (*MLP, "network.generator.batch_norm=true", "system.accumulate=4")
    said = refused(composed, *normed, "data.batch_size=4")
    assert said.startswith("data.batch_size=4 with system.accumulate=4 leaves")
    assert "set data.batch_size=8 or more" in said
    assemble(composed(*normed, "data.batch_size=8", *PLAYED))


class Judging(nn.Module):
    """A discriminator with BatchNorm in a row without pixels."""

    def __init__(self, shape: Any, **_: Any) -> None:
        super().__init__()
        self.body, self.norm, self.head = nn.Linear(shape[0], 3), nn.BatchNorm1d(3), nn.Linear(3, 1)

    def forward(self, point: torch.Tensor, label: Any = None) -> Any:
        from gan_runner.types import Score

        found = self.norm(self.body(point))
        return Score(self.head(found), found)


def test_packs_of_all_a_batch_are_one_row_to_the_discriminator(
    composed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gan_runner.networks.mlp.Discriminator", Judging)
    config = composed(*MLP, "data.batch_size=2", "tricks=[pacgan]", *PLAYED)
    system = build_system(plain_config(config), (2,), None)
    assert starved(system, Batch(torch.zeros(2, 2))) == ("discriminator", "discriminator.norm, BatchNorm1d")
    assert starved(system, Batch(torch.zeros(4, 2))) is None


def test_what_is_larger_than_a_pixel_has_statistics_of_its_own_and_plays(composed: Callable[..., Any]) -> None:
    for network in [
        ("model=dcgan", *DIGITS, "network.discriminator.norm=batch"),
        ("model=dcgan", "network=tiny_dcgan", "data=digits", "data.image_size=8"),
        ("model=pix2pix", *PAIRS),
    ]:
        experiment = assemble(composed(*network, "data.batch_size=1", *PLAYED))
        experiment.trainer.fit(experiment.system, experiment.data)
        assert experiment.trainer.global_step == 2


def test_asking_leaves_no_trace(composed: Callable[..., Any]) -> None:
    config = plain_config(composed(*MLP, "network.generator.batch_norm=true", *PLAYED))
    system = build_system(config, (2,), None)
    before = {name: value.clone() for name, value in system.state_dict().items() if isinstance(value, torch.Tensor)}
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    assert starved(system, Batch(torch.zeros(1, 2))) == ("generator", "body.1, BatchNorm1d")
    assert torch.rand(2).equal(expected)
    after = system.state_dict()
    assert all(after[name].equal(value) for name, value in before.items())
    assert not any(module._forward_pre_hooks for module in system.modules())
