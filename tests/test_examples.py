"""The notebooks of examples/: they play from beginning to end, and what is stored in them can be read and tells nothing
of where it was made.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat", reason="notebooks are read by nbformat: pip install 'gan-runner[dev]'")

EXAMPLES = Path(__file__).parent.parent / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
MOST_BYTES = 1_500_000
SHARE = "SHARE = 1"
"""The line of the cell that says how much is played."""
PROMISED = {"collapse": 8, "digits": 9, "translation": 8}
"""The pictures that each shows at the least."""


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def outputs(notebook: Any) -> Iterator[Any]:
    for cell in notebook.cells:
        yield from cell.get("outputs", [])


def texts(notebook: Any) -> Iterator[str]:
    """All that is stored of outputs, without the pictures."""
    for output in outputs(notebook):
        yield output.get("text", "")
        for kind, value in output.get("data", {}).items():
            if not kind.startswith("image/"):
                yield re.sub(r"data:image/\w+;base64,[A-Za-z0-9+/=]+", "", value)


def pictures(notebook: Any) -> int:
    found = [output.get("data", {}) for output in outputs(notebook)]
    return sum("image/png" in data or "data:image/" in data.get("text/html", "") for data in found)


def test_there_are_three() -> None:
    assert {path.stem for path in NOTEBOOKS} == set(PROMISED)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_well_formed_and_small_and_can_be_read_without_being_played(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert path.stat().st_size < MOST_BYTES
    assert pictures(notebook) >= PROMISED[path.stem]
    assert all(cell.outputs for cell in notebook.cells if cell.cell_type == "code" and " = play(" in cell.source)
    assert not [output for output in outputs(notebook) if output.output_type == "error"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_stored_tells_nothing_of_where_it_was_made(path: Path) -> None:
    notebook = read(path)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert not [cell for cell in notebook.cells if "execution" in cell.metadata]
    paths = [found for text in texts(notebook) for found in re.findall(r"(?<![\w<])/(?:[\w.-]+/)+[\w.-]*", text)]
    assert not [found for found in paths if not found.startswith(("/classifier", "/points"))], paths


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_first_code_installs_what_is_missing_and_the_next_says_how_much_is_played(path: Path) -> None:
    first, second, *_ = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert '%pip install --quiet "gan-runner[notebook]"' in first.source
    assert 'if importlib.util.find_spec("gan_runner") is None' in first.source
    assert SHARE in second.source.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_plays_from_beginning_to_end(path: Path, tmp_path: Path) -> None:
    client = pytest.importorskip("nbclient", reason="notebooks are played by nbclient: pip install 'gan-runner[dev]'")
    pytest.importorskip("ipykernel", reason="notebooks are played by ipykernel: pip install 'gan-runner[notebook]'")
    notebook = read(path)
    for cell in notebook.cells:
        cell.source = cell.source.replace(SHARE, "SHARE = 0.01")
        if cell.cell_type == "code":
            cell.outputs = []
    client.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert pictures(notebook) >= PROMISED[path.stem]
    assert not [output for output in outputs(notebook) if output.get("name") == "stderr"]
