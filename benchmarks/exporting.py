"""What gan-export hands over of every recipe: how far the file is from PyTorch, how large it is and how fast it runs.

    python benchmarks/exporting.py [recipe …] [--format onnx] [--rounds 5] [--first]

Prints a Markdown table, a row for each part of each recipe of configs/model (--first: for the first part alone) at its
published widths, on images of 3×32×32 (pix2pix and two_stage 3×64×64, where dropout is). Weights are those of a start,
running statistics of norms are drawn, as if it had trained. Times are of batches of 16, ONNX Runtime and PyTorch in
turn, on as many threads: the least of some rounds.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from gan_runner.assemble import build_data, build_system
from gan_runner.config.options import CONFIGS, options
from gan_runner.config.plain import plain_config
from gan_runner.exporting import checking
from gan_runner.exporting.checking import Checked
from gan_runner.exporting.export import written
from gan_runner.exporting.formats import FORMATS
from gan_runner.exporting.network import Handed, handed, parts
from gan_runner.exporting.request import ExportRequest
from gan_runner.runs import checkpoints
from gan_runner.training.libraries import load

RECIPES = options(CONFIGS / "model")
LARGER = ("pix2pix", "two_stage")
NARROW = {"width": 4, "blocks": 1, "layers": 1, "max_channels": 16, "base_channels": 256, "hidden": [8, 8]}
NARROW |= {"group_width": None}
"""Keys of networks -> what makes them small. (Pixel norm over one channel would be its sign, which jumps at 0.)"""
CLASSES, BATCH = 10, 16
HEAD = "| recipe | part | file | largest difference | relative | other bytes | ONNX Runtime | PyTorch |"


def composed(recipe: str, side: int, *overrides: str, narrow: bool = False) -> DictConfig:
    """The configuration of a recipe, of images that need no files."""
    of = "data.of" if _data_of(recipe) == "degraded" else "data"
    data = [] if _data_of(recipe) in ("paired", "unpaired") else [f"{of}.image_size={side}", f"{of}.channels=3"]
    data += ["data=synthetic"] if _data_of(recipe) == "synthetic" else []
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose("train", [f"model={recipe}", *data, *overrides, "paths.run=unused"])
    if narrow:
        OmegaConf.set_struct(config, False)
        for key in NARROW.keys() & config.network.keys():
            config.network[key] = NARROW[key]
    return config


def _data_of(recipe: str) -> str:
    """What a recipe is of: data that it chooses, or builds on, or images."""
    text = (CONFIGS / "model" / f"{recipe}.yaml").read_text(encoding="utf-8")
    if "[_restoring, " in text:
        return "degraded"
    chosen = re.search(r"override /data: (\w+)", text)
    return chosen[1] if chosen else "synthetic"


def run_of(recipe: str, folder: Path, *overrides: str, narrow: bool = False) -> Path:
    """A checkpoint of a recipe, as if it had trained."""
    side = 64 if recipe in LARGER and not narrow else 16 if narrow else 32
    config = plain_config(composed(recipe, side, *overrides, narrow=narrow))
    if recipe == "f_anogan":
        config["init_from"] = {"path": "gan", "sha256": "0" * 64}  # what it was played on
    shape, classes, source = (3, side, side), CLASSES, (3, side, side)
    if _data_of(recipe) == "degraded":
        data = build_data(config)
        shape, source = data.shape, data.source_shape
    two = recipe in LARGER or recipe == "cyclegan" or _data_of(recipe) == "degraded"
    torch.manual_seed(0)
    system: Any = build_system(config, shape, None if two else classes, source if two else None)
    for name, buffer in system.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(0, 0.1)
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 2)
    for module in system.modules():
        if hasattr(module, "set_level"):
            module.set_level(module.top)  # grown up
    path = folder / recipe / "checkpoints" / "last.ckpt"
    contents = {"origin": system.origin.plain(), "state_dict": system.state_dict(), "global_step": 1}
    checkpoints.write(contents, path)
    return path


def networks(path: Path, alone: bool = False, **keys: Any) -> Iterator[Handed]:
    """Each part of a run, or the first alone."""
    first = handed(ExportRequest.from_config({"ckpt": str(path), **keys}))
    for part in parts(first.system)[: 1 if alone else None]:
        yield handed(ExportRequest.from_config({"ckpt": str(path), "part": part, **keys}))


def milliseconds(network: Handed, ask: Any, rounds: int) -> tuple[float, float]:
    """For an image, of the file and of PyTorch, in turn."""
    given = network.examples(BATCH, 0)
    found: list[list[float]] = [[], []]
    with torch.no_grad():
        for _ in range(rounds + 1):
            for times, call in zip(found, (ask, network.module), strict=True):
                started = perf_counter()
                call(*given)
                times.append((perf_counter() - started) / BATCH * 1000)
    ours, theirs = (min(times[1:]) for times in found)
    return ours, theirs


def row(recipe: str, network: Handed, path: Path, checked: Checked, times: tuple[float, float]) -> str:
    """A line of the table."""
    bytes_told = "" if checked.different is None else f"{checked.different:,} of {checked.bytes:,}"
    ours, theirs = times
    told = [
        recipe,
        network.part,
        f"{path.stat().st_size / 1e6:.1f} MB",
        f"{checked.absolute:.1e}",
        f"{checked.relative:.1e}",
        bytes_told,
        f"{ours:.2f} ms ({ours / theirs:.2f}×)",
        f"{theirs:.2f} ms",
    ]
    return f"| {' | '.join(told)} |"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", default=RECIPES, help="all by default")
    parser.add_argument("--format", default="onnx", choices=[name for name, form in FORMATS.items()])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--first", action="store_true", help="the first part of each recipe alone")
    asked = parser.parse_args(arguments)
    load()
    checking.PATIENCE = float("inf")
    form = FORMATS[asked.format]
    print(HEAD, "|---" * HEAD.count(" | ") + "|---|", sep="\n")
    with tempfile.TemporaryDirectory() as folder:
        for recipe in asked.recipes:
            checkpoint = run_of(recipe, Path(folder))
            for network in networks(checkpoint, asked.first):
                path = Path(folder) / f"{recipe}-{network.part}{form.suffix}"
                checked = written(network, form, path, asked.format)
                times = milliseconds(network, form.load().read(path, network), asked.rounds)
                print(row(recipe, network, path, checked, times), flush=True)
                path.unlink()
            checkpoint.unlink()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
