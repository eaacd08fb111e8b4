"""gan-export's body: what is written where, what is said, and that a file which fails its check leaves nothing."""

from pathlib import Path
from typing import Any

import pytest
import torch

from gan_runner.exporting import export as exporting
from gan_runner.exporting.checking import Checked
from gan_runner.exporting.export import export
from gan_runner.exporting.request import ExportRequest


def asked(run: str, output: Path | str, **keys: Any) -> ExportRequest:
    return ExportRequest.from_config({"run": run, "output": str(output), **keys})


def test_a_file_alone(runs: dict[str, str], tmp_path: Path) -> None:
    said = export(asked(runs["points"], tmp_path / "new" / "ring.onnx"))
    assert [path.name for path in tmp_path.rglob("*")] == ["new", "ring.onnx"]
    assert f"the generator after 12 batches as an ONNX file: {tmp_path / 'new' / 'ring.onnx'} (" in said
    assert "takes latent (N, 6), truncation (one number); gives points (N, 2)" in said
    assert "256 compared with PyTorch, largest difference " in said
    assert "bytes differ" not in said


def test_a_folder(runs: dict[str, str], tmp_path: Path) -> None:
    export(asked(runs["plain"], f"{tmp_path / 'out'}/", format="pt2", bytes=True))
    assert (tmp_path / "out" / "generator.pt2").is_file()
    program = torch.export.load(str(tmp_path / "out" / "generator.pt2")).module()
    assert program(torch.zeros(5, 6), torch.tensor(torch.inf)).dtype == torch.uint8


def test_what_fails_its_check_is_not_handed_over(
    runs: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*rest: Any) -> Checked:
        raise ValueError("the pt2 file differs from the network: not handed over")

    monkeypatch.setattr(exporting, "check", refuse)
    for output in ("a/b/", "x.pt2"):
        with pytest.raises(ValueError, match="not handed over"):
            export(asked(runs["points"], f"{tmp_path}/{output}", format="pt2"))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "x.pt2").write_bytes(b"mine")
    with pytest.raises(ValueError, match="not handed over"):
        export(asked(runs["points"], tmp_path / "x.pt2", format="pt2", overwrite=True))
    assert (tmp_path / "x.pt2").read_bytes() == b"mine"


def test_a_run_that_makes_nothing(runs: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_runner.exporting.network.parts", lambda system: [])
    with pytest.raises(ValueError, match="makes neither samples nor images of images: nothing to hand on"):
        export(asked(runs["points"], tmp_path / "x.onnx"))
