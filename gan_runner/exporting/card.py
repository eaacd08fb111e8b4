"""README.md beside a file: a model card in the form of Hugging Face, of what the checkpoint and its run folder tell.

It goes to anybody: what is told of places and people passes `discreet`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import gan_runner
from gan_runner.config.described import described
from gan_runner.config.errors import listed
from gan_runner.config.labels import listed_classes
from gan_runner.config.options import CONFIGS, option_of
from gan_runner.exporting import licences
from gan_runner.exporting.checking import Checked
from gan_runner.exporting.facts import sides, value_range
from gan_runner.exporting.front_matter import front_matter
from gan_runner.exporting.history import History, history
from gan_runner.exporting.network import Handed, Input
from gan_runner.exporting.priors import drawing, limits
from gan_runner.exporting.snippets import SEED, count_of, named, snippets
from gan_runner.figures import CONTROLS, build
from gan_runner.figures import count_of as samples_of
from gan_runner.images.captions import ARROWS, batches
from gan_runner.images.depths import Depth
from gan_runner.report.further import citation, papers
from gan_runner.report.measured import Row, rows
from gan_runner.systems.capabilities import Samples

STAND_FOR = {
    "real": "other real samples in the place of the generated ones",
    "identity": "the image as it is, in the place of its translation",
    "colour": "the image in the colours of the other domain, in the place of its translation",
    "median": "what a median filter makes of the damaged image",
    "soft_threshold": "what shrinking all values by a threshold makes of the damaged image",
}
"""What a control is."""


def card(
    handed: Handed, checked: Checked | None, form: str, file: str, licence: str | None, picture: str | None = None
) -> str:
    """Markdown. form: of the file, by its name there; picture: of samples, beside it."""
    told = history(handed)
    data = data_of(handed, told)
    title = f"{model_of(handed, told)} on {data}"
    parts = [
        _head(handed, title, picture),
        _use(handed, form, file),
        _figures(told),
        _training(handed, told, data),
        _limits(handed, told),
        _check(handed, checked, form),
        ("", "## Licence", "", licences.sentence(licence)),
        _cite(handed, told),
    ]
    body = "\n".join(line for part in parts for line in part)
    return f"{front_matter(handed, told, form, licence, title, data)}\n{body}\n"


def model_of(handed: Handed, told: History) -> str:
    """What the model is called: the recipe, or the class of its system."""
    return (told.facts.get("choices") or {}).get("model") or type(handed.system).__name__.lower()


def data_of(handed: Handed, told: History) -> str:
    """What the data is called, where that is no person's name."""
    found = handed.origin.data or told.facts.get("data") or {}
    name = told.hidden.without(str(found.get("name", ""))).strip("… ")
    return name or _option(handed) or "data of its own"


def _option(handed: Handed) -> str | None:
    target = (handed.origin.config.get("data") or {}).get("_target_")
    return option_of("data", target) if isinstance(target, str) else None


# ---- what it is, and how it is used ---------------------------------------------------------------------------------


def _head(handed: Handed, title: str, picture: str | None) -> Iterator[str]:
    yield f"# {title}"
    yield ""
    yield (
        f"Makes {_made(handed)}: {handed.weights} after {batches(handed.batches)}, trained with gan_runner"
        f"{_of_the_part(handed.part)}."
    )
    if picture is not None:
        yield from ("", f"![samples]({picture})", "", _below_the_picture(handed))


def _made(handed: Handed) -> str:
    """What it makes of what, in words."""
    what = "images" if len(handed.origin.shape) == 3 else "points"
    if handed.part == "generator":
        size = f" of {handed.origin.shape[1]}×{handed.origin.shape[2]} pixels" if what == "images" else ""
        asked = ", and of the classes that are asked for" if named(handed, "label") else ""
        return f"{what}{size} of random numbers{asked}"
    return f"codes of {what}" if handed.output == "latent" else f"{what} of {what}"


def _of_the_part(part: str) -> str:
    told = {
        "a2b": " to translate A into B", "b2a": " to translate B into A", "encoder": "; this is its encoder",
        "reconstruction": "; encoder and decoder in one",
    }  # fmt: skip
    return told.get(part, "")


def _below_the_picture(handed: Handed) -> str:
    label = named(handed, "label")
    turn = ""
    if label is not None:
        turn = ", with labels of training images" if label.dtype.is_floating_point else ", the classes in turn"
    return f"{count_of(handed)} samples, none chosen: those of `gan-sample seed={SEED}`{turn}."


