"""Rows that are played ten times, on one class each, while all other classes are odd: ten runs are told as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import mean
from typing import Any

from gan_runner.figures import BASELINES, build, is_measured, logged, split, word_of

AUROC = "auroc"
CLASSES = range(10)
KEYS = ("data.only", "data.of.only")
"""Settings that say which class is learned."""


def class_of(settings: Mapping[str, Any]) -> int | None:
    """The one class that is learned; None where it is not one, or all are."""
    only = next((settings[key] for key in KEYS if settings.get(key)), [])
    return int(only[0]) if len(only) == 1 else None


def of_any_class(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings without the class."""
    return {key: value for key, value in settings.items() if key not in KEYS}


def measured(figures: Mapping[str, float], objective: str | None) -> dict[str, float]:
    """AUROCs of all odd images together: <score>/auroc of each score and baseline, and auroc by the score that the
    recipe's objective names.
    """
    found = {split(name)[2]: value for name, value in figures.items() if is_measured(name) and word_of(name) == AUROC}
    of_score = {build(score, AUROC): value for score, value in found.items()}
    return of_score | {AUROC: found[split(logged(objective or ""))[-1]]} if objective else of_score


def together(each: Mapping[int, Mapping[str, float]]) -> dict[str, float] | None:
    """Of all classes: auroc_<class>, auroc_mean and auroc_worst, likewise of every score, and the seconds of all ten;
    None where a class is missing.
    """
    if {*each} != {*CLASSES}:
        return None
    merged = {"seconds": sum(one["seconds"] for one in each.values())}
    for name in each[0]:
        if name.endswith(AUROC):
            values = [each[label][name] for label in CLASSES]
            merged |= {f"{name}_{label}": value for label, value in enumerate(values)}
            merged |= {f"{name}_mean": mean(values), f"{name}_worst": min(values)}
    return merged


def baselines(figures: Mapping[str, float]) -> Iterator[tuple[str, dict[str, float]]]:
    """Each baseline, and its figures by the names that a recipe's have."""
    for name in BASELINES:
        start = build(name, "")
        if found := {key.removeprefix(start): value for key, value in figures.items() if key.startswith(start)}:
            yield name, found
