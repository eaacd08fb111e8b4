"""Remedies: overrides that compose and assemble with what they are added to, and nothing that is on already."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from omegaconf import OmegaConf

from fixtures import composing, noise_pairs, recipes
from gan_runner.assemble import assemble, build_system
from gan_runner.losses.non_saturating import NonSaturating
from gan_runner.monitoring.diagnosis import STATES
from gan_runner.monitoring.remedies import remedies
from gan_runner.networks import dcgan

RING = ("model=vanilla", "data=ring", "data.num_samples=200", "network.generator.hidden=[8]", "metrics=none")
IMAGES = ("data.image_size=8", "network.width=4")
CONFIGURATIONS = [
    RING, (*RING, "loss=wasserstein", "tricks=[weight_clipping]"), ("model=dcgan", *IMAGES),
    ("model=dcgan", *IMAGES, "tricks=[latent_regression]"), ("model=r3gan", *IMAGES, "network.group_width=4"),
]  # fmt: skip
MORE = [
    (*RING, "tricks=[spectral_norm]", "loss=hinge"), (*RING, "system.generator_steps=3", "loss.label_smoothing=0.1"),
    (*RING, "data.batch_size=5"), ("model=cgan", *IMAGES), ("model=wgan_gp", *IMAGES), ("model=wgan", *IMAGES),
    ("model=sngan", *IMAGES), ("model=dragan", *IMAGES), ("model=lsgan", *IMAGES, "tricks=[ada,ema,mode_seeking]"),
    ("model=dcgan", *IMAGES, "tricks=[pacgan,minibatch_stddev]"), ("model=dcgan", *IMAGES, "optimizer=sgd"),
]  # fmt: skip


@cache
def configuration(*overrides: str) -> dict[str, Any]:
    config: Any = OmegaConf.to_container(composing.composed(*overrides, "paths.run=unused"), resolve=True)
    return dict(config)


def changed(config: dict[str, Any], **groups: dict[str, Any]) -> dict[str, Any]:
    """A configuration with other values in some of its groups."""
    return config | {group: config[group] | values for group, values in groups.items()}


@pytest.mark.parametrize("overrides", CONFIGURATIONS, ids=" ".join)
def test_all_remedies_together_make_a_game(overrides: tuple[str, ...]) -> None:
    found = {remedy for state in STATES[1:] for remedy in remedies(state, configuration(*overrides))}
    keys = {override.split("=")[0]: override for remedy in found for override in remedy.split()}
    assert len(keys) > 4
    build_system(configuration(*overrides, *keys.values()), (2,) if overrides == RING else (1, 8, 8), 10)


@pytest.mark.parametrize("model", recipes.TRANSLATING)
def test_all_remedies_of_a_translation_together_make_a_game(composed: Callable[..., Any], model: str) -> None:
    config = configuration(f"model={model}", *noise_pairs.TRANSLATING)
    keys = {key.split("=")[0]: key for s in STATES[1:] for remedy in remedies(s, config) for key in remedy.split()}
    assert len(keys) > 4
    assemble(composed(f"model={model}", *noise_pairs.TRANSLATING, *keys.values()))


@pytest.mark.parametrize("model", ["vae", "ganomaly", "f_anogan"])
def test_where_no_game_is_watched_steps_of_those_who_move_become_smaller(model: str) -> None:
    width = () if model == "vae" else ("network.width=4",)
    settings = (f"model={model}", *width, "init_from=unused")
    found = remedies("diverged", configuration(*settings))
    assert found[0] == {"vae": "optimizer.lr=0.0001", "ganomaly": "optimizer.lr=2e-05"}.get(model, "optimizer.lr=5e-06")
    assert ("+tricks@tricks.ema=ema" in found) == (model != "f_anogan")
    build_system(configuration(*settings, *found), (1, 32, 32), 10)


def test_a_game_of_codes_is_told_nothing_of_images() -> None:
    """Codes that are all alike need more of what tells images apart."""
    config = configuration("model=aae", "data.image_size=8", "network.hidden=[8]", "system.reconstruction=0.2")
    found = {state: remedies(state, config) for state in STATES[1:]}
    assert found["collapsed"][0] == found["collapsing"][0] == "system.reconstruction=2"
    assert "+tricks@tricks.instance_noise=instance_noise" in found["discriminator too strong"]
    every = {remedy for told in found.values() for remedy in told}
    assert not [remedy for remedy in every if "augment" in remedy or "mode_seeking" in remedy or "norm=" in remedy[:9]]
    keys = {override.split("=")[0]: override for remedy in every for override in remedy.split()}
    system = build_system(configuration("model=aae", "network.hidden=[8]", *keys.values()), (1, 8, 8), 10)
    assert set(system.game.tricks) >= {"r1", "spectral_norm", "instance_noise", "ema"}  # type: ignore[attr-defined]


def test_damaged_images_are_images_whose_size_the_other_set_says(composed: Callable[..., Any]) -> None:
    small = ("data.of.image_size=16", "data.batch_size=4", "network.width=2", "network.layers=1", "metrics=none")
    config = configuration("model=inpainting", *small)
    assert "+tricks@tricks.diff_augment=diff_augment" in remedies("discriminator too strong", config)
    assert not any("unrolled" in remedy for remedy in remedies("collapsed", config))  # dear, and for points
    keys = {key.split("=")[0]: key for s in STATES[1:] for remedy in remedies(s, config) for key in remedy.split()}
    assemble(composed("model=inpainting", "data=degraded", *small, *keys.values()))


@pytest.mark.slow
@pytest.mark.parametrize("overrides", [*CONFIGURATIONS, *MORE], ids=" ".join)
def test_each_remedy_assembles(composed: Callable[..., Any], overrides: tuple[str, ...]) -> None:
    for remedy in {remedy for state in STATES[1:] for remedy in remedies(state, configuration(*overrides))}:
        assemble(composed("data=digits", *overrides, *remedy.split()))


@pytest.mark.parametrize("state", STATES[1:])
def test_what_is_on_is_not_recommended(state: Any) -> None:
    config = configuration(*RING)
    without = remedies(state, config)
    added = [remedy for remedy in without if remedy.startswith("+tricks")]
    on = {remedy.split("=")[-1]: {"_target_": "there"} for remedy in added}
    assert remedies(state, config | {"tricks": on}) == [remedy for remedy in without if remedy not in added]


def test_what_helps_against_a_collapse() -> None:
    config = configuration(*RING)
    assert remedies("collapsed", config) == remedies("collapsing", config) == [
        "+tricks@tricks.pacgan=pacgan", "+tricks@tricks.minibatch_stddev=minibatch_stddev",
        "+tricks@tricks.minibatch_discrimination=minibatch_discrimination", "+tricks@tricks.mode_seeking=mode_seeking",
        "+tricks@tricks.unrolled=unrolled", "+tricks@tricks.spectral_norm=spectral_norm", "+tricks@tricks.r1=r1",
        "optimizer.generator.lr=0.0001", "system.discriminator_steps=2",
    ]  # fmt: skip
    for lone in (changed(config, data={"batch_size": 5}), changed(config, network={"conditional": True})):
        assert not any("pacgan" in remedy for remedy in remedies("collapsed", lone))


def test_a_penalty_comes_with_the_norm_it_needs() -> None:
    config = configuration("model=dcgan")
    assert "+tricks@tricks.r1=r1 network.discriminator.norm=layer" in remedies("collapsed", config)
    config["network"]["discriminator"]["norm"] = "none"
    assert "+tricks@tricks.r1=r1" in remedies("collapsed", config)
    critic = changed(config, loss={"_target_": "gan_runner.losses.wasserstein.Wasserstein"})
    assert "+tricks@tricks.gradient_penalty=gradient_penalty" in remedies("diverged", critic)


def test_it_is_the_parts_that_say_what_suits_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not what their classes are called."""
    config = configuration("model=dcgan", *IMAGES)
    norm, penalty = "+tricks@tricks.spectral_norm=spectral_norm", "+tricks@tricks.gradient_penalty=gradient_penalty"
    stddev = "+tricks@tricks.minibatch_stddev=minibatch_stddev"
    plain = remedies("collapsed", config)
    assert norm in plain
    assert stddev in plain
    monkeypatch.setattr(NonSaturating, "is_critic", True)
    monkeypatch.setattr(dcgan.Discriminator, "judges_patches", True, raising=False)
    monkeypatch.setattr(dcgan.Discriminator, "starts_at_zero", True, raising=False)
    told = remedies("collapsed", config)
    assert not {norm, stddev} & set(told)
    assert any(remedy.startswith(penalty) for remedy in told)


