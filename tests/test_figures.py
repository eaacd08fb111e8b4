"""What the names of figures tell."""

import pytest

from gan_runner import figures

TRAINED, TOLD, FOUND = "generator/gan/adversarial", "tricks/a2b/growing/pixels", "evaluation/a2b_l1/pixels/9"


@pytest.mark.parametrize(
    ("name", "source", "game", "word", "measured", "of_all_games"),
    [
        (TRAINED, "generator", "gan", "adversarial", False, False),
        ("generator/cycle_a", "generator", None, "cycle_a", False, True),
        ("discriminator/gradient_norm", "discriminator", None, "gradient_norm", False, True),
        (TOLD, "tricks", "a2b", "pixels", False, False),
        ("monitor/gan/state", "monitor", "gan", "state", False, False),
        (FOUND, "evaluation", None, "a2b_l1", True, False),
        ("evaluation/frechet/classifier_digits/2500/real", "evaluation", None, "frechet", True, False),
        ("images_per_second", "images_per_second", None, "images_per_second", False, False),
    ],
)
def test_a_name_tells(name: str, source: str, game: str | None, word: str, measured: bool, of_all_games: bool) -> None:
    assert figures.build(*figures.split(name)) == name
    assert figures.source_of(name) == source
    assert figures.game_of(name) == game
    assert figures.word_of(name) == word
    assert figures.is_measured(name) is measured
    assert figures.is_of_all_games(name) is of_all_games


def test_a_scalar_of_a_report_is_logged_under_evaluation() -> None:
    scalar = figures.build("frechet", "classifier_digits", 2500)
    assert scalar == "frechet/classifier_digits/2500"
    assert figures.scalar_of(scalar) == figures.word_of(figures.logged(scalar)) == "frechet"


def test_a_logged_name_becomes_that_of_a_report_again() -> None:
    assert figures.reported(figures.logged("frechet/x/9")) == "frechet/x/9"


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("frechet/classifier_digits/180", 180),
        ("frechet/random_conv64/180/real", 180),
        ("evaluation/a2b_l1/pixels/149/colour", 149),
        ("generator/gan/adversarial", None),
        ("images_per_second", None),
    ],
)
def test_a_name_tells_at_how_many_samples(name: str, count: int | None) -> None:
    assert figures.count_of(name) == count


def test_controls_are_told_by_their_endings() -> None:
    told = {
        "frechet/extractor/9/real": "real",
        "a2b_l1/pixels/9/identity": "identity",
        "a2b_l1/pixels/9/colour": "colour",
        "identity_a/pixels/9": None,
        "x/real/9": None,
    }
    assert {name: figures.control_of(name) for name in told} == told
    assert {name: figures.is_control(name) for name in told} == {name: bool(control) for name, control in told.items()}
