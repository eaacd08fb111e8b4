"""From a configuration to an experiment: what is built from which key, in what order, and what is refused."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from omegaconf import DictConfig, OmegaConf

from fixtures.own_parts import Arrays
from gan_runner.assemble import (
    assemble,
    build_data,
    build_metrics,
    build_system,
    chosen_tricks,
    make_networks,
    names_of,
)
from gan_runner.callbacks.evaluation import Evaluation
from gan_runner.config.errors import ConfigError
from gan_runner.config.plain import plain_config
from gan_runner.data.synthetic import Synthetic
from gan_runner.features.random_conv import RandomConv
from gan_runner.tricks.ema import EMA

VANILLA = ("model=vanilla", "network.generator.hidden=[4]", "network.discriminator.hidden=[4]", "latent.latent_dim=3")


def refusal(config: DictConfig) -> str:
    with pytest.raises((ConfigError, ValueError)) as caught:
        assemble(config)
    said = str(caught.value)
    assert "\n" not in said
    return said


# ---- what is built --------------------------------------------------------------------------------------------------


def test_every_part_is_what_its_node_says(composed: Callable[..., DictConfig]) -> None:
    experiment = assemble(composed(
        *VANILLA, "loss=least_squares", "tricks=[ema]", "tricks.ema.decay=0.5", "optimizer.generator.lr=0.25",
        "optimizer.discriminator.lr=0.125", "system.discriminator_steps=3", "data.channels=1",
    ))  # fmt: skip
    system, data = experiment.system, experiment.data
    assert isinstance(data, Synthetic)
    assert data.shape == system.game.shape == (1, 8, 8)
    assert type(system.game.loss).__name__ == "LeastSquares"
    assert isinstance(system.game.tricks["ema"], EMA)
    assert system.game.tricks["ema"].decay == 0.5
    assert system.latent.latent_dim == 3
    assert system.discriminator_steps == 3
    rates = [entry["optimizer"].param_groups[0]["lr"] for entry in system.configure_optimizers()]
    assert dict(zip(system.players, rates, strict=True)) == {"generator": 0.25, "discriminator": 0.125}
    assert experiment.trainer.max_steps == 2


def test_weights_come_from_the_seed(composed: Callable[..., DictConfig]) -> None:
    one, same, other = (
        torch.cat([p.detach().flatten() for p in assemble(composed(*VANILLA, f"seed={seed}")).system.parameters()])
        for seed in (1, 1, 2)
    )
    assert one.equal(same)
    assert not one.equal(other)


def test_the_origin_rebuilds_the_system_without_data(composed: Callable[..., DictConfig]) -> None:
    system = assemble(composed(*VANILLA, "tricks=[ema]")).system
    origin = system.origin
    assert (origin.shape, origin.num_classes, origin.source_shape) == ((3, 8, 8), 10, None)
    again = build_system(origin.config, origin.shape, origin.num_classes)
    again.load_state_dict(system.state_dict())
    assert all(a.equal(b) for a, b in zip(again.parameters(), system.parameters(), strict=True))


def test_a_part_that_is_null_is_left_out(composed: Callable[..., DictConfig]) -> None:
    full, bare = composed(*VANILLA), composed(*VANILLA, "callbacks.samples=null", "logger=none")
    names = [{type(part).__name__ for part in assemble(config).trainer.callbacks} for config in (full, bare)]
    assert names[0] - names[1] == {"Samples"}
    assert assemble(full).trainer.loggers
    assert not assemble(bare).trainer.loggers


def test_an_evaluation_meets_the_data(composed: Callable[..., DictConfig], monkeypatch: pytest.MonkeyPatch) -> None:
    met: list[Any] = []
    monkeypatch.setattr(Evaluation, "meet", lambda self, *given: met.append(given))
    experiment = assemble(composed(*VANILLA, "+callbacks@callbacks.evaluation=evaluation"))
    assert met == [(experiment.data, experiment.system)]


def test_nothing_is_read_before_the_last_check(
    composed: Callable[..., DictConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr(Synthetic, "read", lambda self, split: order.append("read"))
    monkeypatch.setattr(Synthetic, "check", lambda self: order.append("check"))
    assemble(composed(*VANILLA))
    assert order == ["check"]
    order.clear()
    refusal(composed(*VANILLA, "trainer.accelerator=cpu", "trainer.devices=[0]"))
    assert order == []


def test_metrics_and_what_looks_at_images_for_them(composed: Callable[..., DictConfig]) -> None:
    metrics, features = build_metrics(plain_config(composed("metrics=[frechet,kid]", "features=random_conv")))
    assert list(metrics) == ["frechet", "kid"]
    assert isinstance(features, RandomConv)
    assert build_metrics(plain_config(composed("metrics=none")) | {"features": None}) == ({}, None)


def test_data_is_built_and_not_read(composed: Callable[..., DictConfig]) -> None:
    data = build_data(plain_config(composed("data.image_size=16", "data.channels=1")))
    assert data.shape == (1, 16, 16)


# ---- plain configurations -------------------------------------------------------------------------------------------


def test_a_configuration_becomes_plain_and_resolved() -> None:
    plain = plain_config(OmegaConf.create({"a": 3, "b": {"c": "${a}", "d": ["${a}", 4]}}))
    assert plain == {"a": 3, "b": {"c": 3, "d": [3, 4]}}
    assert type(plain["b"]) is dict
    assert type(plain["b"]["d"]) is list


def test_what_has_no_value_is_named() -> None:
    with pytest.raises(ConfigError, match=r"^data.root has no value: give one as data.root=…$"):
        plain_config(OmegaConf.create({"data": {"root": "???"}, "trainer": {"x": "???"}}))


def test_older_names_of_classes_are_read() -> None:
    config = OmegaConf.create({"trainer": {"_target_": "gan_runner.trainer.Trainer"}})
    assert plain_config(config) == {"trainer": {"_target_": "gan_runner.training.trainer.Trainer"}}


def test_a_trick_is_left_out_by_null_and_all_metrics_by_an_empty_list(composed: Callable[..., DictConfig]) -> None:
    experiment = assemble(composed("model=vanilla", "tricks=[ema,r1]", "tricks.ema=null", "metrics=[]"))
    assert list(experiment.system.all_games[0].tricks) == ["r1"]


def test_settings_of_a_trick_that_is_left_out_stand_idle(composed: Callable[..., DictConfig]) -> None:
    ema = {"_target_": "gan_runner.tricks.ema.EMA", "decay": 0.9}
    assert chosen_tricks({"tricks": {"ema": ema, "r1": {"gamma": 3.0}}}) == {"ema": ema}
    assert chosen_tricks({"tricks": None}) == {}
    assert not assemble(composed(*VANILLA, "+tricks.ema.decay=0.9")).system.game.tricks


# ---- labels ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditional", "told"),
    [(False, {}), (True, {"generator": 7, "discriminator": 7}), ("generator", {"generator": 7})],
)
def test_networks_are_told_the_classes_they_are_to_tell_apart(conditional: Any, told: dict[str, int]) -> None:
    node = {"_target_": "gan_runner.networks.mlp.Generator", "_partial_": True}
    config = {"network": {"generator": node, "discriminator": node, "conditional": conditional, "width": 4}}
    built = {name: make((2,)).num_classes for name, make in make_networks(config, 7).items()}
    assert built == {"generator": None, "discriminator": None} | told


@pytest.mark.parametrize("conditional", ["true", "generator"])
def test_labels_that_the_data_has_not_are_refused(composed: Callable[..., DictConfig], conditional: str) -> None:
    said = refusal(composed(*VANILLA, f"network.conditional={conditional}", "data=folder", "data.root=."))
    assert said.startswith(f"network.conditional={conditional} needs labels and this data has none: set ")


# ---- sizes of batches -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            ("system.accumulate=3",),
            "system.accumulate=3 must divide data.batch_size=8: a batch is split into slices of equal size",
        ),
        (
            ("tricks=[pacgan]", "tricks.pacgan.m=3"),
            "tricks.pacgan judges packs of 3 samples, and data.batch_size=8 does not make whole ones: the nearest is 6",
        ),
        (
            ("tricks=[pacgan]", "tricks.pacgan.m=4", "system.accumulate=4"),
            "tricks.pacgan judges packs of 4 samples, in each of system.accumulate=4 slices, and data.batch_size=8 "
            "does not make whole ones: the nearest is 16",
        ),
        (
            ("model=progan_small", "tricks.growing.batch_sizes=[8,6]", "system.accumulate=4"),
            "system.accumulate=4 must divide tricks.growing.batch_sizes=6: a batch is split into slices of equal size",
        ),
    ],
)
def test_batches_make_whole_slices_of_whole_packs(
    composed: Callable[..., DictConfig], settings: tuple[str, ...], said: str
) -> None:
    small = () if settings[0].startswith("model=") else VANILLA
    assert refusal(composed(*small, "data.batch_size=8", *settings)) == said


def test_those_that_fit_are_taken(composed: Callable[..., DictConfig]) -> None:
    fitting = ("tricks=[pacgan]", "tricks.pacgan.m=2", "system.accumulate=2", "data.batch_size=8")
    assert assemble(composed(*VANILLA, *fitting)).system.game.pack == 2


# ---- what a part finds impossible -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (("optimizer.discriminator.lr=-1",), "optimizer.discriminator.lr=-1 is not valid"),
        (("optimizer.generator.betas=[0.5,1.5]",), "optimizer.generator: Invalid beta parameter at index 1: 1.5"),
        (("model=dcgan", "data.image_size=30"), "network=dcgan cannot reach 30×30"),
        (("model=dcgan", "data=gaussians"), "network=dcgan makes images"),
        (("+tricks.ema=3",), "tricks.ema must be a mapping with a _target_, got 3"),
        (  # what no annotation forbids, and a constructor does
            ("+callbacks.mine._target_=textwrap.fill", "+callbacks.mine.text=x", "+callbacks.mine.width=0"),
            "callbacks.mine: invalid width 0",
        ),
    ],
)
def test_the_sentence_names_the_key(composed: Callable[..., DictConfig], settings: tuple[str, ...], said: str) -> None:
    small = () if settings[0].startswith("model=") else VANILLA
    assert said in refusal(composed(*small, *settings))


def test_a_network_speaks_of_the_key_that_sets_the_size_of_this_data(composed: Callable[..., DictConfig]) -> None:
    """It knows what sizes it takes; how this data is told its own is the data's."""
    said = refusal(composed("model=pix2pix", "data=degraded", "network=cyclegan", "data.of.image_size=30"))
    assert "data.of.image_size=32" in said
    assert "data.image_size" not in said


