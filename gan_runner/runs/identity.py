"""What a run is, and what a measurement is: by this a run is gone on with, and figures are taken for those of another.

The identity of a run is the settings that decide its outcome (runs/settings.py) and its data, known by a fingerprint
that the data gives (data/base.py): not by where it lies. The identity of a measurement is that of a run, with metrics,
features, the number of samples, and the data it was measured by where that lies in folders of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from gan_runner.files import expanded
from gan_runner.runs.settings import ASIDE, PLACES, Scalar, flat, settings
from gan_runner.types import Fingerprint

LENGTH = ("max_steps", "max_epochs", "max_time", "limit_train_batches", "num_nodes", "devices")
"""Keys of the trainer that say how much a run plays. A run may go on to another length."""
WHEN = ("folder", "every", "best", "mode")
"""Keys of callbacks.evaluation that say when it measures, and what it keeps then: not what it finds."""


@dataclass(frozen=True)
class Identity:
    """Of a run. data: None where it is not known, as of runs of earlier versions; those are held to its place."""

    settings: Mapping[str, Scalar]
    places: Mapping[str, str]
    data: Fingerprint | None = None

    @classmethod
    def of(cls, config: Mapping[str, Any], data: Fingerprint | None = None) -> Self:
        """From a resolved configuration, and what its data said."""
        decided = settings(config)
        del decided["trainer.max_steps"]
        precision = config.get("trainer", {}).get("precision")
        engine = config.get("trainer", {}).get("engine", "eager")  # runs of earlier versions had no other
        return cls(decided | {"trainer.precision": precision, "trainer.engine": engine}, places(config), data)


@dataclass(frozen=True)
class Changes:
    """In what two runs differ. settings: both values by key, None where one has no such setting; data: in words."""

    settings: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    data: str = ""

    def __bool__(self) -> bool:
        return bool(self.settings or self.data)

    def __str__(self) -> str:
        return ", ".join(self.told())

    def told(self) -> list[str]:
        """Each in words. What follows from a key of its group (optimizer.generator.lr, optimizer.lr) is not."""
        shown = [key for key in self.settings if not self._follows(key)]
        told = in_words({key: self.settings[key] for key in shown})
        return [*told, self.data] if self.data else told

    def _follows(self, key: str) -> bool:
        group, _, rest = key.partition(".")
        above = f"{group}.{rest.rpartition('.')[2]}"
        return above != key and self.settings.get(above) == self.settings[key]


def changed_settings(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Those in which two mappings differ, with both values; None where one has no such key."""
    return {
        key: (before.get(key), now.get(key))
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key)
    }


def in_words(changed: Mapping[str, tuple[Any, Any]]) -> list[str]:
    """Settings with their values before and now: "data.image_size was 16, is 32"."""
    return [f"{key} was {_shown(was)}, is {_shown(is_now)}" for key, (was, is_now) in changed.items()]


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The settings of two resolved configurations that decide the outcome and differ, with both values."""
    return changed_settings(Identity.of(before).settings, Identity.of(now).settings)


def changed_data(before: Identity, now: Identity) -> str:
    """In what the data of two runs differs, in words; empty where it is the same, wherever it lies.

    Where it is not known of one of them, the same place counts as the same data, unless folders there are splits now:
    those runs took them all as one set.
    """
    moved = ", ".join(in_words(changed_settings(before.places, now.places)))
    if before.data is None or now.data is None:
        known: Mapping[str, Any] = before.data or now.data or {}
        return moved or ("folders of data.root were one set, are splits" if known.get("apart") else "")
    told = list(_differences(before.data, now.data))
    if not told:
        return ""
    return f"{moved or 'data'}: {'; '.join(told)}"


def changed_test(before: Fingerprint | None, now: Fingerprint | None) -> bool:
    """Whether what a run is measured by, which lies in folders of its own, is other data."""
    return before is not None and now is not None and before.get("test") != now.get("test")


def _differences(was: Fingerprint, now: Fingerprint) -> Iterator[str]:
    if was["family"] != now["family"]:
        yield f"{was['family']} was, {now['family']} is"
    if was.get("files") != now.get("files"):
        both = "files" in was and "files" in now
        yield f"{_amount(was)} were, {now['files'] if both else _amount(now)} are"
    elif was.get("content") != now.get("content"):
        yield f"the {was.get('files')} files have other names or contents"
    elif "content" not in now and (was["name"], was.get("root")) != (now["name"], now.get("root")):
        yield f"{was['name']} was, {now['name']} is"
    if was.get("labels") != now.get("labels"):
        yield f"{was.get('labels') or 'no'} classes were, {now.get('labels') or 'no'} are"
    elif was.get("labelled") != now.get("labelled"):
        yield "the files have other classes"
    if "split" in was and "split" in now and was["split"] != now["split"]:
        yield f"what is held out to measure by was {was['split']}, is {now['split']}"


def _amount(data: Fingerprint) -> str:
    return f"{data['files']} files" if "files" in data else f"the files of {data['name']}"


def consequence(before: Fingerprint, now: Fingerprint) -> str:
    """What follows where a run goes on with other data."""
    if "a share" in (before.get("split"), now.get("split")):
        return "the held-out split moves, so that samples it was trained on may be among those it is measured by"
    return "figures from here on are those of a run that has seen both"


def name_of(data: Fingerprint) -> str:
    """What a reader calls the data, where runs are compared: red (64 files, 3f2a90c1)."""
    return f"{data['name']} ({data['files']} files, {data['content'][:8]})" if "content" in data else data["name"]


def places(config: Mapping[str, Any]) -> dict[str, str]:
    """Where a configuration has its data, by key: absolute paths."""
    return {
        key: str(expanded(str(value)).resolve())
        for key, value in flat(config.get("data"), "data")
        if key.rpartition(".")[2] in PLACES
    }


def length(config: Mapping[str, Any]) -> dict[str, Any]:
    """How much a run plays."""
    trainer, callbacks = config.get("trainer", {}), config.get("callbacks") or {}
    stops = (callbacks.get("equilibrium") or {}).get("stop_within")
    return {key: trainer.get(key) for key in LENGTH} | {"stop_within": stops}


def measurement(config: Mapping[str, Any]) -> dict[str, Scalar]:
    """By what a run is measured, flat; empty where it is not."""
    node = (config.get("callbacks") or {}).get("evaluation") or {}
    found = dict(flat(node, "evaluation", {*ASIDE, *WHEN}))
    return found if any(key.startswith("evaluation.metrics.") for key in found) else {}


def _shown(value: Any) -> str:
    """As configurations write it."""
    return "absent" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
