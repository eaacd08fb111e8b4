"""What a mistake in a configuration is, and what may have been meant."""

from collections.abc import Iterable, Mapping, Sequence
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
    """Names in a sentence: all of them, or the first ones and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def did_you_mean(word: str, known: Sequence[str] | Mapping[str, str]) -> str:
    """' (did you mean …?)', or nothing. Of a mapping what is meant is told by the name that it leads to."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    if not close:
        return ""
    return f" (did you mean {known[close[0]] if isinstance(known, Mapping) else close[0]}?)"
