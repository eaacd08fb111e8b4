"""A network as a program of torch.export, for batches of any size: what the forms that hold a network are made of."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.export import Dim, ExportedProgram
from torch.fx import GraphModule

from gan_runner.exporting.network import Handed, Input

EXAMPLES = 4
"""Size of the batch that a network is traced with."""


def traced(handed: Handed) -> ExportedProgram:
    """Raises ValueError, one sentence, for a network that only works for the batch it was traced with.

    `torch.onnx.export` on a module would write such a network without a word, with the size of its example.
    """
    sizes = tuple(_free(one) for one in handed.inputs)
    with quiet(), torch.no_grad():
        try:
            program = torch.export.export(handed.module, handed.examples(EXAMPLES, 0), dynamic_shapes=(sizes,))
        except Exception as error:  # whatever a network of one's own does
            raise ValueError(f"the {handed.part} cannot be exported: {_reason(error)}") from error
    _forget_places(program)
    return program


def _forget_places(program: ExportedProgram) -> None:
    """Without the lines of code behind each operation: they name files, and with them folders of whoever exports."""
    for module in program.graph_module.modules():
        for node in module.graph.nodes if isinstance(module, GraphModule) else ():
            node.meta.pop("stack_trace", None)


def _free(one: Input) -> dict[int, Any]:
    """The dimensions of an input that may be of any size."""
    sides = {place: Dim.DYNAMIC for place, side in enumerate(one.shape, start=1) if side is None}
    return {0: Dim.DYNAMIC, **sides} if one.batched else {}


def _reason(error: Exception) -> str:
    text = str(error)
    if "your code specialized it to be a constant" in text:
        return (
            "its forward fixes the size of the batch, or of the image, as len(x) and int(x.shape[0]) do; x.shape[0] "
            "as it is, -1 and unflatten leave it free"
        )
    return " ".join(text.split())[:300]


@contextmanager
def quiet() -> Iterator[None]:
    """Without what exporters say to those who write them."""
    names = ("torch.onnx", "onnxscript", "onnx_ir", "torch.export", "torch._export")
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
