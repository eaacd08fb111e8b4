"""Words of slides, tutorials and other languages: each leads to what is there, and none stands in the way of ours."""

import re
from functools import cache

import pytest
from omegaconf import OmegaConf

from fixtures import composing
from gan_runner.config import words
from gan_runner.config.described import described, names_of
from gan_runner.config.options import CONFIGS, groups, lines, options
from gan_runner.config.plain import plain_config
from gan_runner.config.schema import by_source, check
from gan_runner.config.words import KEYS, OPTIONS, meanings, meant_by_key, meant_by_option, meant_elsewhere, plain

SETTINGS = [ours for ours in KEYS if "=" in ours]
SETTINGS += [ours if "=" in ours else words.chosen(group, ours) for group, table in OPTIONS.items() for ours in table]


@cache
def own_keys() -> frozenset[str]:
    """Those of gan-train that are no group."""
    return frozenset(line.partition(":")[0] for line in lines("train") if re.match(r"\w+:", line))


@cache
def known_keys() -> frozenset[str]:
    """Every key that some option has, by its whole name."""
    found = {key for group in [*groups("train"), "paths"] for one in options(CONFIGS / group)
             for key in described(group, one).keys}  # fmt: skip
    return own_keys() | found


@pytest.mark.parametrize("ours", [ours for ours in KEYS if "=" not in ours])
def test_what_a_key_is_called_here_is_there(ours: str) -> None:
    assert ours in known_keys() or ours in groups("train")


@pytest.mark.parametrize("ours", dict.fromkeys(SETTINGS))
def test_settings_compose_and_are_right(ours: str) -> None:
    for alternative in ours.split(" or "):
        group, _, option = alternative.partition("=")
        if option.strip("[]") in names_of(group):
            continue  # tests/test_layout.py composes it
        words_of = alternative.replace("<folder>", "photos").replace("<value>", "3").split()
        given = [word for word in words_of if "=" in word]  # of "latent or tricks=[…]" the group is there
        config = composing.composed(*given, "paths.run=unused")
        roots = [f"{key}=photos" for key in OmegaConf.missing_keys(config)]  # left to whoever plays it
        check(plain_config(composing.composed(*given, *roots, "paths.run=unused")), by_source)


def test_no_word_hides_what_has_that_name_here() -> None:
    keys = [plain(word) for told in KEYS.values() for word in told.split()]
    assert len(keys) == len(set(keys))
    assert not set(keys) & (own_keys() | set(groups("train")))
    for group, table in OPTIONS.items():
        told = [plain(word) for words_of in table.values() for word in words_of.split()]
        assert len(told) == len(set(told)), group
        assert not set(told) & set(options(CONFIGS / group)), group


def test_every_word_is_written_as_it_is_looked_up() -> None:
    told = [word for table in (KEYS, *OPTIONS.values()) for words_of in table.values() for word in words_of.split()]
    assert [word for word in told if plain(word) != word] == ["lambda_"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lr=0.001", "optimizer.lr"),
        ("batch_size=32", "data.batch_size"),
        ("epochs=10", "trainer.max_epochs=10 trainer.max_steps=-1"),
        ("épocas=10", "trainer.max_epochs=10 trainer.max_steps=-1"),
        ("n_critic=5", "system.discriminator_steps"),
        ("latent regularisation=1", "tricks=[latent_regression]"),
        ("perdida=minimos_cuadrados", "loss=least_squares"),
        ("pérdida=mínimos-cuadrados", "loss=least_squares"),
        ("pérdida=minimax", "loss=minimax"),
        ("datos=mnist", "data=mnist"),
        ("datos=dígitos", "data=digits"),
        ("modelo=gan", "model=vanilla"),
        ("red=convolucional", "network=dcgan"),
        ("ruido=0.1", "latent or tricks=[instance_noise]"),
        ("tasa_de_aprendizaje=0.1", "optimizer.lr"),
        ("trucos=[ema,ruido]", "tricks=[ema,instance_noise]"),
        ("trucos=[ema,xyzzy]", "tricks"),
        ("optimizer.learning_rate=1", "optimizer.lr"),
        ("pacgan=true", "tricks=[pacgan]"),
        ("minimax=1", "loss=minimax"),
        ("mínimos cuadrados=1", "loss=least_squares"),
        ("tricks.pacgan=1", None),
        ("xyzzy=1", None),
    ],
)
def test_what_is_meant_by_a_key(typed: str, meant: str | None) -> None:
    key, _, value = typed.partition("=")
    assert meant_by_key(key, value) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("loss=bce", "loss=non_saturating"),
        ("loss=BCELoss", "loss=non_saturating"),
        ("loss=wgan", "loss=wasserstein"),
        ("loss=wgan-gp", "loss=wasserstein tricks=[gradient_penalty]"),
        ("loss=mse", "loss=least_squares"),
        ("loss=Hinge", "loss=hinge"),
        ("model=gan", "model=vanilla"),
        ("model=WGAN-GP", "model=wgan_gp"),
        ("tricks=dropout", "network=mlp network.discriminator.dropout=0.3"),
        ("tricks=latent_regularisation", "tricks=[latent_regression]"),
        ("data=8gaussians", "data=ring"),
        ("metrics=fid", "metrics=[frechet]"),
        ("loss=xyzzy", None),
    ],
)
def test_what_is_meant_by_an_option(typed: str, meant: str | None) -> None:
    group, _, option = typed.partition("=")
    assert meant_by_option(group, option) == meant


def test_an_option_may_be_another_groups() -> None:
    assert meant_elsewhere("minimax") == "loss=minimax"
    assert meant_elsewhere("EMA") == "tricks=[ema]"
    assert meant_elsewhere("xyzzy") is None


def test_a_word_may_stand_for_several_things() -> None:
    assert meanings("mse") == ["loss=least_squares", "likelihood=gaussian"]
    assert meanings("latent regularisation") == ["tricks=[latent_regression]"]
    assert meanings("xyzzy") == []