def test_a_whole_number_among_betas_is_a_float(composed: Callable[..., DictConfig]) -> None:
    system = assemble(composed(*VANILLA, "optimizer.betas=[0,0.99]")).system
    assert system.configure_optimizers()[0]["optimizer"].param_groups[0]["betas"] == (0.0, 0.99)


# ---- names of classes -----------------------------------------------------------------------------------------------


def test_data_of_ones_own_may_name_its_classes() -> None:
    assert names_of(Arrays(num_classes=2)) is None
    assert names_of(Arrays(num_classes=2, names=["cat", "dog"])) == ("cat", "dog")
    for names in (["cat"], ["cat", "cat"]):
        with pytest.raises(ConfigError, match=r"Arrays\.class_names are .* num_classes is 2: give each class a name"):
            names_of(Arrays(num_classes=2, names=names))


DENOISING = ("model=denoising", "data=degraded", "data@data.of=digits", "network.width=2", "network.layers=1")


@pytest.mark.parametrize("overrides", [("data=digits",), DENOISING])
def test_a_system_knows_the_names_of_its_classes(composed: Callable[..., DictConfig], overrides: Sequence[str]) -> None:
    experiment = assemble(composed(*overrides, "metrics=none", "features=none"))
    assert experiment.system.origin.class_names == tuple("0123456789")
    with pytest.raises(ValueError, match="it is not the data of this run"):
        experiment.data.keep_classes(["a", "b"])
