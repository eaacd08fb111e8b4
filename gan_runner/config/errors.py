"""What a mistake in a configuration is, and what may have been meant."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class ConfigError(ValueError):
    """A mistake in the configuration: one sentence that names the key, the reason and the values that work."""


def nearest(word: str, known: Iterable[str]) -> str:
    """' (did you mean …?)' or the values there are."""
    names = sorted(known)
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f" (did you mean {close[0]}?)"
    return f"; known: {', '.join(names)}" if names else ""


def listed(names: Sequence[str], most: int = 20) -> str:
    """Names in a sentence: all of them, or the first ones and how many there are."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])}, … ({len(names):,} in all)"
