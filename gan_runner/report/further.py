"""What can be done with a run: commands to paste into a shell, and the papers to cite."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from gan_runner.config.described import described
from gan_runner.config.options import CONFIGS, option_of
from gan_runner.figures import is_measured
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.going_on import allowed, twice, vouched_for_folder, vouched_for_weights

CITED = re.compile(r"\(([^()]*?arXiv:\d{4}\.\d{4,5})\)")
"""A paper in the head of a recipe: authors and its number."""
TRANSLATES = ("a2b", "b2a", "reconstruction")
"""Series of pictures of runs that make images of images."""


def commands(
    run: RunFolder, facts: Mapping[str, Any], config: Mapping[str, Any], series: Mapping[str, Any]
) -> dict[str, str]:
    """Command lines by what they do: sample, translate, resume, evaluate, report. series: what the run has drawn."""
    place = within(run.path, facts)
    trust = vouched_for_weights(config)
    found = {}
    if run.checkpoints.is_dir() and any(run.checkpoints.glob("*.ckpt")):
        if "" in series:
            found["sample"] = ["gan-sample", f"run={place}", "num_samples=64", "output=samples.png", *trust]
        if set(TRANSLATES) & set(series):
            found["translate"] = ["gan-translate", f"run={place}", "input=<folder>", "output=translated", *trust]
        found["resume"] = ["gan-train", f"resume={place}", *_longer(run, config), *vouched_for_folder(config)]
        if any(map(is_measured, facts.get("figures") or {})):
            found["evaluate"] = ["gan-evaluate", f"run={place}", *trust]
    found["report"] = ["gan-report", f"run={place}"]
    return {name: _line(line) for name, line in found.items()}


def within(path: Path, facts: Mapping[str, Any]) -> str:
    """Where a run lies, from the folder in which it was started; in full where it lies elsewhere."""
    start, place = facts.get("directory"), path.absolute()
    return str(place.relative_to(start)) if start and place.is_relative_to(start) else str(place)


def spoken(command: Sequence[str]) -> str:
    """A command as a shell reads it."""
    return shlex.join(command)


def _line(line: list[str]) -> str:
    """As a shell reads it; what a reader fills in stays as it is."""
    return " ".join(word if "=<" in word else shlex.quote(word) for word in line)


def _longer(run: RunFolder, config: Mapping[str, Any]) -> list[str]:
    """Twice the run, and what that needs."""
    longer = twice(config)
    try:
        composed = OmegaConf.load(run.composed)
        return [*longer, *(allowed(composed, longer) if isinstance(composed, DictConfig) else [])]
    except Exception:  # not there, half written by a run that was killed, or of nobody
        return longer


# ---- to cite --------------------------------------------------------------------------------------------------------


def papers(facts: Mapping[str, Any], config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is from a paper, and which: authors and year, as the parts say of themselves."""
    return list(dict.fromkeys(_papers(facts, config)))


def _papers(facts: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    model = (facts.get("choices") or {}).get("model")
    if model and (CONFIGS / "model" / f"{model}.yaml").is_file():
        yield from ((f"model: {model}", paper) for paper in CITED.findall(" ".join(described("model", model).head)))
    for name in config.get("tricks") or {}:
        yield from _source("tricks", str(name))
    for group in ("system", "loss", "likelihood"):
        target = (config.get(group) or {}).get("_target_")
        if isinstance(target, str) and (option := option_of(group, target)) is not None:
            yield from _source(group, option)
    for name in config.get("metrics") or {}:
        yield from _source("metrics", str(name))


def _source(group: str, name: str) -> Iterator[tuple[str, str]]:
    if (CONFIGS / group / f"{name}.yaml").is_file() and (paper := described(group, name).source):
        yield f"{group}: {name}", paper


def citation(facts: Mapping[str, Any]) -> str:
    """BibTeX of the program that played a run."""
    year = str(facts.get("started", ""))[:4]
    revision = facts.get("git_revision")
    note = f"version {version('gan-runner')}" + (f", revision {revision}" if revision else "")
    lines = ["@software{gan_runner,", "  title = {gan\\_runner: GAN experiments from the command line},"]
    lines += [f"  year = {{{year}}},"] if year else []
    return "\n".join([*lines, f"  note = {{{note}}}", "}"])
