"""The part of a card that says how the file is used: what goes in, what comes out, code to paste."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from gan_runner.config.errors import listed
from gan_runner.exporting.facts import sides, value_range
from gan_runner.exporting.network import Handed, Input
from gan_runner.exporting.priors import drawing, limits
from gan_runner.exporting.snippets import named, snippets
from gan_runner.images.depths import Depth
from gan_runner.systems.capabilities import Samples


def use(handed: Handed, form: str, file: str) -> Iterator[str]:
    """Lines of Markdown."""
    yield from ("", "## Use", "", "| | name | shape | type | what it is |", "|---|---|---|---|---|")
    for one in handed.inputs:
        yield f"| input | `{one.name}` | {_shape(one)} | {_type(one)} | {_cell(one.meaning)} |"
    shape = ", ".join(map(str, sides(handed.output_shape)))
    kind = "uint8" if handed.in_bytes else "float32"
    yield f"| output | `{handed.output}` | ({shape}) | {kind} | {value_range(handed)} |"
    yield from _values(handed)
    yield from _classes(handed)
    yield from _damage(handed)
    if handed.part == "generator":
        prior = cast(Samples, handed.system).latent
        yield from ("", f"Latents are drawn from: {drawing(prior).words}. Truncation: {limits(prior)}.")
    if form == "html":
        yield from ("", f"`{file}` is a page: any browser opens it from disk.")
    for shown in snippets(handed, form, file):
        yield from ("", shown.says, "", "```python", shown.code, "```")
    if form == "safetensors":
        yield from _of_weights(handed)


def _cell(text: str) -> str:
    """Of a table, whose cells a bar would part: names of classes are anybody's."""
    return text.replace("|", "\\|")


def _shape(one: Input) -> str:
    if not one.batched:
        return "one number"
    return f"({', '.join(map(str, sides(one.shape)))}{'' if one.shape else ','})"


def _type(one: Input) -> str:
    return str(one.dtype).removeprefix("torch.")


def _values(handed: Handed) -> Iterator[str]:
    """What −1 and 1 are in files of more than 8 bits."""
    depth = Depth.of(handed.origin.depth, (handed.origin.scales or {}).get("real"))
    if depth is not None and handed.output == "image":
        yield from ("", f"In the values of the files that it was trained on: {depth.told}.")


def _classes(handed: Handed) -> Iterator[str]:
    label = named(handed, "label")
    if label is None:
        return
    if label.dtype.is_floating_point:
        conditions = handed.origin.conditions
        assert conditions is not None
        yield from ("", "| number | mean | spread |", "|---|---|---|")
        for name, mean, spread in zip(conditions.names, conditions.mean, conditions.spread, strict=True):
            yield f"| {_cell(name)} | {mean:g} | {spread:g} |"
        yield from ("", "The network is told (number − mean) / spread.")
    else:
        yield from ("", f"Classes: {_places(handed.origin.called)}.")


def _places(names: Sequence[str]) -> str:
    """Names of classes with their places, where they are not the same."""
    if list(names) == [str(place) for place in range(len(names))]:
        return f"0 to {len(names) - 1}, which are their names"
    return listed(tuple(f"{place} is {name}" for place, name in enumerate(names)), most=100)


def _damage(handed: Handed) -> Iterator[str]:
    """What was done to the images that a run learned to mend."""
    task = (handed.origin.config.get("data") or {}).get("task")
    if task is not None and handed.part == "a2b":
        yield from ("", f"It mends images that are damaged as in training: `data.task={task}` of gan_runner.")


def _of_weights(handed: Handed) -> Iterator[str]:
    count = len(handed.module.state_dict())
    yield ""
    yield (
        "`load` builds the network from what the file says of it (`recipe` in its metadata, the same as `config.json`) "
        "and needs gan_runner. It imports classes of gan_runner alone, and others with `trust=True`. Code of your own "
        f"reads the {count} tensors by name, float32 and contiguous, with `safetensors.torch.load_file`."
    )