def test_who_is_too_strong_is_weakened() -> None:
    config = configuration(*RING)
    assert remedies("discriminator too strong", config)[:3] == [
        "optimizer.discriminator.lr=0.0001", "system.generator_steps=2", "loss.label_smoothing=0.1"
    ]  # fmt: skip
    often = changed(config, system={"discriminator_steps": 3}, loss={"label_smoothing": 0.1})
    assert remedies("discriminator too strong", often)[1] == "system.discriminator_steps=2"
    assert remedies("generator too strong", often) == [
        "optimizer.generator.lr=0.0001", "system.discriminator_steps=4", "loss.label_smoothing=0"
    ]  # fmt: skip


def test_a_generator_whose_gradient_has_vanished_is_told_another_loss_first() -> None:
    config = configuration(*RING, "loss=minimax")
    for state in ("discriminator too strong", "collapsing", "collapsed"):
        assert remedies(state, config, vanished=True)[0] == "loss=non_saturating"  # type: ignore[arg-type]
    assert remedies("discriminator too strong", config)[0] == "loss=non_saturating"
    assert "loss=non_saturating" not in remedies("collapsed", config)
    build_system(configuration(*RING, "loss=non_saturating"), (2,), None)
    for other in (("loss=non_saturating",), ("loss=minimax", "tricks=[feature_matching]")):
        found = remedies("discriminator too strong", configuration(*RING, *other), vanished=True)
        assert "loss=non_saturating" not in found


def test_divergence_takes_smaller_steps() -> None:
    assert remedies("diverged", configuration(*RING))[:3] == [
        "optimizer.generator.lr=2e-05 optimizer.discriminator.lr=2e-05", "system.gradient_clip.generator=1",
        "system.gradient_clip.discriminator=1",
    ]  # fmt: skip


def test_a_system_of_ones_own_gets_words() -> None:
    assert remedies("collapsed", {}) == remedies("diverged", {}) != []


@pytest.mark.parametrize(("likelihood", "learned"), [("gaussian", "sigma"), ("laplace", "scale")])
def test_a_spread_that_is_given_may_be_learned(likelihood: str, learned: str) -> None:
    config = configuration("model=vae", f"likelihood={likelihood}")
    assert f"likelihood.{learned}=learned" in remedies("posterior collapsed", config)
