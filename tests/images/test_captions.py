"""Captions: one short name for a figure, an arrow, and no two alike in a table."""

from itertools import combinations

import pytest

from gan_runner.figures import HEADLINES, logged
from gan_runner.images import captions
from gan_runner.images.captions import (
    STATES,
    TEN,
    aligned,
    arrowed,
    beside_real,
    caption_of,
    curve,
    headings,
    hexadecimal,
    key,
    short,
)
from gan_runner.monitoring.diagnosis import STATES as OF_THE_MONITOR


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("evaluation/modes_covered/points/500", "modes ↑"),
        ("modes_high_quality/points/500", "on a mode ↑"),
        ("evaluation/modes_kl/points/500", "KL ↓"),
        ("evaluation/a2b_l1/pixels/9", "A→B L1 ↓"),
        ("b2a_frechet/classifier_digits/9", "B→A Fréchet ↓"),
        ("evaluation/diversity/x/9", "diversity → 1"),
        ("auroc/elbo/180", "AUROC by elbo ↑"),
        ("auroc_worst/nearest/180", "AUROC, worst by nearest ↑"),
        ("auroc_cat/elbo/180", "AUROC, cat by elbo ↑"),
        ("ms_ssim3/pixels/9", "likeness of pairs"),
        ("ssim_excess/pixels/9", "likeness of pairs, excess → 0"),
        ("a2b_ssim/pixels/9", "A→B SSIM ↑"),
        ("ssim/reconstructed/9", "SSIM ↑"),
        ("class_frechet_two_words/x/9", "Fréchet, two_words ↓"),
        ("class_frechet_worst/x/9", "Fréchet by class, worst ↓"),
        ("generator/gan/adversarial", "generator/gan/adversarial"),
        ("gap", "gap"),
        ("evaluation/of_my_own/x/9", "evaluation/of_my_own/x/9"),
    ],
)
def test_a_short_name_says_which_way_is_better(name: str, told: str) -> None:
    assert arrowed(name) == told
    assert told.startswith(short(name))


def test_every_figure_that_runs_are_compared_by_has_a_caption() -> None:
    assert not [word for word in HEADLINES if caption_of(logged(word)) is None]


def test_a_metric_of_the_project_has_a_caption_for_each_of_its_figures() -> None:
    """Those that a class names; others are called by what they ask."""
    from importlib import import_module
    from pkgutil import iter_modules

    import gan_runner.metrics as metrics

    gives = {
        word.partition("/")[0]
        for module in iter_modules(metrics.__path__)
        for kind in vars(import_module(f"gan_runner.metrics.{module.name}")).values()
        if isinstance(kind, type)
        for word in (*getattr(kind, "gives", ()), *getattr(kind, "scores", ()))
        if isinstance(word, str)
    }
    assert {"frechet", "modes_kl", "memorized", "squared_error"} <= gives
    assert not sorted(word for word in gives - {"identity"} if caption_of(word) is None)


def test_headings_are_never_alike() -> None:
    of_points = "evaluation/modes_kl/points/500"
    assert headings([of_points]) == {of_points: "KL ↓"}
    names = ["evaluation/coverage/x/12", "evaluation/coverage/x/15", "evaluation/coverage/y/15"]
    assert list(headings(names).values()) == ["coverage (of 12) ↑", "coverage (x, 15) ↑", "coverage (y, 15) ↑"]
    assert headings(["gap", "other"]) == {"gap": "gap", "other": "other"}


def test_the_key_has_full_names_beside_short_ones() -> None:
    (line,) = key(["evaluation/modes_covered/points/500", "gap"])
    assert line == (
        "- modes ↑: `evaluation/modes_covered/points/500`, modes with at least one sample near their centre"
    )


def test_real_data_stands_beside() -> None:
    assert (beside_real("7.5 ± 0.5", "8"), beside_real("7.5", None)) == ("7.5 ± 0.5 (real 8)", "7.5")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("generator/gan/adversarial", "loss of G"),
        ("discriminator/gan/D_real", "D(real)"),
        ("discriminator/gradient_norm", "gradient of D"),
        ("discriminator/gan/r1", "r1 of D"),
        ("autoencoder/kl", "kl"),
    ],
)
def test_curves_have_the_letters_of_the_players(name: str, told: str) -> None:
    assert curve(name) == told


def test_cells_stand_below_each_other() -> None:
    assert aligned([("a", "bb", "c"), ("aaa", "b", "")]) == ["a    bb  c", "aaa  b"]
    assert aligned([]) == []


# ---- colours --------------------------------------------------------------------------------------------------------

# How a dichromat sees linear RGB: Machado, Oliveira & Fernandes 2009, table of severity 1.
DEUTERANOPE = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))
PROTANOPE = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))


def seen(colour: tuple[int, int, int], by: tuple[tuple[float, ...], ...]) -> list[float]:
    """CIE L*a*b* of what is seen."""
    linear = [(c / 255 / 12.92) if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    red, green, blue = (min(1.0, max(0.0, sum(a * b for a, b in zip(row, linear, strict=True)))) for row in by)
    xyz = (
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


@pytest.mark.parametrize("by", [DEUTERANOPE, PROTANOPE], ids=["deuteranope", "protanope"])
@pytest.mark.parametrize(
    "colours",
    [
        (captions.REAL, captions.FAKE),
        (captions.LOOKS_REAL, captions.LOOKS_FAKE),
        (captions.LOOKS_REAL, captions.REAL),
        (captions.LOOKS_FAKE, captions.FAKE),
        (captions.GENERATOR, captions.DISCRIMINATOR),
        TEN,
    ],
    ids=["points", "surface", "reals on it", "fakes on it", "players", "classes"],
)
def test_colours_are_told_apart_without_red_or_green(
    colours: tuple[tuple[int, int, int], ...], by: tuple[tuple[float, ...], ...]
) -> None:
    """By a distance of 10 in L*a*b*, four times what is just seen."""
    for one, other in combinations([seen(colour, by) for colour in colours], 2):
        assert sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 > 10


def test_every_state_of_the_monitor_has_a_colour() -> None:
    assert set(STATES) == set(OF_THE_MONITOR)


def test_colours_as_matplotlib_takes_them() -> None:
    assert hexadecimal((0, 114, 178)) == "#0072b2"
