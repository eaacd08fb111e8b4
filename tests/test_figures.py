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


KNOWN = [
    "discriminator/gan/adversarial", "generator/gan/adversarial", "discriminator/gan/accuracy_real", "generator/l1",
    "generator/gradient_norm", "evaluation/modes_kl/*/2500", "evaluation/a2b_frechet/classifier_digits/120",
    "evaluation/a2b_frechet/classifier_digits/120/real", "evaluation/b2a_cycle/*/*", "evaluation/a2b_cycle/*/*",
    "evaluation/a2b_l1/pixels/120",
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("generator/gan/adversarial", ["generator/gan/adversarial"]),
        ("adversarial", ["discriminator/gan/adversarial", "generator/gan/adversarial"]),
        ("accuracy_real", ["discriminator/gan/accuracy_real"]),
        ("gan/accuracy_real", ["discriminator/gan/accuracy_real"]),
        ("discriminator", []),
        ("modes_kl", ["evaluation/modes_kl/*/2500"]),
        ("modes_kl/points", ["evaluation/modes_kl/*/2500"]),
        ("modes_kl/points/2500", ["evaluation/modes_kl/*/2500"]),
        ("evaluation/modes_kl/points/2500", ["evaluation/modes_kl/*/2500"]),
        ("modes_kl/points/50", []),
        ("points", []),
        ("2500", []),
        ("frechet", ["evaluation/a2b_frechet/classifier_digits/120"]),
        ("evaluation/a2b_frechet/classifier_digits/120/real", ["evaluation/a2b_frechet/classifier_digits/120/real"]),
        ("cycle", ["evaluation/b2a_cycle/*/*", "evaluation/a2b_cycle/*/*"]),
        ("a2b_cycle", ["evaluation/a2b_cycle/*/*"]),
        ("l1", ["generator/l1", "evaluation/a2b_l1/pixels/120"]),
        ("modes_k", []),
        ("", []),
    ],
)
def test_what_a_short_name_means(asked: str, found: list[str]) -> None:
    assert figures.meant(asked, KNOWN) == found


def test_every_headline_is_given_by_a_metric() -> None:
    from gan_runner.config.options import PACKAGE

    given = " ".join(path.read_text("utf-8") for path in (PACKAGE / "metrics").glob("*.py"))
    assert [word for word in figures.HEADLINES if f'"{word}"' not in given] == []
    assert figures.is_headline("evaluation/frechet/classifier_digits/2500")
    assert figures.is_headline("evaluation/b2a_cycle/pixels/9")
    assert not figures.is_headline("evaluation/kid_std/classifier_digits/2500")
    assert not figures.is_headline("generator/l1")


@pytest.mark.parametrize(
    ("name", "baseline", "control", "count", "of_one_class"),
    [
        ("evaluation/auroc/elbo/10000", None, None, 10000, False),
        ("evaluation/auroc/nearest/10000", "nearest", "nearest", 10000, False),
        ("auroc_worst/components30/500", "components30", "components30", 500, False),
        ("evaluation/auroc_3/elbo/10000", None, None, 10000, True),
        ("auroc_Ankle_boot/elbo/10000", None, None, 10000, True),
        ("evaluation/frechet/x/9/real", None, "real", 9, False),
        ("generator/gan/adversarial", None, None, None, False),
    ],
)
def test_what_an_answer_is_compared_with(
    name: str, baseline: str | None, control: str | None, count: int | None, of_one_class: bool
) -> None:
    assert figures.baseline_of(name) == baseline
    assert figures.control_of(name) == control
    assert figures.count_of(name) == count
    assert figures.is_of_one_class(name) is of_one_class


def test_a_short_name_means_an_answer_and_never_a_baseline() -> None:
    names = ["evaluation/auroc/elbo/9", "evaluation/auroc/nearest/9", "evaluation/auroc_mean/elbo/9"]
    assert figures.meant("auroc", names) == names[:1]
    assert figures.meant("auroc/elbo", names) == names[:1]
    assert figures.is_headline(names[0])


def test_figures_that_matter_come_first() -> None:
    names = [
        "generator/gan/adversarial",
        "evaluation/frechet/c/9/real",
        "evaluation/kid/c/9",
        "evaluation/a2b_frechet/c/9",
        "evaluation/classes_covered/c/9",
    ]
    assert figures.by_weight(names) == names[::-1]
    assert figures.main_of(names) == names[-1]
    assert figures.main_of(names[:2]) is None  # a control tells nothing of a run
    assert figures.main_of([]) is None
    assert {*figures.SMALL_IS_GOOD} < {*figures.HEADLINES}


def test_classes_are_parts_of_a_name_and_never_mistaken():
    assert figures.words_of(["cat", "two words", "a/b", "a b", "mean"], [4, 0, 1, 2]) == ["4", "cat", "two_words", "2"]
    assert figures.class_of("class_frechet_two_words") == ("class_frechet", "two_words")
    assert figures.class_of("class_frechet_worst") is figures.class_of("class_frechet") is None
    assert figures.class_of("class_kl") is figures.class_of("frechet_infinity") is None
    assert figures.is_of_one_class("evaluation/class_frechet_cat/random_conv64/180/real")
