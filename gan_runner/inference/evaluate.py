"""Measure a checkpoint: rebuild its players and its data, ask the metrics, write what they found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gan_runner.assemble import build_data, build_metrics, names_of
from gan_runner.config.errors import ConfigError
from gan_runner.config.labels import listed_classes
from gan_runner.config.schema import check_parts
from gan_runner.config.trust import check_targets
from gan_runner.data.base import DataFamily
from gan_runner.data.containers.opening import as_told_or_found
from gan_runner.evaluation.choosing import AnyJudge, directions_of, is_measured, judge_of, judged, left_by
from gan_runner.evaluation.report import Report, lines, pictures
from gan_runner.files import expanded, write_json
from gan_runner.inference.rebuild import choose_device, rebuild
from gan_runner.inference.request import EvaluateRequest as Request
from gan_runner.runs.interruption import signals
from gan_runner.runs.misfit import differences
from gan_runner.runs.settings import PLACES
from gan_runner.systems.base import System
from gan_runner.types import Origin

NEEDS = "gan-evaluate measures runs that make samples or translations"
NUM_SAMPLES = 2500
"""Where neither the request nor the run says."""


class Measured(NamedTuple):
    """What was found. left_out: metrics that were asked nothing, and why; classes: their names, and how many samples
    were taken for each; of: what was measured, in words.
    """

    report: Report
    left_out: Mapping[str, str]
    classes: Mapping[str, Any]
    batches: int
    of: str


def measured(request: Request, path: Path) -> Measured:
    """Measure what a checkpoint holds; what is wrong with the request is found before anything is computed."""
    device = choose_device(request.accelerator)
    system, batches = rebuild(System, path, NEEDS, request.trust)  # type: ignore[type-abstract]  # any kind
    if not is_measured(system):
        raise ConfigError(f"checkpoint {path} holds a {type(system).__name__}: {NEEDS}")
    config = parts(request, system.origin.config)
    if not request.trust:
        check_targets(config, unbuilt=())
    check_parts(config)
    data, whole = chosen_data(request, config)
    data.settle(system.origin.scales)
    keep_classes(system, data)
    check_fit(system, data, config["data"])
    judge, left_out = make_judge(request, config, system)
    left_out |= judge.leave_out(data)
    judge.meet(data)
    if not judge.gives:
        raise ConfigError(nothing_in(left_out))
    data.check()
    report = judged(judge, system.to(device), data, config["num_samples"])
    classes = classes_of(names_of(data) or system.origin.called, report)
    by = "" if request.root is None else f", by {reals_in_words(data, report, whole)} of {request.root}"
    return Measured(report, left_out, classes, batches, f"{report.fakes} {judge.shows} after {batches} batches{by}")


def evaluate(request: Request) -> str:
    """Do what is requested; what is wrong with it is found before anything is computed. Returns what was found."""
    path = request.checkpoint
    output = request.destination(path)
    found = measured(request, path)
    report = found.report
    facts = {"checkpoint": str(path), "batches": found.batches, "seed": request.seed, **found.classes}
    with signals.whole():
        written = write(output, report, facts)
    without = "".join(f" (without {name}: {why})" for name, why in found.left_out.items())
    told = "\n".join(f"  {line}" for line in lines(report))
    told += "".join(f"\n  Note: {note.fact}" for note in report.notes)
    where = " and ".join(map(str, written))
    return f"{found.of}{without}:\n{told}{unseen(found.classes)}\nWritten to {where}"


def make_judge(request: Request, config: Mapping[str, Any], system: System) -> tuple[AnyJudge, dict[str, str]]:
    """What asks the metrics about this system, and which it asks nothing of, with the reason."""
    metrics, features = build_metrics(config)
    directions = directions_of(system)
    judge = judge_of(metrics, features, directions, request.seed, system)
    left_out = left_by(metrics, directions, system)
    if judge is None:
        raise ConfigError(nothing_in(left_out))
    return judge, left_out


def nothing_in(left_out: Mapping[str, str]) -> str:
    """Why nothing is measured, where every metric is left out."""
    name, why = next(iter(left_out.items()))
    return f"metrics.{name} measures nothing here: {why}"


def keep_classes(system: System, data: DataFamily) -> None:
    """Labels mean what they meant in training. Raises ConfigError where the data has other classes to ask for."""
    try:
        data.keep_classes(system.origin.class_names)
    except ValueError as error:
        if system.origin.conditional and data.num_classes == system.origin.num_classes:
            raise ConfigError(str(error)) from error
    if system.origin.conditions is not None:
        try:
            data.keep_conditions(system.origin.conditions)
        except ValueError as error:
            raise ConfigError(str(error)) from error


def check_fit(system: System, data: DataFamily, config: Mapping[str, Any]) -> None:
    """Raises ConfigError when the players were made for data of another shape or other labels. config: of the data."""
    origin = system.origin
    source_shape = data.source_shape if origin.source_shape is not None else None
    now = Origin({**origin.config, "data": config}, tuple(data.shape), data.num_classes, source_shape)
    told = differences(origin, now) or _unlabelled(origin, now)
    if told:
        raise ConfigError(f"this is not the data of this run ({told}): give the data that it was trained on")


def _unlabelled(before: Origin, now: Origin) -> str | None:
    if before.conditional and before.conditions is None and now.num_classes is None:
        return f"it had {before.num_classes} classes, now has no labels"
    return None


def parts(request: Request, config: Mapping[str, Any]) -> dict[str, Any]:
    """The run's data, metrics and feature extractor, with what the request puts in their place."""
    metrics, features = request.metrics or config.get("metrics"), request.features or config.get("features")
    if not metrics:
        raise ConfigError(
            "this run has no metrics of its own: give metrics=points, labels, images or translation, or a list"
        )
    settings = {"num_samples": NUM_SAMPLES, **config.get("evaluation", {}), **request.evaluation}
    count = request.num_samples or settings["num_samples"]
    return {"data": dict(config["data"]), "metrics": metrics, "features": features, "num_samples": count}


