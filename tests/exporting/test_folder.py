"""What lies beside a file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gan_runner.exporting import export as exporting
from gan_runner.exporting.export import export
from gan_runner.exporting.network import Handed
from gan_runner.exporting.request import ExportRequest
from gan_runner.exporting.safetensors import recipe


def asked(run: str, output: Path, **keys: Any) -> ExportRequest:
    return ExportRequest.from_config({"run": run, "output": f"{output}/", **keys})


def test_a_card_a_picture_and_what_builds_the_network(runs: dict[str, str], plain: Handed, tmp_path: Path) -> None:
    said = export(asked(runs["plain"], tmp_path / "out", format="safetensors", license="mit"))
    assert said.endswith("beside it samples.png, config.json, README.md")
    found = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert found == ["README.md", "config.json", "generator.safetensors", "samples.png"]
    told = json.loads((tmp_path / "out" / "config.json").read_text())
    assert told == {"library": "gan_runner", **json.loads(json.dumps(recipe(plain)))}
    card = (tmp_path / "out" / "README.md").read_text()
    assert "![samples](samples.png)" in card
    assert "license: mit\n" in card


def test_no_picture_of_a_translator(translators: dict[str, str], tmp_path: Path) -> None:
    export(asked(translators["denoise"], tmp_path / "out", format="pt2"))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["README.md", "a2b.pt2"]
    assert "![" not in (tmp_path / "out" / "README.md").read_text()


def test_all_or_nothing(
    runs: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, network_of: Callable[..., Handed]
) -> None:
    def full(*rest: Any) -> list[Path]:
        raise OSError("no space left on device")

    monkeypatch.setattr(exporting, "beside", full)
    with pytest.raises(OSError, match="no space"):
        export(asked(runs["points"], tmp_path / "a" / "b", format="safetensors"))
    assert list(tmp_path.iterdir()) == []
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "README.md").write_text("library_name: gan_runner")
    with pytest.raises(OSError, match="no space"):
        export(asked(runs["points"], kept, format="safetensors", overwrite=True))
    assert [path.read_text() for path in kept.iterdir()] == ["library_name: gan_runner"]


def test_nothing_is_uploaded_before_the_check_has_passed(
    runs: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*rest: Any) -> None:
        raise ValueError("differs: not handed over")

    uploaded: list[Any] = []
    monkeypatch.setattr(exporting, "push", lambda *given: uploaded.append(given) or "there")
    request = asked(runs["points"], tmp_path / "out", format="safetensors", push_to_hub="ana/x", private=False)
    with monkeypatch.context() as patches:
        patches.setattr(exporting, "check", refuse)
        with pytest.raises(ValueError, match="not handed over"):
            export(request)
    assert uploaded == []
    assert export(request).endswith("\nuploaded to there")
    ((files, name, private, says),) = uploaded
    assert [file.name for file in files] == ["generator.safetensors", "samples.png", "config.json", "README.md"]
    assert (name, private, says) == ("ana/x", False, "generator, a safetensors file, by gan-export")
