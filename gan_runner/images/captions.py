"""What figures are called where people read them, which way is better, and the colours of players, points and states.

All pictures, tables and pages read it: a figure has one short name, and real data one colour, wherever they appear. The
full names, by which settings ask for figures, are those of gan_runner.figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gan_runner.figures import (
    DIRECTIONS,
    class_of,
    control_of,
    count_of,
    is_measured,
    logged,
    reported,
    source_of,
    split,
    word_of,
)

Colour = tuple[int, int, int]

# ---- colours --------------------------------------------------------------------------------------------------------
# Told apart by people who confuse red and green: those of Okabe & Ito 2008 (jfly.uni-koeln.de/color), and two more.

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
INK, GREY, FAINT = (70, 70, 70), (150, 150, 150), (225, 225, 225)
REAL, FAKE = (0, 114, 178), (213, 94, 0)
"""Real data is blue and what was generated orange, points, curves and words alike."""
LOOKS_FAKE, LOOKS_REAL = (252, 205, 164), (164, 208, 238)
"""Places that the discriminator takes for fake and for real; white is undecided, ½."""
GENERATOR, DISCRIMINATOR = (0, 158, 115), (204, 121, 167)
TEN = (
    (0, 114, 178), (213, 94, 0), (0, 158, 115), (230, 159, 0), (204, 121, 167),
    (86, 180, 233), (0, 0, 0), (240, 228, 66), (34, 34, 136), (102, 60, 0),
)  # fmt: skip
"""Of up to ten classes."""
STATES: dict[str, Colour] = {
    "healthy": (228, 240, 228),
    "generator too strong": (240, 228, 66),
    "discriminator too strong": (86, 180, 233),
    "collapsing": (230, 159, 0),
    "collapsed": (213, 94, 0),
    "posterior collapsed": (213, 94, 0),
    "diverged": (60, 60, 60),
}
"""Of the monitor's states."""


def hexadecimal(colour: Colour) -> str:
    """As matplotlib takes it."""
    return "#" + "".join(f"{part:02x}" for part in colour)


# ---- figures --------------------------------------------------------------------------------------------------------


class Caption(NamedTuple):
    """A figure's short name, which way is better (↑ more, ↓ less, → 1: near 1), and what it says, in a line."""

    short: str
    better: str
    says: str

    @property
    def arrowed(self) -> str:
        return f"{self.short} {self.better}".rstrip()


