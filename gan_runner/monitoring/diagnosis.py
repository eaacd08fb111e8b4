"""The state of a game, judged by the figures of its run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from math import inf, isfinite
from typing import Any, Literal, NamedTuple, get_args

from gan_runner.figures import build, control_of, game_of, is_measured, source_of, word_of
from gan_runner.monitoring.coverage import COVERAGE, quality
from gan_runner.monitoring.trends import Magnitude, Share, Vanishing, eased

State = Literal[
    "healthy", "generator too strong", "discriminator too strong", "collapsing", "collapsed", "posterior collapsed",
    "diverged",
]  # fmt: skip
STATES: tuple[State, ...] = get_args(State)
"""The mildest first; the worst one that holds is the state of the game."""
CODES: dict[State, int] = dict(zip(STATES, (0, 1, 2, 3, 4, 4, 5), strict=True))
"""As states are logged."""
VARIETY = (*COVERAGE, "recall", "diversity", "duplicates")
"""What an evaluation tells about variety; of `duplicates` the rest, the share that are none."""
GOOD = 0.5
"""The share of the reals' quality from which missing modes are missing, not unlearned."""
ACTIVE = "active_units"
"""How many numbers of its codes say anything about the data."""
MAGNITUDES = ("adversarial", "gradient_norm", "fake_scale")
"""Figures that stay of one size in a game that goes on."""

GRADIENT = build("generator", "gradient_norm")
SIZE, FADE = build("growing", "pixels"), build("growing", "fade")
"""How figures end that say how large the images of a growing game are now, and how far that size has faded in."""


class Finding(NamedTuple):
    """A state that holds, and what decided: the quantity, its value and the threshold that it has crossed.

    of: what the threshold is, where it is no setting: a share of something.
    """

    state: State
    quantity: str = ""
    value: float = 0.0
    threshold: float = 0.0
    of: str = ""

    @property
    def code(self) -> int:
        return CODES[self.state]

    @property
    def why(self) -> str:
        side = "below" if self.value < self.threshold else "not below"
        return f"{self.quantity} {self.value:.3g} is {side} {self.threshold:.3g}{self.of and ', '}{self.of}"


HEALTHY = Finding("healthy")


class Measured(NamedTuple):
    """A figure as an evaluation told it, and what held-out reals have (None: no control)."""

    value: float
    control: float | None


