"""The part of a card that says how the weights came to be, of which data, and what to beware of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import gan_runner
from gan_runner.config.described import described
from gan_runner.config.labels import listed_classes
from gan_runner.config.options import CONFIGS, option_of
from gan_runner.exporting.history import History
from gan_runner.exporting.network import Handed
from gan_runner.exporting.snippets import named
from gan_runner.images.captions import batches


def data_of(handed: Handed, told: History) -> str:
    """What the data is called, where that is no person's name."""
    found = handed.origin.data or told.facts.get("data") or {}
    name = told.hidden.without(str(found.get("name", ""))).strip("… ")
    return name or _option(handed) or "data of its own"


def _option(handed: Handed) -> str | None:
    target = (handed.origin.config.get("data") or {}).get("_target_")
    return option_of("data", target) if isinstance(target, str) else None


def training(handed: Handed, told: History, data: str) -> Iterator[str]:
    """Lines of Markdown. data: what it is called."""
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


def limits(handed: Handed, told: History) -> Iterator[str]:
    """Lines of Markdown."""
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
        yield f"- The monitor of the game found nothing wrong{_too_early(handed.batches, monitored)}."
    elif not told.states:
        yield "- No monitor watched its training."
    for game, changes in told.states.items():
        last, before = changes[-1], list(dict.fromkeys(one["state"] for one in changes[:-1]))
        earlier = f"; earlier: {', '.join(one for one in before if one != last['state'])}" if before else ""
        why = _why(last)
        yield f"- The monitor called the game `{game}` **{last['state']}** at the end{why}{earlier}."


def _too_early(played: int, monitored: Any) -> str:
    """What its word is worth in a game that it has hardly seen."""
    patience = monitored.get("patience") if isinstance(monitored, Mapping) else None
    if not isinstance(patience, int) or played >= patience:
        return ""
    return f", and hardly could: most of what it finds takes {batches(patience)}"


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
