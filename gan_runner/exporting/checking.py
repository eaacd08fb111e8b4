"""Whether a file computes what the run computes: asked before it is handed over."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle

import torch
from torch import Tensor

from gan_runner.exporting.network import Handed, rounded

COUNT = 256
"""Outputs that are compared."""
SIZES = (3, 13)
"""Of batches, in turn: none is that of the example which a network is traced with."""
ENOUGH, PATIENCE = 32, 60.0
"""Fewer outputs, but so many at the least, are compared once so many seconds have passed."""
TOLERANCE = 1e-4
"""Largest difference, as a share of the range of what PyTorch computes: sums in another order differ by about 1e-6."""
DIFFERENT_BYTES = 1e-3
"""Largest share of bytes that differ, by 1, of outputs that are rounded inside: where a pixel lies between two."""


@dataclass(frozen=True)
class Checked:
    """How far a file is from PyTorch. absolute: the largest difference; range: of PyTorch's outputs, largest less
    smallest; bytes: how many there are, different: how many of them differ once rounded (None for what is no image).
    """

    count: int
    absolute: float
    range: float
    bytes: int
    different: int | None

    @property
    def relative(self) -> float:
        """The largest difference as a share of the range."""
        return self.absolute / self.range if self.range else self.absolute

    def sentence(self) -> str:
        """In words."""
        share = f"{self.relative:.1e} of the range"
        told = f"{self.count} compared with PyTorch, largest difference {self.absolute:.1e} ({share})"
        if self.different is None:
            return told
        return f"{told}, {self.different:,} of {self.bytes:,} bytes differ"


def check(handed: Handed, ask: Callable[..., Tensor], form: str) -> Checked:
    """Compare what a file answers with what the network answers, in batches of two sizes; where images may have any
    sides, also of others than the run's.

    Raises ValueError, one sentence, where it does not answer batches of those sizes, where the network answers twice
    differently or not finitely, and where they differ by more than `TOLERANCE`.
    """
    given = handed.examples(COUNT, 0)
    start, begun, sizes = 0, time.monotonic(), cycle(SIZES)
    answers: list[tuple[Tensor, Tensor]] = []
    while start < COUNT and (start < ENOUGH or time.monotonic() - begun < PATIENCE):
        size = next(sizes)
        batch = tuple(
            value[start : start + size] if one.batched else value
            for one, value in zip(handed.inputs, given, strict=True)
        )
        answers.append((_asked(handed, batch, first=start == 0), _answer(ask, batch, form)))
        start += len(batch[0])
    if handed.takes_any_side:
        batch = handed.examples(SIZES[0], 0, larger=1)
        answers.append((_asked(handed, batch, first=False), _answer(ask, batch, form)))
    wanted, found = (torch.cat([part.flatten() for part in parts]) for parts in zip(*answers, strict=True))
    checked = _compared(start, wanted, found, handed)
    _refuse(checked, form, handed.in_bytes)
    return checked


@torch.no_grad()
def _asked(handed: Handed, batch: tuple[Tensor, ...], first: bool) -> Tensor:
    answer: Tensor = handed.module(*batch)
    if not answer.isfinite().all():
        raise ValueError("what the network makes is not finite: its training had diverged when this was saved")
    if first and not torch.equal(answer, handed.module(*batch)):
        raise ValueError(
            "the network draws random numbers in evaluation mode, so no file can repeat what it makes: not handed over"
        )
    return answer


def _answer(ask: Callable[..., Tensor], batch: tuple[Tensor, ...], form: str) -> Tensor:
    size = len(batch[0])
    try:
        answer = ask(*batch)
    except Exception as error:  # every runtime has its own
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"the {form} file does not take a batch of {size} ({reason}): not handed over") from error
    if len(answer) != size:
        raise ValueError(f"the {form} file makes {len(answer)} of a batch of {size}: not handed over")
    return answer


def _compared(count: int, wanted: Tensor, found: Tensor, handed: Handed) -> Checked:
    exact, other = wanted.double(), found.double()
    is_image = len(handed.output_shape) == 3
    first, second = (one if handed.in_bytes else rounded(one) for one in (wanted, found))
    return Checked(
        count,
        float((exact - other).abs().max()),
        float(exact.max() - exact.min()),
        wanted.numel(),
        int((first != second).sum()) if is_image else None,
    )


def _refuse(checked: Checked, form: str, in_bytes: bool) -> None:
    if in_bytes:
        good = checked.absolute <= 1 and (checked.different or 0) <= DIFFERENT_BYTES * checked.bytes
    else:
        good = checked.relative <= TOLERANCE
    if not good:
        raise ValueError(f"the {form} file differs from the network ({checked.sentence()}): not handed over")
