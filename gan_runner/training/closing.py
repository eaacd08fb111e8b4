"""What a run says when it ends: where everything lies, and commands that go on from there, to paste into a shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from gan_runner.config.plain import plain_config
from gan_runner.data.files.decoding import find_images
from gan_runner.data.two_domains import NAMES
from gan_runner.files import expanded
from gan_runner.images.captions import aligned
from gan_runner.runs.finding import KINDS, OUTPUTS
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.going_on import allowed, twice, vouched_for_folder, vouched_for_weights
from gan_runner.runs.readme import main_figures
from gan_runner.systems.base import System
from gan_runner.systems.capabilities import Plays, Samples, Translates

Config = Mapping[str, Any]
SPLITS = (*NAMES["test"], *NAMES["train"])
"""Of two folders of a data set, side A and side B."""


def closing_lines(
    folder: Path, troubles: Sequence[str], system: System, composed: DictConfig, batches: int | None = None
) -> str:
    """What the run came to, and what can be done with it.

    composed: its configuration, references and all. batches: how many were played; the generator's updates are told
    where there were more or fewer.
    """
    run, pictures, config = RunFolder(folder), "*.png", plain_config(composed)
    longer, trust = twice(config), vouched_for_weights(config)
    needed = [*allowed(composed, longer), *vouched_for_folder(config)]
    further = [command("gan-train", f"resume={folder}", *longer, *needed)]
    if Samples.of(system):
        pictures = "[0-9]*.png"
        further.insert(0, command("gan-sample", f"run={folder}", "num_samples=64", "output=samples.png", *trust))
    elif Translates.of(system):
        pictures = "a2b_*.png"
    samples = sorted(run.samples.glob(pictures))
    # A grid of samples is no image that an autoencoder would bring back.
    if Translates.of(system) and (given := next(_images(config, [] if Samples.of(system) else samples), None)):
        output = "translated" if given.is_dir() else "translated.png"
        further.insert(0, command("gan-translate", f"run={folder}", f"input={given}", f"output={output}", *trust))
    advice = "\n      ".join(further)
    grid = f"  samples      {samples[-1]}\n" if samples else ""
    curves = f"  curves       {run.curves}\n" if run.curves.is_file() else ""
    page = f"  report       {run.report}\n" if run.report.is_file() else ""
    what = f"  every file   {run.readme}\n" if run.readme.is_file() else ""
    state = "".join(f"  state        {trouble} (what helps: run.json, notes)\n" for trouble in troubles)
    measured = "".join(f"  {line}\n" for line in aligned(main_figures(system.measured)))
    updates = generator_updates(system)
    played = (
        ""
        if updates in (None, batches)
        else f"  played       {batches} batches, {updates} generator update{'s' * (updates != 1)}\n"
    )
    return (
        f"\nDone. Everything lies in {folder}\n{state}{played}{measured}{grid}{curves}{page}{what}"
        f"  checkpoint   {run.last}\n"
        f"{_board(folder, config)}"
        f"Next: {advice}"
    )


def generator_updates(system: System) -> int | None:
    """How many the generator has had; None where there is no game."""
    playing = Plays.of(system)
    return None if playing is None else playing.generator_updates


def _board(folder: Path, config: Config) -> str:
    """How to look at the figures in TensorBoard; nothing of a run that writes none for it."""
    if "logger" in config and not (config["logger"] or {}).get("tensorboard"):
        return ""
    return f"  figures      {command('tensorboard', '--logdir', str(_by_name(folder, config)))}\n"


def _by_name(folder: Path, config: Config) -> Path:
    """Where TensorBoard finds the run by its name, beside those of the same model and data, or of the same sweep; the
    run alone where it lies elsewhere.
    """
    outputs = expanded((config.get("paths") or {}).get("outputs", OUTPUTS)).absolute()
    return folder.parent if any(folder.absolute().is_relative_to(outputs / kind) for kind in KINDS) else folder


def command(*words: str) -> str:
    """A line that a shell reads as these words."""
    return shlex.join(words)


def _images(config: Config, pictures: Sequence[Path]) -> Iterator[Path]:
    """Images that can be translated: sources of the run, the test split first, or else a picture of the run."""
    data = config["data"]
    side = "b" if data.get("direction") == "b2a" else "a"
    if data.get("root"):
        yield from _folders(*(expanded(data["root"]) / f"{split}{side.upper()}" for split in SPLITS))
    if data.get(side):
        yield from _folders(expanded(data[side]))
    for images in (data.get("of") or {}, data):
        if images.get("root") and str(images.get("_target_")).endswith(".Folder"):  # or all sets lie there
            yield from _folders(expanded(images["root"]))
    yield from pictures[-1:]


def _folders(*places: Path) -> Iterator[Path]:
    return (place.absolute() for place in places if place.is_dir() and next(find_images(place), None))
