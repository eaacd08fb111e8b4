"""What was found, in lines for people."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from gan_runner.doctor.examination import Examination
from gan_runner.doctor.features import Feature
from gan_runner.doctor.places import Place
from gan_runner.runs.listing import in_bytes

WIDEST = 120


def lines(found: Examination) -> Iterator[str]:
    """Section by section; what is wrong comes last, where a terminal shows it."""
    system = found.system
    yield f"gan-runner {system['gan-runner']}, Python {system['python']}, {system['system']}, {system['machine']}"
    yield "\nPackages"
    yield from _table([(one.name, one.version or "not installed", one.wanted) for one in found.packages])
    yield "\nDevices"
    yield from _table(list(_devices(found.torch, found.devices)))
    yield "\nPlaces"
    yield from _table([(place.name, place.path, _size(place), _left(place), place.what) for place in found.places])
    yield "\nFeatures"
    yield from _table([(one.name, one.what, _lack(one)) for one in found.features])
    yield "\nSurroundings"
    yield from _table(list(_surroundings(found.surroundings)))
    yield ""
    yield from _troubles(found)


def as_json(found: Examination) -> str:
    """For programs."""
    return json.dumps(found.plain(), indent=2)


def _devices(torch: dict[str, Any], machine: dict[str, Any]) -> Iterator[tuple[str, str]]:
    cores = f"{machine['usable_cores']:g} of {machine['cores']} cores may be used"
    bf16 = torch.get("native_bf16", machine["native_bf16"])
    natively = "" if bf16 is None else ", multiplies bf16 itself" if bf16 else ", does not multiply bf16 itself"
    yield "processor", f"{machine['processor']}: {cores}{natively}"
    memory, free = machine["memory"], machine["free_memory"]
    if memory is not None:
        yield "memory", in_bytes(memory) + (f", {in_bytes(free)} free" if free is not None else "")
    if torch["error"]:
        yield "torch", "cannot be imported"
    else:
        built = f"CUDA {torch['cuda']}" if torch["cuda"] else f"ROCm {torch['hip']}" if torch["hip"] else "processors"
        yield "torch", f"{torch['version']}, built for {built}, {torch['threads']} thread(s)"
    for gpu in torch.get("gpus", []):
        yield "GPU", f"{gpu['name']}, {in_bytes(gpu['memory'])}, compute capability {gpu['capability']}"
    if torch.get("mps"):
        yield "GPU", "Apple (MPS)"
    if machine["nvidia"]:
        yield "driver", f"NVIDIA {machine['nvidia']['driver'] or 'of an unknown version'}"
    elif not torch.get("gpus") and not torch.get("mps"):
        yield "GPU", "none"


def _size(place: Place) -> str:
    if not place.exists:
        return "not there yet"
    return "" if place.name == "temporary" else f"{'over ' if place.at_least else ''}{in_bytes(place.size)}"


def _left(place: Place) -> str:
    free = "" if place.free is None else f"{in_bytes(place.free)} free"
    return " on ".join(filter(None, (free, place.system)))


def _lack(one: Feature) -> str:
    return f"needs {', '.join(one.lacks)}: {one.helps}" if one.lacks else "ready"


def _surroundings(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from found["variables"].items()
    if found["shared_memory"] is not None:
        yield "/dev/shm", f"{in_bytes(found['shared_memory'])} free"
    yield "encoding", found["encoding"]
    yield "clock", found["clock"]


def _troubles(found: Examination) -> Iterator[str]:
    for trouble in found.troubles:
        helps = f" -> {trouble.helps}" if trouble.helps else ""
        text = f"{'Missing' if trouble.level == 'missing' else 'Beware'}: {trouble.says}{helps}"
        yield textwrap.fill(text, WIDEST, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    count = sum(trouble.level == "missing" for trouble in found.troubles)
    yield f"{count} thing(s) that are needed do not work." if count else "All that is needed works."


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns, but for the last one, as wide as their widest cell."""
    if not rows:
        return
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
        yield "  " + "  ".join([*cells, row[-1]]).rstrip()