def _use(handed: Handed, form: str, file: str) -> Iterator[str]:
    yield from ("", "## Use", "", "| | name | shape | type | what it is |", "|---|---|---|---|---|")
    for one in handed.inputs:
        yield f"| input | `{one.name}` | {_shape(one)} | {_type(one)} | {one.meaning} |"
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
            yield f"| {name} | {mean:g} | {spread:g} |"
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


# ---- what was measured ----------------------------------------------------------------------------------------------


def _figures(told: History) -> Iterator[str]:
    yield from ("", "## Figures", "")
    found = rows(told.figures, "en")
    if not found:
        yield "Nothing was measured of these weights."
        return
    controls = [one for one in CONTROLS if any(build(row.name, one) in told.figures for row in found)]
    heads = ["figure", "here", *(_called(found, told, one) for one in controls), "what it says", "full name"]
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in found:
        beside = [_number(told.figures.get(build(row.name, one))) for one in controls]
        yield f"| {' | '.join([row.short, row.value, *beside, row.says, f'`{row.name}`'])} |"
    counts = sorted({count for row in found if (count := samples_of(row.name)) is not None})
    yield ""
    yield f"{ARROWS}. {_controls(controls)}By {told.measured_by}, {_on(counts)}."
    yield (
        "The full name says what looked at the samples: figures compare with others of the same full name alone, and "
        "with none that another network looked at."
    )


def _called(found: Sequence[Row], told: History, control: str) -> str:
    """What a report calls a control."""
    for row in found:
        present = [one for one in CONTROLS if build(row.name, one) in told.figures]
        if control in present:
            return row.controls[present.index(control)][0]
    return control


def _controls(controls: Sequence[str]) -> str:
    told = [STAND_FOR[one] for one in controls]
    return f"Beside them, as controls: {'; '.join(told)}. " if told else ""


def _on(counts: Sequence[int]) -> str:
    return f"on {' or '.join(f'{count:,}' for count in counts)} samples each" if counts else "on held-out data"


def _number(value: Any) -> str:
    return "" if value is None else f"{float(value):.4g}"


# ---- how it came to be ----------------------------------------------------------------------------------------------


def _training(handed: Handed, told: History, data: str) -> Iterator[str]:
    config = handed.origin.config
    yield from ("", "## Training", "", f"- Data: {data}{_amounts(handed, told)}.")
    if says := _about(handed):
        yield f"- About the data: {says}"
    if told.commands:
        yield f"- Command: {', then '.join(f'`{one}`' for one in told.commands)}."
    yield f"- Length: {batches(handed.batches)}{_shown(handed)}{_time(told)}."
    if recipe := recipe_of(told):
        yield f"- Recipe: {recipe}."
    yield f"- Seed: {config.get('seed', 0)}. Tricks: {', '.join(config.get('tricks') or {}) or 'none'}."
    versions = told.facts.get("versions") or {}
    if versions:
        of_others = "".join(f", {name} {versions[name]}" for name in ("python", "torch", "numpy") if name in versions)
        revision = told.facts.get("git_revision")
        at = f" (revision {revision})" if revision else ""
        yield f"- Versions: gan_runner {gan_runner.__version__}{at}{of_others}."


def recipe_of(told: History) -> str:
    """What was chosen of each group, as on a command line; the tricks apart."""
    chosen = told.facts.get("choices") or {}
    return ", ".join(f"`{group}={name}`" for group, name in chosen.items() if isinstance(name, str))


def _amounts(handed: Handed, told: History) -> str:
    """How much of it there is, and of which size."""
    found: Mapping[str, Any] = handed.origin.data or told.facts.get("data") or {}
    node = handed.origin.config.get("data") or {}
    parts = [f"{found['files']:,} files"] if "files" in found else []
    shape = handed.origin.shape
    if len(shape) == 3:
        parts.append(f"{shape[1]}×{shape[2]} pixels, {shape[0]} band{'s' if shape[0] > 1 else ''}")
    else:
        parts.append(f"points of {shape[0]} numbers")
    if handed.origin.num_classes:
        parts.append(f"{handed.origin.num_classes} classes ({listed_classes(handed.origin.called)})")
    if node.get("limit"):
        parts.append(f"{node['limit']:,} of them trained on")
    if node.get("holdout"):
        parts.append(f"a share of {node['holdout']:g} held out to measure by")
    return f": {'; '.join(parts)}"


