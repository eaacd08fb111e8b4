"""A word of the command line that has no key: gan-train collapse, gan-train lesson/collapse, gan-sample last."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from gan_runner.config.options import CONFIGS, NAMED, groups, options
from gan_runner.config.words import chosen, meanings, meant_elsewhere

HELP = ("help", "ayuda", "man", "usage")


def told_of_bare(command: str, word: str, arguments: Sequence[str]) -> str:
    """The sentence for a word without a key, with what may have been meant."""
    meant = f"gan-{command} --help" if word.lower() in HELP else _meant(command, word, arguments)
    return f"{word!r} has no key: give key=value" + (f" (did you mean {meant}?)" if meant else "")


def _meant(command: str, word: str, arguments: Sequence[str]) -> str | None:
    known = groups(command)
    if word in known:
        if after := _after(word, arguments):  # gan-train model vanilla
            return chosen(word, after) if word in NAMED else f"{word}={after}"
        return f"gan-{command} --help {word}" if command == "train" else None
    if command != "train":
        return f"run={shlex.quote(word)}" if command != "runs" else None
    experiments = options(CONFIGS / "experiment")
    for name in (word.removeprefix("experiment/"), f"lesson/{word}"):
        if name in experiments:
            return f"experiment={name}"
    group, slash, option = word.partition("/")
    if slash and option in known.get(group, []):  # as the page of an option calls it: tricks/ema
        return chosen(group, option)
    return meant_elsewhere(word) or next(iter(meanings(word)), None)


def _after(word: str, arguments: Sequence[str]) -> str | None:
    """The word that follows another and has no key either."""
    place = list(arguments).index(word) + 1 if word in arguments else len(arguments)
    following = arguments[place] if place < len(arguments) else ""
    return following if following and "=" not in following and following[0] not in "-+~" else None
