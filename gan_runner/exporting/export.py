"""gan-export: one network of a run as one file, written, checked and only then put where it was asked for."""

from __future__ import annotations

from pathlib import Path

from gan_runner.exporting.checking import Checked, check
from gan_runner.exporting.facts import sides
from gan_runner.exporting.formats import Format
from gan_runner.exporting.network import Handed, handed
from gan_runner.exporting.request import ExportRequest as Request
from gan_runner.files import replacing


def export(request: Request) -> str:
    """Do what is requested. Returns what was done. Whatever goes wrong leaves nothing behind."""
    form, output = request.form, request.destination
    network = handed(request)
    path = output / f"{network.part}{form.suffix}" if request.in_a_folder else output
    made = _missing(path.parent)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        checked = written(network, form, path, request.format)
    except BaseException:
        for folder in made:
            folder.rmdir()
        raise
    return told(network, form, path, checked)


def written(network: Handed, form: Format, path: Path, name: str) -> Checked:
    """The file is at `path` and was checked, or is not there. Raises ValueError, one sentence."""
    writer = form.load()
    with replacing(path) as beside:
        writer.write(network, beside)
        return check(network, writer.read(beside, network), name)


def told(network: Handed, form: Format, path: Path, checked: Checked) -> str:
    """What was written, in words."""
    size = path.stat().st_size
    taken = ", ".join(f"{one.name} {_shape(sides(one.shape) if one.batched else [])}" for one in network.inputs)
    made = f"{network.output} {_shape(sides(network.output_shape))}{' of bytes' if network.in_bytes else ''}"
    lines = [
        f"{network.weights} after {network.batches} batches as {form.says}: {path} ({size / 1e6:.1f} MB)",
        f"takes {taken}; gives {made}",
        checked.sentence(),
        *network.remarks,
    ]
    return "\n".join(lines)


def _shape(shape: list[int | str]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})" if shape else "(one number)"


def _missing(folder: Path) -> list[Path]:
    """The folders that have to be made for this one, the innermost first."""
    return [one for one in (folder, *folder.parents) if not one.exists()]
