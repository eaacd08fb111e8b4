"""docs/python.md: its examples run as they stand, one after the other, with fewer batches; it names every call."""

import re
from pathlib import Path

import pytest

import gan_runner as gr

PAGE = (Path(__file__).parent.parent / "docs" / "python.md").read_text(encoding="utf-8")
FEW = 8
"""Batches in the place of those that the page plays, and twice as many where a run goes on."""


def examples() -> list[str]:
    """The Python of the page, block by block."""
    return re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def shortened(code: str) -> str:
    """With a few batches, and more of them where a run goes on."""
    lines = [
        re.sub(r"trainer\.max_steps=\d+", f"trainer.max_steps={2 * FEW if 'resume=' in line else FEW}", line)
        for line in code.splitlines()
    ]
    return "\n".join(lines)


@pytest.mark.slow
def test_the_examples_run_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told: dict[str, object] = {}
    for number, code in enumerate(examples()):
        exec(compile(shortened(code), f"docs/python.md, example {number}", "exec"), told)
    assert (tmp_path / "samples.png").is_file()
    assert told["found"]


@pytest.mark.parametrize("code", examples())
def test_the_examples_are_python(code: str) -> None:
    compile(code, "docs/python.md", "exec")


def test_every_call_is_on_the_page() -> None:
    public = [name for name in vars(gr.Run) if not name.startswith("_")]
    assert {"sample", "translate", "evaluate", "generator", "figures", "history"} <= set(public)
    missing = [name for name in public if not re.search(rf"\brun\.{name}\b|`{name}`", PAGE)]
    assert not missing
    assert all(f"gr.{name}" in PAGE for name in ("train", "load", "compare", "ConfigError", "TrainingStopped"))
