"""Words without a key, and what is said of them."""

from collections.abc import Callable

import pytest

from fixtures.small_runs import Outcome
from gan_runner.cli.bare import told_of_bare


@pytest.mark.parametrize(
    ("command", "typed", "meant"),
    [
        ("train", "lesson/collapse", "experiment=lesson/collapse"),
        ("train", "collapse", "experiment=lesson/collapse"),
        ("train", "experiment/ring/gan", "experiment=ring/gan"),
        ("train", "tricks/ema", "tricks=[ema]"),
        ("train", "wgan_gp", "model=wgan_gp"),
        ("train", "mse", "loss=least_squares"),
        ("train", "semilla", "seed"),
        ("train", "model vanilla", "model=vanilla"),
        ("train", "tricks ema", "tricks=[ema]"),
        ("train", "model seed=1", "gan-train --help model"),
        ("train", "help", "gan-train --help"),
        ("sample", "last", "run=last"),
        ("evaluate", "outputs/runs/dcgan-digits", "run=outputs/runs/dcgan-digits"),
    ],
)
def test_what_a_word_without_a_key_may_mean(command: str, typed: str, meant: str) -> None:
    words = typed.split()
    assert told_of_bare(command, words[0], words) == f"{words[0]!r} has no key: give key=value (did you mean {meant}?)"


@pytest.mark.parametrize(("command", "word"), [("train", "qwertz"), ("runs", "qwertz")])
def test_a_word_that_nobody_knows(command: str, word: str) -> None:
    assert told_of_bare(command, word, [word]) == f"{word!r} has no key: give key=value"


def test_the_command_says_so(gan_train: Callable[..., Outcome]) -> None:
    outcome = gan_train("lesson/collapse", "seed=1")
    assert outcome.code == 1
    assert "did you mean experiment=lesson/collapse?" in outcome.err
