"""The process that plays the cases of a part: a line of JSON for each, and nothing else on stdout."""

from __future__ import annotations

import gc
import json
import os
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from on_gpu.rows import FAILED, Row

if TYPE_CHECKING:
    from on_gpu.playing import Place

PROCESSOR = "processor, a dry run"
LOST = re.compile("CUDA error|cuDNN error|CUBLAS")
"""After such an error a process may no more be able to use its device: another goes on with what is left."""


def answer(part: str, cases: Sequence[str], folder: Path, until: float, dry: bool) -> None:
    """Play cases until they are through or the clock is past `until`, seconds since the epoch."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a run prints goes where errors go

    def say(**told: Any) -> None:
        print(json.dumps(told), file=answers, flush=True)

    import torch

    dry = dry or not torch.cuda.is_available()
    if dry:
        torch.set_num_threads(1)  # small networks gain nothing from more
    say(device=PROCESSOR if dry else torch.cuda.get_device_name(), machine=machine(dry))

    from gan_runner.training.libraries import load

    load()

    from on_gpu.playing import Place

    play = import_module(f"on_gpu.{part}").rows
    for case, rows, trace in outcomes(part, cases, play, Place(folder / part, dry), until):
        say(case=case, rows=rows, trace=trace)


def outcomes(
    part: str, cases: Sequence[str], play: Callable[[str, Place], list[Row]], place: Place, until: float
) -> Iterator[tuple[str, list[Row], str]]:
    """The rows of each case; one that raises is a row too, and has a traceback beside it."""
    for number, case in enumerate(cases):
        begin = time.time()
        if begin >= until:
            return
        place.seconds, trace = (until - begin) / (len(cases) - number), ""
        try:
            rows = play(case, place)
        except Exception as error:
            trace = traceback.format_exc()
            rows = [Row(part, case, FAILED, f"{type(error).__name__}: {error}")]
        gc.collect()  # a trainer and its callbacks hold each other, and what they have on the device
        took = time.time() - begin
        yield case, [row._replace(seconds=took) for row in rows], trace
        if any(LOST.search(row.found) for row in rows):
            return


def machine(dry: bool) -> str:
    """What figures were taken on."""
    import torch

    versions = f"Python {sys.version.split()[0]}, torch {torch.__version__}"
    if dry:
        return f"{PROCESSOR} ({os.cpu_count()} cores): nothing here is measured on a GPU; {versions}"
    about = torch.cuda.get_device_properties(0)
    size = f"{about.total_memory / 2**30:.0f} GiB, compute capability {about.major}.{about.minor}"
    return f"{about.name} ({size}), {versions}, CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}"
