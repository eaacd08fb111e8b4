"""Code for the reader of a card, to paste and run beside the file: what the network is asked with, and a picture of
what it makes.

Tests run it, and compare what it makes with what gan-sample and gan-translate make.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from gan_runner.exporting.network import Handed, Input
from gan_runner.exporting.priors import Drawing, drawing
from gan_runner.images.drawing import IN_A_PICTURE, columns_of
from gan_runner.inference.sample import MOST_COLUMNS
from gan_runner.systems.capabilities import Samples
from gan_runner.types import Shape

SEED = 0
MODES = {1: "L", 3: "RGB", 4: "RGBA"}
"""What Pillow calls images of so many bands."""


class Snippet(NamedTuple):
    """Python, and the sentence above it."""

    says: str
    code: str


def count_of(handed: Handed) -> int:
    """Samples of a card's picture: 64, or about as many, in whole rows of all classes."""
    classes = _classes(handed)
    return 64 if classes is None or classes > 64 else classes * (64 // classes)


def columns(handed: Handed) -> int:
    """Columns of that picture, one for each class where that is not too many."""
    classes = _classes(handed)
    return 8 if classes is None or not 1 < classes <= MOST_COLUMNS else columns_of(classes, count_of(handed))


def _classes(handed: Handed) -> int | None:
    label = named(handed, "label")
    return None if label is None or label.dtype.is_floating_point else handed.origin.num_classes


def named(handed: Handed, name: str) -> Input | None:
    """An input, if the network has it."""
    return next((one for one in handed.inputs if one.name == name), None)


def snippets(handed: Handed, form: str, file: str) -> list[Snippet]:
    """Of a form that code runs; none of one that a browser opens, nor for a prior of one's own."""
    if form not in ("onnx", "pt2", "safetensors"):
        return []
    if handed.part != "generator":
        return [_of_image(handed, form, file)]
    drawn = drawing(cast(Samples, handed.system).latent)
    if not drawn.torch:
        return []
    return list(_of_latents(handed, form, file, drawn))


def _of_latents(handed: Handed, form: str, file: str, drawn: Drawing) -> Iterator[Snippet]:
    onnx, count = form == "onnx", count_of(handed)
    lines = [*_imports(handed, form, drawn), "", *_opened(handed, form, file), f"count, seed = {count}, {SEED}", ""]
    lines += drawn.numpy.splitlines() if onnx else drawn.torch.splitlines()
    lines += _label(handed, onnx)
    lines += ["", *_asked(handed, form), *_kept(handed, onnx)]
    numpys = " (numpy's own latents: samples of the same kind, and no picture that PyTorch draws)" if onnx else ""
    yield Snippet(f"{_install(handed, form)}, in the folder of the file{numpys}:", "\n".join(lines))
    same = f"`gan-sample seed={SEED} num_samples={count}`"
    if onnx:
        again = [*(["import math", ""] if "math." in drawn.torch else []), "import torch", ""]
        again += [*drawn.torch.splitlines(), "latent = latent.numpy()", *_asked(handed, form)]
        yield Snippet(f"PyTorch draws the latents of {same}. After the lines above:", "\n".join(again))
    if named(handed, "truncation") is not None:
        again = _asked(handed, form, truncation="0.7")
        yield Snippet("With `truncation` samples vary less and are more typical:", "\n".join(again))


def _imports(handed: Handed, form: str, drawn: Drawing) -> Iterator[str]:
    if form == "onnx":
        yield "import numpy as np"
        yield "import onnxruntime"
    else:
        if "math." in drawn.torch:
            yield "import math\n"
        yield from _torch_imports(form, needs_numpy=not _is_picture(handed))
    if _is_picture(handed):
        yield "from PIL import Image"


def _torch_imports(form: str, needs_numpy: bool) -> Iterator[str]:
    if needs_numpy:
        yield "import numpy as np"
    yield "import torch"
    if form == "safetensors":
        yield "from gan_runner.exporting.safetensors import load"


def _install(handed: Handed, form: str) -> str:
    """What has to be there, as the beginning of a sentence."""
    names = {"onnx": "onnxruntime numpy", "pt2": "torch numpy", "safetensors": "torch numpy safetensors"}[form]
    picture = " pillow" if _is_picture(handed) or handed.part != "generator" else ""
    more = " and gan_runner" if form == "safetensors" else ""
    return f"`pip install {names}{picture}`{more}, then"


def _opened(handed: Handed, form: str, file: str) -> list[str]:
    if form == "onnx":
        opened = f'session = onnxruntime.InferenceSession("{file}", providers=["CPUExecutionProvider"])'
        if named(handed, "truncation") is None:
            return [opened]
        return ["# it prints a line on `truncation`, since that input may be left out: nothing is wrong", opened]
    if form == "pt2":
        return [f'network = torch.export.load("{file}").module()']
    from gan_runner.exporting.safetensors import needs_trust

    vouched = ", trust=True)  # which imports classes of others" if needs_trust(handed) else ")"
    return [f'network = load("{file}"{vouched}']


def _label(handed: Handed, onnx: bool) -> list[str]:
    label = named(handed, "label")
    if label is None:
        return []
    if not label.dtype.is_floating_point:
        library = "np" if onnx else "torch"
        return [f"label = {library}.arange(count) % {handed.origin.num_classes}  # the classes in turn"]
    width = label.shape[0]
    zeros = f"np.zeros((count, {width}), dtype=np.float32)" if onnx else f"torch.zeros(count, {width})"
    return [f"label = {zeros}  # the mean of each"]


def _asked(handed: Handed, form: str, truncation: str = "") -> list[str]:
    made = "images" if handed.output == "image" else handed.output
    if form == "onnx":
        fed = [f'"{one.name}": {one.name}' for one in handed.inputs if one.batched]
        fed += [f'"truncation": np.array({truncation}, dtype=np.float32)'] if truncation else []
        return [f"({made},) = session.run(None, {{{', '.join(fed)}}})"]
    given = [one.name if one.batched else f"torch.tensor({truncation or 'torch.inf'})" for one in handed.inputs]
    return ["with torch.no_grad():", f"    {made} = network({', '.join(given)})"]


def _kept(handed: Handed, onnx: bool) -> Iterator[str]:
    """Points as an array; images as one picture where a picture shows all of their bands."""
    if handed.output != "image":
        yield f'np.save("drawn.npy", {"points" if onnx else "points.numpy()"})'
        return
    yield _pixels("images", handed, onnx)
    if not _is_picture(handed):
        yield 'np.save("drawn.npy", pixels)  # (N, C, H, W)'
        return
    bands, height, width = cast(Shape, handed.output_shape)
    across = columns(handed)
    yield f"rows = pixels.reshape(-1, {across}, {bands}, {height}, {width}).transpose(0, 3, 1, 4, 2)"
    one = f"rows.reshape(-1, {across * width}{'' if bands == 1 else f', {bands}'})"
    yield f'Image.fromarray({one}).save("drawn.png")'


def _pixels(name: str, handed: Handed, onnx: bool) -> str:
    """To bytes, as gan-sample does it."""
    if handed.in_bytes:
        return f"pixels = {name if onnx else f'{name}.numpy()'}"
    if onnx:
        return f"pixels = np.round(({name}.clip(-1, 1) + 1) * 127.5).astype(np.uint8)"
    return f"pixels = (({name}.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).numpy()"


def _is_picture(handed: Handed) -> bool:
    """Whether Pillow shows what the network makes as it is."""
    return len(handed.output_shape) == 3 and _mode(handed, cast(Any, handed.output_shape[0])) is not None


def _mode(handed: Handed, bands: int) -> str | None:
    if bands not in IN_A_PICTURE or (bands == 4 and handed.origin.fourth_is_band):
        return None
    return MODES[bands]


# ---- images of images ----------------------------------------------------------------------------------------------


def _of_image(handed: Handed, form: str, file: str) -> Snippet:
    """An image, or an array of what is none, through a network that takes it."""
    onnx, shape = form == "onnx", tuple(handed.inputs[0].shape)
    bands, holes = cast(int, shape[0]) - takes_holes(handed), takes_holes(handed)
    mode = _mode(handed, bands) if len(shape) == 3 else None
    lines = ["import numpy as np"] + (["import onnxruntime"] if onnx else list(_torch_imports(form, False)))
    lines += ["from PIL import Image"] if mode is not None or _is_picture(handed) else []
    lines += ["", *_opened(handed, form, file), *_read(handed.inputs[0], mode)]
    lines += _holed(handed.inputs[0], mode) if holes else []
    lines += [] if onnx else ["image = torch.from_numpy(image)"]
    if named(handed, "label") is not None:
        lines += ["count = 1", *_label(handed, onnx)]
    lines += ["", *_asked(handed, form), *_written(handed, onnx)]
    ending = "npy" if mode is None else "png"
    given = f"`image.{ending}`" + (f" and its hole, white, in a `hole.{ending}`" if holes else "")
    told = "" if mode is not None else " (float32 in [-1, 1], channels first)" if len(shape) == 3 else " (float32)"
    where = f"{_install(handed, form)}, in the folder of the file, with an {given} there{told}:"
    return Snippet(where, "\n".join(lines))


def takes_holes(handed: Handed) -> bool:
    """Whether the last band of what it takes says where images have their hole."""
    task = (handed.origin.config.get("data") or {}).get("task")
    source = handed.origin.source_shape
    return handed.part == "a2b" and task is not None and source is not None and source[0] == handed.origin.shape[0] + 1


def _read(taken: Input, mode: str | None) -> list[str]:
    if mode is None:
        return ['image = np.load("image.npy")[None]']
    bands = "[None, None]" if mode == "L" else ".transpose(2, 0, 1)[None]"
    return [
        f'picture = Image.open("image.png").convert("{mode}"){_resized(taken)}',
        *_cropped(taken, "picture"),
        f"image = np.asarray(picture, dtype=np.float32){bands} / np.float32(127.5) - 1",
    ]


def _resized(taken: Input) -> str:
    return "" if None in taken.shape else f".resize(({taken.shape[2]}, {taken.shape[1]}))"


def _cropped(taken: Input, name: str) -> list[str]:
    """To sides that the network takes, where those of the image are its own."""
    sides = [f"{name}.{side} // {taken.multiple} * {taken.multiple}" for side in ("width", "height")]
    return [f"{name} = {name}.crop((0, 0, {', '.join(sides)}))"] if None in taken.shape and taken.multiple > 1 else []


def _holed(taken: Input, mode: str | None) -> list[str]:
    """The image with 0 in its hole, and the hole as its last band."""
    white = [
        f'hole = Image.open("hole.png").convert("L"){_resized(taken)}',
        *_cropped(taken, "hole"),
        "hole = (np.asarray(hole)[None, None] >= 128).astype(np.float32)",
    ]
    return [
        *(white if mode else ['hole = np.load("hole.npy")[None]']),
        "image = np.concatenate([image * (1 - hole), hole], axis=1)",
    ]


def _written(handed: Handed, onnx: bool) -> Iterator[str]:
    made = handed.output
    if not _is_picture(handed):
        yield f'np.save("made.npy", {made if onnx else f"{made}.numpy()"})'
        return
    yield _pixels(made, handed, onnx)
    shown = "pixels[0, 0]" if handed.output_shape[0] == 1 else "pixels[0].transpose(1, 2, 0)"
    yield f'Image.fromarray({shown}).save("made.png")'