def chosen_data(request: Request, config: Mapping[str, Any]) -> tuple[DataFamily, bool]:
    """That of the run, measured by all images of `root`, and True; where that cannot be the same data, read from there,
    and False.
    """
    data = build_data(config)
    if request.root is None:
        return data, False
    if data.measure_by(expanded(request.root)):
        return data, True
    return build_data({**config, "data": at(request.root, config["data"])}), False


def reals_in_words(data: DataFamily, report: Report, whole: bool) -> str:
    """How many of which reals the figures rest on. whole: all of a folder that was handed over to measure by."""
    if not report.held_out:
        return f"{report.reals} reals, none of them held out,"
    there, every = len(data.deck("test")), "all" if whole else "the held-out"
    if report.reals != there and data.kept_labels() is not None:  # some may be of classes that are kept from training
        return f"{report.reals} held-out reals"
    return f"{every} {there} reals" if report.reals == there else f"{report.reals} of {every} {there} reals"


def at(root: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The same data read from another folder (points: another file) instead of its places; of data that is made of
    other data, that other.
    """
    of = data.get("of")
    if isinstance(of, Mapping):
        return {**data, "of": at(root, of)}
    if "path" in data:
        return {**data, "path": root}
    moved = {key: None if key in PLACES else value for key, value in data.items()} | {"root": root}
    if data.get("array") is None and data.get("container") in (None, "auto"):
        return moved
    kind, array = as_told_or_found(expanded(root), data.get("container") or "auto", data.get("array"))
    return {**moved, "container": kind, "array": array}


def classes_of(names: Sequence[str], report: Report) -> dict[str, Any]:
    """The names of the classes, and how many samples were taken for each where a metric has told."""
    told: dict[str, Any] = {"class_names": list(names)} if names else {}
    if names and report.found is not None and len(report.found.counts) == len(names):
        told["samples_by_class"] = dict(zip(names, report.found.counts.tolist(), strict=True))
    return told


def unseen(classes: Mapping[str, Any]) -> str:
    """The classes that no sample was taken for, in a line of their own."""
    names = [name for name, count in classes.get("samples_by_class", {}).items() if not count]
    return f"\n  no sample was taken for: {listed_classes(names)}" if names else ""


def write(output: Path, report: Report, facts: Mapping[str, Any]) -> list[Path]:
    """<output>, and beside it what there is to look at."""
    output.parent.mkdir(parents=True, exist_ok=True)
    told = {**facts, "fakes": report.fakes, "reals": report.reals, "held_out": report.held_out}
    told["notes"] = [note.fact for note in report.notes]
    found = {"figures": report.scalars, "spreads": report.spreads, "reasons": report.reasons}
    write_json(output, told | found)
    written = [output]
    for name, picture in pictures(report, facts.get("class_names", ())).items():
        written.append(output.with_name(f"{output.stem}_{name}.png"))
        picture.save(written[-1])
    return written
