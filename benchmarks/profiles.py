"""Where the processor's time of a batch goes: arithmetic by kind, and all that is beside it.

    python benchmarks/profiles.py [case …] [--batches 30]

The cases are those of benchmarks/step.py, played by gan-train with all its default logging and callbacks, on one
thread. torch.profiler says what each operation takes itself; what of a batch no operation takes is Python: Lightning's
loop, callbacks, figures, autograd's bookkeeping. The batch's own time is taken in a stretch without the profiler, which
itself costs; the shares of operations are scaled by it. The plain loop of step.py is told apart beside it.
"""

from __future__ import annotations

import argparse
import io
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stdout
from time import process_time
from typing import Any

import step
import torch
from pytorch_lightning.callbacks import Callback
from torch.profiler import ProfilerActivity, profile

from gan_runner.training.libraries import load

KINDS = {
    "convolutions": ("convolution", "mkldnn_conv", "conv2d", "slow_conv"),
    "matrix products": ("addmm", "aten::mm", "linear", "bmm", "matmul"),
    "normalization": ("batch_norm", "group_norm", "layer_norm"),
    "optimizer": ("fused_adam", "_foreach", "adam"),
    "copies, layout": ("copy_", "clone", "contiguous", "to_dense", "empty", "as_strided", "reorder", "cat"),
}
"""Kind -> what is found in the names of its operations; the rest are activations, sums, losses."""
REST = "activations, sums, losses"


def kind_of(operation: str) -> str:
    """The kind of an operation, by its name."""
    return next((kind for kind, parts in KINDS.items() if any(part in operation for part in parts)), REST)


def told(events: Any, batches: int) -> Counter[str]:
    """Milliseconds a batch of each kind."""
    found: Counter[str] = Counter()
    for event in events:
        if event.key.startswith(("ProfilerStep", "Optimizer", "torch::autograd", "autograd::engine", "Torch-Compiled")):
            continue
        found[kind_of(event.key)] += event.self_cpu_time_total / 1000 / batches
    return found


class Watch(Callback):
    """Times a stretch as it is, and watches the next one of the same length."""

    def __init__(self, skip: int, batches: int) -> None:
        self.marks = (skip, skip + batches, skip + 2 * batches)
        self.batches, self.taken = batches, 0.0
        self.profiler = profile(activities=[ProfilerActivity.CPU])

    def on_train_batch_end(self, trainer: Any, *rest: Any) -> None:
        begin, middle, end = self.marks
        if trainer.global_step == begin:
            self.taken = process_time()
        elif trainer.global_step == middle:
            self.taken = process_time() - self.taken
            self.profiler.start()
        elif trainer.global_step == end:
            self.profiler.stop()


def of_the_runner(case: step.Case, batches: int) -> tuple[float, Counter[str]]:
    """Milliseconds a batch, and of its operations by kind."""
    watch = Watch(step.warm_up(case), batches)
    with tempfile.TemporaryDirectory() as folder:
        how = [f"trainer.max_steps={watch.marks[-1] + 1}", "trainer.precision=32-true", "trainer.accelerator=cpu"]
        played = step.experiment([*case.overrides, *how], folder)
        played.trainer.callbacks.append(watch)  # type: ignore[attr-defined]
        with redirect_stdout(io.StringIO()):
            played.trainer.fit(played.system, played.data)
    return watch.taken / batches * 1000, told(watch.profiler.key_averages(), batches)


def of_the_loop(case: step.Case, batches: int) -> tuple[float, Counter[str]]:
    """The same of the plain loop."""
    with tempfile.TemporaryDirectory() as folder:
        played = step.experiment([*case.overrides, "trainer.max_steps=1"], folder)
    game, latent = played.system.game, played.system.latent  # type: ignore[attr-defined]
    networks = [one.to(memory_format=torch.contiguous_format) for one in (game.generator, game.discriminator)]
    play, real = step.plain_step(*networks, latent, step.PROCESSOR), played.data.examples(64).real.contiguous()
    stretch(lambda: play(real), step.warm_up(case))
    taken = stretch(lambda: play(real), batches)
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        stretch(lambda: play(real), batches)
    return taken, told(profiler.key_averages(), batches)


def stretch(play: Callable[[], None], batches: int) -> float:
    """Milliseconds of processor time a batch."""
    begin = process_time()
    for _ in range(batches):
        play()
    return (process_time() - begin) / batches * 1000


def rows(name: str, sides: dict[str, tuple[float, Counter[str]]]) -> list[str]:
    """A table row a side."""
    lines = []
    for side, (taken, found) in sides.items():
        python = max(taken - sum(found.values()), 0.0)
        cells = [f"{found[kind]:.2f}" for kind in (*KINDS, REST)]
        lines.append(f"| {name} | {side} | {taken:.2f} | {' | '.join(cells)} | {python:.2f} |")
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=["ring-mlp", "dcgan-32x32x1"])
    parser.add_argument("--batches", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if unknown := set(arguments.cases) - set(step.CASES):
        parser.error(f"no case is called {', '.join(sorted(unknown))}: there are {', '.join(step.CASES)}")
    torch.set_num_threads(1)
    load()
    print(f"| case | of | ms CPU a batch | {' | '.join((*KINDS, REST))} | Python and the rest |")
    print("|---|---|" + "---|" * (len(KINDS) + 3))
    for name in arguments.cases:
        case = step.CASES[name]
        batches = arguments.batches * (30 if name.startswith("ring") else 1)
        played = [(of_the_loop(case, batches), of_the_runner(case, batches)) for _ in range(arguments.rounds)]
        middle = {side: typical([pair[index] for pair in played]) for index, side in enumerate(("plain", "runner"))}
        print("\n".join(rows(name, middle)), flush=True)


def typical(found: list[tuple[float, Counter[str]]]) -> tuple[float, Counter[str]]:
    """Medians over the rounds, of each kind by itself."""
    kinds = {kind for _, one in found for kind in one}
    return statistics.median(taken for taken, _ in found), Counter(
        {kind: statistics.median(one[kind] for _, one in found) for kind in kinds}
    )


if __name__ == "__main__":
    main()