ARROWS = "↑ more is better, ↓ less is better, → 1 best near 1"
CAPTIONS = {
    "modes_covered": Caption("modes", "↑", "modes with at least one sample near their centre"),
    "modes_high_quality": Caption("on a mode", "↑", "share of samples within three standard deviations of a mode"),
    "modes_kl": Caption("KL", "↓", "how unevenly the samples on a mode are spread over the modes; 0 is even"),
    "modes_overlap": Caption("overlap", "↑", "quality and evenness in one number; 1 is best"),
    "classes_covered": Caption("classes", "↑", "classes that at least one sample has"),
    "class_kl": Caption("KL of classes", "↓", "how unevenly the samples have the classes; 0 is even"),
    "class_sure": Caption("sure", "↑", "share of samples whose class the classifier gives more than 90 %"),
    "class_as_asked": Caption("as asked", "↑", "share of samples that have the class that was asked for"),
    "frechet": Caption("Fréchet", "↓", "distance of the samples' features from the reals', taken as normal"),
    "class_frechet_mean": Caption("Fréchet by class", "↓", "mean over the classes of the distance within each"),
    "class_frechet_worst": Caption("Fréchet by class, worst", "↓", "of the class that is farthest from its reals"),
    "nearest_as_asked": Caption(
        "nearest as asked", "↑", "share of samples whose nearest real has the class that was asked for"
    ),
    "frechet_infinity": Caption("Fréchet ∞", "↓", "the distance that infinitely many samples would have"),
    "frechet_infinity_error": Caption("Fréchet ∞ ±", "", "standard error of that, by the line it is read from"),
    "kid": Caption("KID", "↓", "kernel distance of the samples' features from the reals'"),
    "kid_std": Caption("KID ±", "", "spread of the kernel distance over random subsets"),
    "rbf_mmd": Caption("MMD", "↓", "distance of the samples' features from the reals', by a Gaussian kernel"),
    "cmmd": Caption("CMMD", "↓", "distance by a Gaussian kernel of features of length 1, times 1,000"),
    "precision": Caption("precision", "↑", "share of samples that lie among the reals (quality)"),
    "recall": Caption("recall", "↑", "share of reals that lie among the samples (variety)"),
    "density": Caption("density", "→ 1", "how closely reals lie around the samples"),
    "coverage": Caption("coverage", "↑", "share of reals with a sample near them (variety)"),
    "diversity": Caption("diversity", "→ 1", "mean distance of two samples over that of two reals"),
    "diversity_nearest": Caption(
        "diversity, nearest", "→ 1", "distance to the nearest other sample over that among reals"
    ),
    "duplicates": Caption("duplicates", "↓", "share of samples with a near twin; 0.01 is usual for reals"),
    "vendi": Caption("Vendi score", "", "how many different samples they amount to; good near that of real data"),
    "authentic": Caption(
        "authentic", "", "share of samples farther from the nearest training image than that is from its nearest other"
    ),
    "memorization_ratio": Caption("distance ratio", "→ 1", "distance to the nearest training image over that of reals"),
    "memorized": Caption("copies", "→ 0.01", "share of samples nearer to a training image than 99 % of reals are"),
    "usefulness": Caption("usefulness", "↑", "share of reals that a classifier gets right which learned from samples"),
    "usefulness_both": Caption(
        "usefulness, both", "↑", "share of reals that one gets right which learned from samples and training images"
    ),
    "accuracy": Caption("classifier right", "", "share of reals whose class the classifier that judges gets right"),
    "l1": Caption("L1", "↓", "mean absolute error beside the image it should be"),
    "psnr": Caption("PSNR", "↑", "signal-to-noise ratio beside the image it should be, in dB"),
    "ssim": Caption("SSIM", "↑", "likeness of structure in windows of 11 pixels; 1 for equal images"),
    "squared_error": Caption("squared error", "↓", "sum over the pixels of an image"),
    "cycle": Caption("cycle", "↓", "how far an image is from what comes back of it"),
    "cycle_a": Caption("cycle A", "↓", "how far an image of A is from what comes back of it"),
    "cycle_b": Caption("cycle B", "↓", "how far an image of B is from what comes back of it"),
    "identity_a": Caption("identity A", "↓", "how far an image that is of A already is from what becomes of it"),
    "identity_b": Caption("identity B", "↓", "how far an image that is of B already is from what becomes of it"),
    "nelbo": Caption("−ELBO", "↓", "nats of an image, an upper bound: reconstruction and KL"),
    "nats": Caption("reconstruction", "↓", "nats of an image when its code is known"),
    "kl_nats": Caption("KL of codes", "", "nats that the codes of an image tell"),
    "auroc": Caption("AUROC", "↑", "how surely odd images score higher than normal ones; ½ is chance"),
    "auroc_mean": Caption("AUROC, mean", "↑", "the mean over the odd classes"),
    "auroc_worst": Caption("AUROC, worst", "↑", "of the odd class that is told worst"),
    "active_units": Caption("active units", "", "numbers of a code that depend on the data"),
    "images_per_second": Caption("images per second", "↑", "speed"),
}
"""Of the last word of a figure without its direction."""
WAYS = dict(zip(DIRECTIONS, ("A→B", "B→A"), strict=True))
PLAYERS = {"generator": "G", "discriminator": "D"}
OF_A_GAME = {
    "D_real": "D(real)",
    "D_fake": "D(fake)",
    "logit_real": "critic(real)",
    "logit_fake": "critic(fake)",
    "accuracy_real": "right on real",
    "accuracy_fake": "right on fake",
    "accuracy": "right on both, lately",
}


