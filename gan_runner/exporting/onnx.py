"""format=onnx: one file with its weights inside, for ONNX Runtime in any language and in browsers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_runner.exporting.facts import facts
from gan_runner.exporting.network import Handed, Input
from gan_runner.exporting.tracing import quiet, traced

SIDES = ("batch", None, "height", "width")
"""What the free dimensions of a file are called, by their places."""
UNKNOWN = re.compile(r"No ONNX function found for <OpOverload\(op='([\w.]+)'")
LARGEST = 2**31 - 2**20
"""Bytes of weights: one protobuf message holds 2 GiB."""


def write(handed: Handed, path: Path) -> None:
    """One file: weights inside, metadata beside them, dimensions by name, nothing of where it was made.

    `truncation` has a default, so that whoever gives none asks for the whole prior.
    """
    size = sum(one.nbytes for one in handed.module.state_dict().values() if isinstance(one, Tensor))
    if size > LARGEST:
        raise ValueError(f"an ONNX file holds 2 GB, and these weights have {size / 1e9:.1f} GB: give format=pt2")
    program = traced(handed)
    names = [one.name for one in handed.inputs]
    with quiet():
        try:
            written: Any = torch.onnx.export(
                program, dynamo=True, verbose=False, input_names=names, output_names=[handed.output]
            )
        except torch.onnx.errors.OnnxExporterError as error:
            found = UNKNOWN.search(str(error))
            what = f"it uses {found[1]}, which ONNX does not know" if found else " ".join(str(error).split())[:300]
            raise ValueError(f"the {handed.part} cannot be written as ONNX: {what}; format=pt2 takes any") from error
        _tidy(written.model, handed)
        written.save(str(path), external_data=False)


def read(path: Path, handed: Handed) -> Callable[..., Tensor]:
    """What ONNX Runtime computes on the processor, with as many threads as PyTorch."""
    run = session(path).run

    def ask(*given: Tensor) -> Tensor:
        fed = {one.name: value.numpy() for one, value in zip(handed.inputs, given, strict=True)}
        return torch.from_numpy(run(None, fed)[0])

    return ask


def session(path: Path) -> Any:
    """An InferenceSession on the processor. Raises ValueError for a file that it does not load."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no class in common
        raise ValueError(
            f"ONNX Runtime does not load what was written: {' '.join(str(error).split())[:300]}"
        ) from error


def _tidy(model: Any, handed: Handed) -> None:
    """Names for free dimensions, a default for truncation, what the file says of itself; lines of code are left out."""
    graph = model.graph
    for value, one in zip(graph.inputs, handed.inputs, strict=True):
        _name_sides(value, one.shape if one.batched else None)
        if not one.batched:
            _default(graph, value, one)
    _name_sides(graph.outputs[0], handed.output_shape)
    for node in graph.all_nodes():
        node.metadata_props.clear()
        node.doc_string = None
        for value in node.outputs:
            value.metadata_props.clear()
            if value not in graph.outputs:
                value.shape = value.type = None  # which runtimes infer; theirs have names of no meaning
    for value in (*graph.inputs, *graph.outputs, *graph.initializers.values()):
        value.metadata_props.clear()
    graph.metadata_props.clear()
    graph.name, model.producer_name = handed.part, "gan-runner"
    told = facts(handed)
    model.producer_version, model.doc_string = told["version"], told["summary"]
    model.metadata_props.clear()
    model.metadata_props.update(told)


def _name_sides(value: Any, shape: tuple[int | None, ...] | None) -> None:
    import onnx_ir

    if shape is not None:
        sides = [SIDES[0], *(side if side is not None else SIDES[place] for place, side in enumerate(shape, start=1))]
        value.shape = onnx_ir.Shape(sides)


def _default(graph: Any, value: Any, one: Input) -> None:
    import onnx_ir

    value.const_value = onnx_ir.tensor(np.array(np.inf, dtype=np.float32), name=one.name)
    graph.register_initializer(value)
