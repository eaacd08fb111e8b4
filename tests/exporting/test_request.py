"""What gan-export is asked: forms, parts, where to; mistakes without torch."""

from pathlib import Path
from typing import Any

import pytest

from gan_runner.config.errors import ConfigError
from gan_runner.exporting import formats
from gan_runner.exporting.request import ExportRequest


def request(**keys: Any) -> ExportRequest:
    return ExportRequest.from_config({"ckpt": __file__, **keys})


@pytest.mark.parametrize(
    ("output", "folder"), [("x.onnx", False), ("x/", True), ("x", True), ("x.d/", True), ("there.d", True)]
)
def test_a_file_or_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, folder: bool) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.d").mkdir()
    asked = request(output=output)
    asked.check()
    assert asked.in_a_folder is folder
    assert asked.destination == Path(output)


def test_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").touch()
    for taken in (tmp_path, tmp_path / "x.onnx"):
        with pytest.raises(ConfigError, match=r"exists already: choose another output, or set overwrite=true"):
            request(output=str(taken)).check()
        request(output=str(taken), overwrite=True).check()
    with pytest.raises(ConfigError, match="is a file, not a folder"):
        request(output=f"{tmp_path / 'x.onnx'}/").check()


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({}, r"output has no value: give output=<folder>/ or output=<file>\.onnx"),
        ({"output": "x.pt2"}, r"output=x\.pt2 is no name for format=onnx: give output=<file>\.onnx, or format=pt2, or"),
        (
            {"output": "x.png"},
            r"output=x\.png is no name for format=onnx: give output=<file>\.onnx, or output=<folder>/",
        ),
        ({"format": "onx", "output": "x"}, r"format=onx is none \(did you mean onnx\?\): give one of onnx, pt2"),
        ({"part": "encodr", "output": "x"}, r"part=encodr is no part of a run \(did you mean encoder\?\)"),
        ({"outptu": "x"}, r"unknown key outptu \(did you mean output\?\)"),
        ({"format": "safetensors", "bytes": True, "output": "x/"}, "format=safetensors holds weights alone"),
    ],
)
def test_mistakes(keys: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        request(**keys).check()


def test_packages_that_are_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "find_spec", lambda name: None if name == "onnxscript" else name)
    with pytest.raises(
        ConfigError, match=r"needs onnxscript, which is not installed: pip install 'gan-runner\[export\]'"
    ):
        request(output="x/").check()
    request(output="x/", format="pt2").check()