def caption_of(name: str) -> Caption | None:
    """Of a figure of an evaluation, as it is logged or reported; None of one that nobody has named."""
    parts = split(reported(name))
    way, _, rest = parts[0].partition("_")
    word, direction = (rest, f"{WAYS[way]} ") if way in WAYS else (parts[0], "")
    known = _of_pairs(word) if _looks_at_pairs(word, parts, direction) else CAPTIONS.get(word) or _of_a_class(word)
    if known is None:
        return None
    by = f" by {parts[1]}" if word.startswith("auroc") and len(parts) > 1 else ""
    return known._replace(short=f"{direction}{known.short}{by}")


def _looks_at_pairs(word: str, parts: Sequence[str], direction: str) -> bool:
    """Whether it is metrics.ms_ssim's, which compares random pairs; with one scale it is called ssim."""
    return word.startswith("ms_ssim") or (
        word.removesuffix("_excess") == "ssim" and not direction and parts[1:2] == ["pixels"]
    )


def _of_pairs(word: str) -> Caption:
    if word.endswith("_excess"):
        return Caption("likeness of pairs, excess", "→ 0", "by how much two samples are more alike than two reals are")
    return Caption("likeness of pairs", "", "how alike random pairs of samples are, by structure (0 to 1)")


def _of_a_class(word: str) -> Caption | None:
    known = class_of(word)
    if known is None:
        return None
    scalar, kind = known
    if scalar == "auroc":
        return Caption(f"AUROC, {kind}", "↑", f"how surely {kind} scores higher")
    return Caption(f"Fréchet, {kind}", "↓", "distance of samples that were asked to be of this class from its reals")


def short(name: str) -> str:
    """The short name of a figure of an evaluation; the name itself of any other."""
    known = caption_of(name)
    return name if known is None else known.short


def arrowed(name: str) -> str:
    """The short name with its arrow."""
    known = caption_of(name)
    return name if known is None else known.arrowed


def headings(names: Iterable[str]) -> dict[str, str]:
    """Name -> short name with its arrow, no two alike: where they would be, the number of samples tells them apart, or
    what looked at them, or else the full name.
    """
    every = list(names)
    found = {name: arrowed(name) for name in every}
    for tell in (_by_samples, _by_looks, lambda name: name):
        often = Counter(found.values())
        found = {name: (heading if often[heading] == 1 else _more(name, tell(name))) for name, heading in found.items()}
    return found


def _more(name: str, what: str) -> str:
    """modes (2500) ↑; or the full name."""
    known = caption_of(name)
    if what == name or known is None:
        return name
    return known._replace(short=f"{known.short} ({what})").arrowed


def _by_samples(name: str) -> str:
    return f"of {count_of(name if is_measured(name) else logged(name))}"


def _by_looks(name: str) -> str:
    return ", ".join(split(reported(name))[1:])


def key(names: Iterable[str]) -> list[str]:
    """Markdown: for each figure that a table calls by a short name its full one, and what it says."""
    lines = []
    for name, heading in headings(names).items():
        known = caption_of(name)
        if heading != name and known is not None:
            lines.append(f"- {heading}: `{name}`, {known.says}")
    return lines


def beside_real(value: str, real: str | None) -> str:
    """A figure beside what real data has in the place of the samples."""
    return value if real is None else f"{value} (real {real})"


def of_reals(name: str) -> str:
    """The name of the same figure of real data."""
    return f"{name}/real"


def is_of_reals(name: str) -> bool:
    return control_of(name) == "real"


def curve(name: str) -> str:
    """A figure of training in the words of a legend: D(real), loss of G, gradient of D; with its game where it says."""
    source, word = source_of(name), word_of(name)
    player = PLAYERS.get(source, source)
    if word in OF_A_GAME:
        return OF_A_GAME[word]
    named = {"adversarial": f"loss of {player}", "gradient_norm": f"gradient of {player}"}
    return named.get(word, f"{word.replace('_', ' ')} of {player}" if source in PLAYERS else word.replace("_", " "))


def colour_of_state(state: str) -> Colour:
    return STATES.get(state, GREY)


def batches(count: int) -> str:
    """1 batch, 1,500 batches."""
    return f"{count:,} batch{'' if count == 1 else 'es'}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells below each other, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows)
    return [line.rstrip() for line in lines]