def _about(handed: Handed) -> str:
    """Of published data, and data that is drawn, the line that its option has."""
    option = _option(handed)
    if option is None or "root" in (handed.origin.data or {}) or not (CONFIGS / "data" / f"{option}.yaml").is_file():
        return ""
    return described("data", option).summary


def _shown(handed: Handed) -> str:
    size = (handed.origin.config.get("data") or {}).get("batch_size")
    return f" of {size}, {handed.batches * size:,} samples shown" if isinstance(size, int) else ""


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _time(told: History) -> str:
    hardware, parts = told.facts.get("hardware") or {}, [*told.facts.get("earlier", []), told.facts]
    seconds = sum(part.get("seconds") or 0 for part in parts)
    if not seconds or not hardware:
        return ""
    gpus = hardware.get("gpus") or []
    where = (
        f"{len(gpus)} × {gpus[0]}"
        if gpus
        else f"{hardware.get('processor')} ({_counted(hardware.get('threads') or 1, 'thread')})"
    )
    return f"; the whole run took {seconds:,.0f} s on {where}, precision {told.facts.get('precision', '32-true')}"


# ---- what to beware of ----------------------------------------------------------------------------------------------


def _limits(handed: Handed, told: History) -> Iterator[str]:
    yield from ("", "## Limits", "")
    shape = handed.output_shape
    if len(shape) == 3 and None not in shape:
        yield f"- It makes images of {shape[1]}×{shape[2]} pixels alone, of what the data shows."
    yield from _state(handed, told)
    yield from _copies(handed, told)
    for remark in handed.remarks:
        yield f"- {remark[0].upper()}{remark[1:]}."
    if handed.part == "generator" and named(handed, "label") is None and handed.origin.num_classes:
        yield "- No class can be asked for: the labels of the data were not told to it."


def _state(handed: Handed, told: History) -> Iterator[str]:
    """What the monitor said of each game, last and before."""
    monitored = (handed.origin.config.get("callbacks") or {}).get("monitor")
    if not told.facts:
        yield "- Nothing is known of how its training went: it was exported from a checkpoint alone."
    elif not told.states and monitored:
        yield "- The monitor of the game found nothing wrong."
    elif not told.states:
        yield "- No monitor watched its training."
    for game, changes in told.states.items():
        last, before = changes[-1], list(dict.fromkeys(one["state"] for one in changes[:-1]))
        earlier = f"; earlier: {', '.join(one for one in before if one != last['state'])}" if before else ""
        why = _why(last)
        yield f"- The monitor called the game `{game}` **{last['state']}** at the end{why}{earlier}."


def _why(change: Mapping[str, Any]) -> str:
    if not change.get("quantity"):
        return f", from batch {change['batches']:,} on"
    return (
        f", from batch {change['batches']:,} on ({change['quantity']} {float(change['value']):.3g}, and its limit "
        f"is {float(change['threshold']):.3g})"
    )


def _copies(handed: Handed, told: History) -> Iterator[str]:
    """Whether samples are copies of training images."""
    found = next((value for name, value in told.figures.items() if name.startswith("evaluation/memorized/")), None)
    if found is not None:
        yield (
            f"- Copies: {100 * found:.1f} % of its samples are nearer to a training image than 99 % of other real "
            "images are (1 % is usual)."
        )
    elif handed.part == "generator" and handed.origin.kind == "images":
        yield "- Whether its samples are copies of training images was not measured."


def _check(handed: Handed, checked: Checked | None, form: str) -> Iterator[str]:
    if checked is None:
        return
    yield from ("", "## Check", "")
    yield f"Before the file was handed over: {checked.sentence()}."
    by = [f"{name} {version}" for name, version in _versions(form)]
    yield f"Written with gan_runner {gan_runner.__version__}{''.join(f', {one}' for one in by)}."


def _versions(form: str) -> Iterator[tuple[str, str]]:
    from importlib.metadata import PackageNotFoundError, version

    used = {"onnx": ("onnx", "onnxruntime"), "safetensors": ("safetensors",), "html": ("onnx", "onnxruntime")}
    for name in ("torch", *used.get(form, ())):
        try:
            yield name, version(name)
        except PackageNotFoundError:  # put together by hand
            continue


def _cite(handed: Handed, told: History) -> Iterator[str]:
    found = papers({**told.facts}, handed.origin.config)
    if found:
        yield from ("", "## Papers", "", *(f"- {part}: {paper}" for part, paper in found))
    yield from ("", "```bibtex", citation(told.facts), "```")
