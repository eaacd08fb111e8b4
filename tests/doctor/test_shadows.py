"""Files that stand before a package."""

from pathlib import Path

import pytest

from gan_runner.doctor.shadows import shadow, way_out


def test_a_file_of_ones_own_stands_before_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "onnx.py").write_text("")
    assert shadow("onnx", "onnx") is None
    assert way_out("onnx", "onnx") == "pip install --force-reinstall onnx"
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "onnx", raising=False)
    assert shadow("onnx", "onnx") == tmp_path / "onnx.py"
    assert way_out("onnx", "onnx").startswith(f"rename {tmp_path / 'onnx.py'},")


def test_what_is_not_installed_has_none() -> None:
    assert shadow("nobody_has_this", "nobody-has-this") is None
