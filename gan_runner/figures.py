"""What a logged figure is called, and what its name tells: names are put together and taken apart here alone.

<player>/<game>/<figure>                    discriminator/gan/accuracy_real, generator/gan/adversarial
<player>/<figure>                           generator/cycle_a, discriminator/gradient_norm: of all games
<source>/<game>/…                           tricks/gan/growing/pixels, monitor/gan/state, equilibrium/gan/accuracy
evaluation/<scalar>/<extractor>/<samples>   evaluation/frechet/classifier_digits/180, then a control, if it is one
evaluation/<scalar>/<answer>/<samples>      evaluation/auroc/elbo/10000, of a system that is asked; or a baseline's name
"""

import re
from collections.abc import Iterable, Sequence

EVALUATION = "evaluation"
CONTROLS = ("real", "identity", "colour", "median", "soft_threshold")
"""What stood in the place of what the generator made: as many other reals; for translations the source as it is, and in
the other domain's colours, or what filters make of it.
"""
BASELINES = ("nearest", "nearest_over_norm", "components30", "pixel_sum")
"""What stands in the place of <extractor> where no model was asked how odd an image is (metrics/odd_baselines.py)."""


def build(*parts: str | int) -> str:
    return "/".join(map(str, parts))


def split(name: str) -> list[str]:
    return name.split("/")


def source_of(name: str) -> str:
    """A player, "tricks", "monitor", "evaluation", …"""
    return split(name)[0]


def game_of(name: str) -> str | None:
    """The game that a figure of training is about; None for one of all games, and for what an evaluation found."""
    parts = split(name)
    return parts[1] if len(parts) > 2 and parts[0] != EVALUATION else None


def word_of(name: str) -> str:
    """What is measured: accuracy_real; of an evaluation's figures the scalar, frechet."""
    parts = split(name)
    return parts[1] if parts[0] == EVALUATION else parts[-1]


def is_of_all_games(name: str) -> bool:
    """Whether it is <player>/<figure>."""
    return len(split(name)) == 2


def logged(scalar: str) -> str:
    """A scalar of a report, <scalar>/<extractor>/<samples>, as it is logged."""
    return build(EVALUATION, scalar)


def reported(name: str) -> str:
    """The inverse of `logged`."""
    return name.removeprefix(build(EVALUATION, ""))


def is_measured(name: str) -> bool:
    """Whether an evaluation found it."""
    return source_of(name) == EVALUATION


def scalar_of(name: str) -> str:
    """The first word of a report's scalar: frechet of frechet/classifier_digits/2500."""
    return split(name)[0]


def control_of(name: str) -> str | None:
    """What stood in the place of what the generator made, or of what the system says; None where nothing did."""
    last = split(name)[-1]
    return last if last in CONTROLS else baseline_of(name)


def baseline_of(name: str) -> str | None:
    """The baseline that a figure is of; None of any other."""
    found = split(name)[-2:-1]
    return found[0] if found and found[0] in BASELINES else None


OF_CLASSES = ("auroc", "class_frechet")
"""Scalars that are found of each class: <scalar>_<class>, beside <scalar>_mean and <scalar>_worst."""
OVER_CLASSES = ("mean", "worst")


def class_of(word: str) -> tuple[str, str] | None:
    """What is measured and of which class, where a scalar is of one: ("auroc", "3") of auroc_3; else None."""
    for scalar in OF_CLASSES:
        kind = word.removeprefix(f"{scalar}_")
        if kind not in (word, "", *OVER_CLASSES):
            return scalar, kind
    return None


def is_of_one_class(name: str) -> bool:
    """Whether it is one of many, a figure of each class: auroc_3 beside auroc_mean and auroc_worst."""
    return class_of(word_of(name if is_measured(name) else logged(name))) is not None


def words_of(names: Sequence[str], labels: Iterable[int]) -> list[str]:
    """The classes of these labels as parts of a figure's name: by their numbers where names would not tell them apart.

    names: of all classes.
    """
    words = [re.sub(r"[^\w.-]+", "_", name) for name in names]
    taken = {word for word in words if words.count(word) > 1} | {*OVER_CLASSES}
    return [str(label) if words[label] in taken else words[label] for label in labels]


def count_of(name: str) -> int | None:
    """At how many samples an evaluation's figure was found, on either side; None for other figures."""
    parts = split(name)
    count = parts[-2:-1] if parts[-1] in CONTROLS else parts[-1:]
    return int(count[0]) if count and count[0].isdecimal() else None


def is_control(name: str) -> bool:
    return control_of(name) is not None


DIRECTIONS = ("a2b", "b2a")
"""What the scalars of a translation begin with."""


def meant(asked: str, names: Iterable[str]) -> list[str]:
    """The figures that a name may mean: that very figure, else those that its short form is of.

    Short is evaluation/modes_kl, modes_kl/points/2500 and modes_kl for evaluation/modes_kl/points/2500, frechet for
    evaluation/a2b_frechet/…, and accuracy_real or gan/accuracy_real for discriminator/gan/accuracy_real. A part `*` of
    a name stands for any; a control is meant by its full name alone.
    """
    known = list(names)
    if asked in known:
        return [asked]
    samples = [name for name in known if not is_control(name)]
    short = [split(asked), *(split(f"{way}_{asked}") for way in DIRECTIONS)]
    return [name for name in samples if any(_is_short(parts, split(name)) for parts in short)]


def _is_short(asked: list[str], parts: list[str]) -> bool:
    if parts[0] != EVALUATION:
        return asked == parts[-len(asked) :]
    return any(
        len(asked) <= len(rest) and all(part in ("*", word) for word, part in zip(asked, rest, strict=False))
        for rest in (parts, parts[1:])
    )


HEADLINES = (
    "modes_covered", "modes_high_quality", "modes_kl", "classes_covered", "class_kl", "frechet", "coverage", "l1",
    "cycle", "auroc",
)  # fmt: skip
"""What runs are compared by where nobody says which figure counts."""


def is_headline(name: str) -> bool:
    """Whether an evaluation's figure is one of these, in any direction."""
    return is_measured(name) and _headline(name) in HEADLINES


SMALL_IS_GOOD = ("modes_kl", "class_kl", "frechet", "l1", "cycle")
"""Headlines that are the better the smaller they are."""


def by_weight(names: Iterable[str]) -> list[str]:
    """Figures in the order in which they matter: headlines as above, what else was measured, what it is compared
    with, and the game's own.
    """

    def weight(name: str) -> tuple[int, int]:
        if not is_measured(name):
            return 3, 0
        if is_control(name):
            return 2, 0
        return (0, HEADLINES.index(_headline(name))) if is_headline(name) else (1, 0)

    return sorted(names, key=weight)


def main_of(names: Iterable[str]) -> str | None:
    """The figure that tells most of a run; None where nothing was measured."""
    first = next(iter(by_weight(names)), None)
    return first if first is not None and is_measured(first) and not is_control(first) else None


def _headline(name: str) -> str:
    """The word that HEADLINES would have of it."""
    way, _, rest = word_of(name).partition("_")
    return rest if way in DIRECTIONS else word_of(name)
