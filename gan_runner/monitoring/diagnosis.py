"""The state of a game, judged by the figures of its run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any, Literal, NamedTuple, get_args

from gan_runner.figures import build, control_of, game_of, is_measured, source_of, word_of
from gan_runner.monitoring.trends import Magnitude, Share

State = Literal["healthy", "generator too strong", "discriminator too strong", "collapsing", "collapsed", "diverged"]
STATES: tuple[State, ...] = get_args(State)
"""The mildest first; the worst one that holds is the state of the game."""
VARIETY = ("modes_covered", "classes_covered", "recall", "diversity", "duplicates")
"""What an evaluation tells about variety; of `duplicates` the rest, the share that are none."""
COVERAGE = ("modes_covered", "classes_covered")
"""Those of them that count what there is to find."""
MAGNITUDES = ("adversarial", "gradient_norm", "fake_scale")
"""Figures that stay of one size in a game that goes on."""

SIZE, FADE = build("growing", "pixels"), build("growing", "fade")
"""How figures end that say how large the images of a growing game are now, and how far that size has faded in."""


class Finding(NamedTuple):
    """A state that holds, and what decided: the quantity, its value and the threshold that it has crossed."""

    state: State
    quantity: str = ""
    value: float = 0.0
    threshold: float = 0.0

    @property
    def code(self) -> int:
        return STATES.index(self.state)

    @property
    def why(self) -> str:
        side = "below" if self.value < self.threshold else "not below"
        return f"{self.quantity} {self.value:.3g} is {side} {self.threshold:.3g}"


class Diagnosis:
    """Follows what the figures say of variety and of size. Values that are not finite are left out.

    low, fall: shares of the reals' variety and of its own best; covered: of the reals' modes or classes; growth: times
    the median; saturated: share of pixels; patience, memory: batches. callbacks.monitor says what they decide.
    """

    def __init__(
        self, low: float, fall: float, covered: float, growth: float, saturated: float, patience: int, memory: int
    ) -> None:
        self.low, self.fall, self.covered, self.growth, self.saturated = low, fall, covered, growth, saturated
        self.patience, self.memory = patience, memory
        self.shares: dict[str, Share] = {}
        self.magnitudes: dict[str, Magnitude] = {}
        self.sizes: dict[str, float] = {}

    def take_figures(self, figures: Mapping[str, float], batches: int) -> None:
        """Those of a logged batch."""
        self._begin_anew({key: value for key, value in figures.items() if key.endswith(SIZE)})
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
        self._forget_other_names({word_of(key): key for key in measured if control_of(key) is None})
        controls = {word_of(key): value for key, value in measured.items() if control_of(key) == "real"}
        for key, value in measured.items():
            name = word_of(key)
            if name not in VARIETY or control_of(key) == "real":
                continue
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

    def _share(self, key: str, value: float, batches: int, low: float) -> None:
        self.shares.setdefault(key, Share()).update(value, batches, self.memory, low)

    def findings(self, game: str, state: State, updates: int, stifled: bool = False) -> Iterator[Finding]:
        """What holds of a game that is in `state`, after `updates` of its generator.

        stifled: its discriminator is too strong, which is why a generator that never varied has not learned to.
        """
        for key, magnitude in self.magnitudes.items():
            if _concerns(key, game) and magnitude.excess >= self.growth:
                yield Finding("diverged", f"{key} over its median", magnitude.excess, self.growth)
        for key, share in self.shares.items():
            if word_of(key) == "saturated":
                if _concerns(key, game) and share.low_for >= self.patience:
                    yield Finding("diverged", key, 1 - share.mean, self.saturated)
            elif _concerns(key, game):
                yield from self._lacks_variety(key, share, state, updates >= self.patience and not stifled)
                yield from self._leaves_out(key, share)

    def _leaves_out(self, key: str, share: Share) -> Iterator[Finding]:
        """Modes that are still missing after `patience` batches, in which no more of them were found."""
        is_coverage = word_of(key) in COVERAGE
        if is_coverage and share.best >= self.low and share.low_for >= self.patience and not share.rises:
            yield Finding("collapsed", key, share.mean, self.covered)

    def _lacks_variety(self, key: str, share: Share, state: State, had_time: bool) -> Iterator[Finding]:
        # Evaluations judge quality too: without any a sample counts for no mode, which is not a collapse.
        was_good = share.best >= self.low
        never_came = word_of(key) == "variety" and had_time and not share.multiplies
        if share.mean < self.low and share.low_for >= self.patience and (was_good or never_came):
            yield Finding("collapsed", key, share.mean, self.low)
        fell = share.mean < self.fall * share.best
        if was_good and fell and (share.falls or state == "collapsing"):
            yield Finding("collapsing", key, share.mean, self.fall * share.best)

    def state_dict(self) -> dict[str, Any]:
        return {
            "shares": {key: asdict(share) for key, share in self.shares.items()},
            "magnitudes": {key: asdict(magnitude) for key, magnitude in self.magnitudes.items()},
            "sizes": dict(self.sizes),
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        self.shares = {key: Share(**share) for key, share in state_dict["shares"].items()}
        self.magnitudes = {key: Magnitude(**magnitude) for key, magnitude in state_dict["magnitudes"].items()}
        self.sizes = dict(state_dict["sizes"])


def _wanders(key: str, figures: Mapping[str, float]) -> bool:
    """A critic's logits have no origin, so their mean, which is its generator's loss, may go anywhere."""
    game = game_of(key)
    return source_of(key) == "generator" and game is not None and build("discriminator", game, "logit_real") in figures


def _concerns(key: str, game: str | None) -> bool:
    """Whether it is this game's, or all games' (gradient norms, evaluations)."""
    return game_of(key) in (None, game)
