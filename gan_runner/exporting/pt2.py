"""format=pt2: a program of torch.export, which PyTorch runs without this package."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_runner.exporting.facts import facts
from gan_runner.exporting.network import Handed
from gan_runner.exporting.tracing import quiet, traced
from gan_runner.files import to_json

FACTS = "gan_runner.json"
"""The name inside the file of what it says of itself."""


def write(handed: Handed, path: Path) -> None:
    """One file, for batches of any size; `torch.export.load(path, extra_files={FACTS: ""})` also reads its facts."""
    program, content = traced(handed), BytesIO()  # torch's own writer of files aborts the process on a full disk
    with quiet():
        torch.export.save(program, content, extra_files={FACTS: to_json(facts(handed))})
    path.write_bytes(content.getbuffer())


def read(path: Path, handed: Handed) -> Callable[..., Tensor]:
    """What the program computes."""
    with quiet():
        program: Any = torch.export.load(str(path)).module()

    @torch.no_grad()
    def ask(*given: Tensor) -> Tensor:
        answer: Tensor = program(*given)
        return answer

    return ask