class Diagnosis:
    """Follows what the figures say of variety and of size. Values that are not finite are left out.

    low, fall: shares of the reals' variety and of its own best; covered: of the reals' modes or classes; growth: times
    the median; saturated: share of pixels; vanished: share of the generator's largest gradient; active: share of the
    numbers of a code; patience, memory: batches. callbacks.monitor says what they decide.
    """

    def __init__(
        self,
        low: float,
        fall: float,
        covered: float,
        growth: float,
        saturated: float,
        vanished: float,
        patience: int,
        memory: int,
        active: float = 0.05,
    ) -> None:
        self.low, self.fall, self.covered, self.growth, self.saturated = low, fall, covered, growth, saturated
        self.vanished, self.patience, self.memory, self.active = vanished, patience, memory, active
        self.shares: dict[str, Share] = {}
        self.magnitudes: dict[str, Magnitude] = {}
        self.sizes: dict[str, float] = {}
        self.measured: dict[str, Measured] = {}
        self.quality: float | None = None
        self.gradient = Vanishing()
        self.told, self.numbers = Share(low_since=0), 0
        """The active numbers of codes, none before they are looked at, and how many numbers a code has."""

    def take_figures(self, figures: Mapping[str, float], batches: int) -> None:
        """Those of a logged batch."""
        self._begin_anew({key: value for key, value in figures.items() if key.endswith(SIZE)})
        if isfinite(figures.get(GRADIENT, inf)):
            self.gradient.update(figures[GRADIENT], batches, self.vanished)
        for key, value in figures.items():
            figure = word_of(key)
            if not isfinite(value):
                continue
            if figure == "variety":
                self._share(key, value, batches, self.low)
            elif figure == "saturated":
                self._share(key, 1 - value, batches, 1 - self.saturated)
            elif figure in MAGNITUDES and not _wanders(key, figures):
                self.magnitudes.setdefault(key, Magnitude()).update(value, batches, self.memory, self.growth)
        self._forget_the_best({key for key, value in figures.items() if key.endswith(FADE) and value > 0})

    def _begin_anew(self, sizes: Mapping[str, float]) -> None:
        """Images of another size are another game: what was usual for the last one says nothing of it."""
        for size, value in sizes.items():
            if self.sizes.get(size, value) != value:
                stale = [key for key in (*self.shares, *self.magnitudes) if _concerns(key, game_of(size))]
                for key in stale:
                    self.shares.pop(key, None)
                    self.magnitudes.pop(key, None)
        self.sizes |= sizes

    def _forget_the_best(self, fading: Iterable[str]) -> None:
        """While a size fades in, every batch is harder to vary than the last: to fall behind one's best is no sign."""
        for fade in fading:
            for key, share in self.shares.items():
                if word_of(key) == "variety" and _concerns(key, game_of(fade)):
                    share.best = share.mean

    def take_evaluation(self, measured: Mapping[str, float], batches: int) -> None:
        """Those of an evaluation, as shares of what as many other reals have in the place of the fakes."""
        self.quality = quality(measured)
        self._forget_other_names({word_of(key): key for key in measured if control_of(key) is None})
        controls = {word_of(key): value for key, value in measured.items() if control_of(key) == "real"}
        for key, value in measured.items():
            name = word_of(key)
            if name not in VARIETY or control_of(key) == "real":
                continue
            self.measured[key] = Measured(value, controls.get(name))
            control = controls.get(name, 0.0 if name == "duplicates" else 1.0)
            if name == "duplicates":
                value, control = 1 - value, 1 - control
            if isfinite(value) and control > 0:
                self._share(key, value / control, batches, self.covered if name in COVERAGE else self.low)

    def _forget_other_names(self, names: Mapping[str, str]) -> None:
        """What an older version measured at another number of samples is followed no longer: it would never change."""
        stale = [key for key in self.shares if is_measured(key) and names.get(word_of(key), key) != key]
        for key in stale:
            del self.shares[key]
            self.measured.pop(key, None)

    def _share(self, key: str, value: float, batches: int, low: float) -> None:
        self.shares.setdefault(key, Share()).update(value, batches, self.memory, low, exact=is_measured(key))

    def findings(self, game: str, held: Finding, updates: int, stifled: bool = False) -> Iterator[Finding]:
        """What holds of a game after `updates` of its generator, in which `held` held the last time.

        That one holds on until its number is a quarter better than the threshold. stifled: the discriminator is too
        strong, which is why a generator that never varied has not learned to.
        """
        yield from self.has_diverged(game, held)
        for key, share in self.shares.items():
            if not _concerns(key, game):
                continue
            if word_of(key) == "saturated":
                yield from self._is_black_and_white(key, share, held)
            else:
                yield from self._lacks_variety(key, share, held, updates >= self.patience and not stifled)
                yield from self._leaves_out(key, share, held)

    def take_codes(self, units: float, numbers: int, batches: int) -> None:
        """How many of the numbers of a code are active."""
        self.numbers = numbers
        self.told.update(units, batches, self.memory, self._enough, exact=True)

    @property
    def _enough(self) -> float:
        """Active numbers below which codes tell next to nothing."""
        return max(1.0, self.active * self.numbers)

    def has_collapsed_posterior(self, player: str) -> Finding | None:
        """That the codes that a player finds have told next to nothing for `patience` batches."""
        if self.told.low_for < self.patience:
            return None
        share = f"{self.active:g}" if self._enough > 1 else "one"
        of = f"{share} of the code's {self.numbers} numbers"
        return Finding("posterior collapsed", build(player, ACTIVE), self.told.level, self._enough, of)

    def has_diverged(self, game: str, held: Finding) -> Iterator[Finding]:
        """What has outgrown its own size."""
        for key, magnitude in self.magnitudes.items():
            quantity = f"{key} over its median"
            held_on = _is_held(held, "diverged", quantity)
            if _concerns(key, game) and magnitude.excess >= self.growth * (0.8 if held_on else 1):
                yield Finding("diverged", quantity, magnitude.excess, self.growth)

    def has_vanished(self) -> Finding | None:
        """That the generator's gradient is next to nothing, which a loss that saturates does to a loser."""
        if self.gradient.low_for < self.memory:
            return None
        threshold = self.vanished * self.gradient.largest
        of = f"{self.vanished:g} of the run's largest"
        return Finding("discriminator too strong", GRADIENT, self.gradient.value, threshold, of)

    def _is_black_and_white(self, key: str, share: Share, held: Finding) -> Iterator[Finding]:
        held_on = _is_held(held, "diverged", key) and share.level < eased(1 - self.saturated)
        if held_on or share.low_for >= self.patience:
            yield Finding("diverged", key, 1 - share.level, self.saturated)

    def _leaves_out(self, key: str, share: Share, held: Finding) -> Iterator[Finding]:
        """Modes that are still missing after `patience` batches, in which no more of them were found.

        Without quality a sample counts for no mode, which is not a collapse.
        """
        if word_of(key) not in COVERAGE:
            return
        learned = share.best >= self.low or (self.quality is not None and self.quality >= GOOD and share.best > 0)
        missing = learned and share.low_for >= self.patience and not share.rises
        if missing or (_is_held(held, "collapsed", key) and share.level < eased(self.covered)):
            yield self._told("collapsed", key, share.level, self.covered)

    def _lacks_variety(self, key: str, share: Share, held: Finding, had_time: bool) -> Iterator[Finding]:
        # Evaluations judge quality too, as above.
        was_good = share.best >= self.low
        never_came = word_of(key) == "variety" and had_time and not share.multiplies
        lost = share.level < self.low and share.low_for >= self.patience and (was_good or never_came)
        if lost or (_is_held(held, "collapsed", key) and share.level < eased(self.low)):
            yield self._told("collapsed", key, share.level, self.low)
        falling = was_good and share.falls and share.level < self.fall * share.best
        if falling or (_is_held(held, "collapsing", key) and share.level < eased(self.fall) * share.best):
            of = f"{self.fall:g} of its best" if self.fall * share.best != self.fall else ""
            yield self._told("collapsing", key, share.level, self.fall * share.best, of)

    def _told(self, state: State, key: str, level: float, threshold: float, of: str = "") -> Finding:
        """A share as the evaluation told it: modes, not parts of the reals' modes."""
        value, control = self.measured.get(key, (None, None))
        if value is None:
            return Finding(state, key, level, threshold, of)
        if word_of(key) == "duplicates":
            return Finding(state, key, value, 1 - threshold * (1 - (control or 0.0)), of)
        if control is None:
            return Finding(state, key, value, threshold, of)
        return Finding(state, key, value, threshold * control, of or f"{threshold:g} of the reals' {control:.3g}")

    def state_dict(self) -> dict[str, Any]:
        return {
            "shares": {key: asdict(share) for key, share in self.shares.items()},
            "magnitudes": {key: asdict(magnitude) for key, magnitude in self.magnitudes.items()},
            "sizes": dict(self.sizes),
            "measured": {key: list(measured) for key, measured in self.measured.items()},
            "quality": self.quality,
            "gradient": asdict(self.gradient),
            "told": asdict(self.told),
            "numbers": self.numbers,
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Checkpoints of earlier versions have no levels, nothing measured, no gradient and no codes."""
        self.shares = {key: Share(**{"level": share["mean"], **share}) for key, share in state_dict["shares"].items()}
        self.measured = {key: Measured(*measured) for key, measured in state_dict.get("measured", {}).items()}
        self.quality, self.gradient = state_dict.get("quality"), Vanishing(**state_dict.get("gradient", {}))
        self.magnitudes = {key: Magnitude(**magnitude) for key, magnitude in state_dict["magnitudes"].items()}
        self.sizes = dict(state_dict["sizes"])
        self.told, self.numbers = Share(**state_dict.get("told", {})), state_dict.get("numbers", 0)


def _is_held(held: Finding, state: State, key: str) -> bool:
    return (held.state, held.quantity) == (state, key)


def _wanders(key: str, figures: Mapping[str, float]) -> bool:
    """A critic's logits have no origin, so their mean, which is its generator's loss, may go anywhere."""
    game = game_of(key)
    return source_of(key) == "generator" and game is not None and build("discriminator", game, "logit_real") in figures


def _concerns(key: str, game: str | None) -> bool:
    """Whether it is this game's, or all games' (gradient norms, evaluations)."""
    return game_of(key) in (None, game)
