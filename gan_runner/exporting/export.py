"""gan-export: one network of a run as one file, written, checked and only then put where it was asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from gan_runner.exporting.checking import Checked, check
from gan_runner.exporting.facts import sides
from gan_runner.exporting.folder import beside
from gan_runner.exporting.formats import Format
from gan_runner.exporting.hub import push
from gan_runner.exporting.network import Handed, handed
from gan_runner.exporting.request import ExportRequest as Request
from gan_runner.files import replacing


def export(request: Request) -> str:
    """Do what is requested. Returns what was done. Whatever goes wrong leaves nothing behind."""
    form, output = request.form, request.destination
    network = handed(request)
    if form.prepare is not None:
        form.prepare(network, request.runtime)
    path = output / f"{network.part}{form.suffix}" if request.in_a_folder else output
    made = _missing(path.parent)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if request.in_a_folder:
            checked, files = in_a_folder(network, request, path)
        else:
            checked, files = written(network, form, path, request.format), [path]
    except BaseException:
        with suppress(OSError):  # what could not be made, or is another's by now
            for folder in made:
                folder.rmdir()
        raise
    said = told(network, form, path, checked, files[1:])
    if request.push_to_hub is None:
        return said
    address = push(files, request.push_to_hub, request.private, f"{network.part}, {form.says}, by gan-export")
    return f"{said}\nuploaded to {address}"


def in_a_folder(network: Handed, request: Request, path: Path) -> tuple[Checked, list[Path]]:
    """The file and what goes with it, all of them or none. Returns them as they lie now, the file first."""
    with TemporaryDirectory(prefix=".gan-export-", dir=path.parent) as place:
        new = Path(place) / path.name
        checked = written(network, request.form, new, request.format)
        files = beside(network, checked, request.format, new, request.license)
        for file in files:
            os.replace(file, path.parent / file.name)
    return checked, [path.parent / file.name for file in files]


def written(network: Handed, form: Format, path: Path, name: str) -> Checked:
    """The file is at `path` and was checked, or is not there. Raises ValueError, one sentence."""
    writer = form.load()
    with replacing(path) as beside:
        writer.write(network, beside)
        return check(network, writer.read(beside, network), name)


def told(network: Handed, form: Format, path: Path, checked: Checked, others: Sequence[Path] = ()) -> str:
    """What was written, in words."""
    size = path.stat().st_size
    taken = ", ".join(f"{one.name} {_shape(sides(one.shape) if one.batched else [])}" for one in network.inputs)
    made = f"{network.output} {_shape(sides(network.output_shape))}{' of bytes' if network.in_bytes else ''}"
    lines = [
        f"{network.weights} after {network.batches} batches as {form.says}: {path} ({size / 1e6:.1f} MB)",
        f"takes {taken}; gives {made}",
        checked.sentence(),
        *network.remarks,
        *([f"beside it {', '.join(one.name for one in others)}"] if others else []),
    ]
    return "\n".join(lines)


def _shape(shape: list[int | str]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})" if shape else "(one number)"


def _missing(folder: Path) -> list[Path]:
    """The folders that have to be made for this one, the innermost first."""
    return [one for one in (folder, *folder.parents) if not one.exists()]
