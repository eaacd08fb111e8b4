"""All of it together, on this machine and on broken ones."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gan_runner.config.options import PACKAGE
from gan_runner.doctor import examination as module
from gan_runner.doctor.examination import examine
from gan_runner.doctor.troubles import Trouble

BLOCKED = """
import sys

class Blocking:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}")

sys.meta_path.insert(0, Blocking())
"""
"""A start of Python in which some packages cannot be imported, in its children either."""


def doctor(folder: Path, start: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """python -m gan_runner doctor, where Python starts with a module of these lines."""
    (folder / "sitecustomize.py").write_text(start)
    return subprocess.run(
        [sys.executable, "-m", "gan_runner", "doctor", *arguments],
        cwd=folder, capture_output=True, text=True, timeout=100,
        env={"PYTHONPATH": f"{folder}:{PACKAGE.parent}", "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"},
    )  # fmt: skip


def test_here_all_that_is_needed_works(tmp_path: Path) -> None:
    found = examine(str(tmp_path / "outputs"), str(tmp_path / "data"))
    assert found.works, [one for one in found.troubles if one.level == "missing"]
    plain = json.loads(json.dumps(found.plain()))
    assert plain["works"] is True
    assert {one["name"] for one in plain["packages"]} >= {"torch", "pytorch-lightning", "hydra-core", "numpy"}
    assert plain["torch"]["version"]
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    "names", [("torch",), ("torch", "numpy", "hydra", "omegaconf", "pydantic", "yaml", "packaging", "PIL")], ids=len
)
def test_where_packages_cannot_be_imported_it_says_so(names: tuple[str, ...], tmp_path: Path) -> None:
    ended = doctor(tmp_path, BLOCKED.format(names={*names}), "json=true")
    assert (ended.returncode, ended.stderr) == (1, "")
    found = json.loads(ended.stdout)
    says = [one["says"] for one in found["troubles"] if one["level"] == "missing"]
    for name in set(names) - {"packaging"}:  # of the last one others make use, and this does without
        assert any(f"No module named '{name}'" in one for one in says), says
    assert found["works"] is False


def test_a_torch_that_ends_python_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("import os; os.abort()")
    ended = doctor(tmp_path, "")
    assert ended.returncode == 1
    assert "Missing: torch cannot be imported: its import ends Python (signal 6)" in ended.stdout
    assert f"rename {tmp_path / 'torch.py'}, which Python imports in the place of the package" in " ".join(
        ended.stdout.split()
    )
    assert "Traceback" not in ended.stdout + ended.stderr
    assert "1 thing(s) that are needed do not work." in ended.stdout


T4 = {"driver": "550.90", "gpus": [{"name": "Tesla T4", "memory": "15360 MiB"}]}
PLAIN = {"error": None, "version": "2.14.1+cpu", "cuda": None, "gpus": []}


@pytest.mark.parametrize(
    ("torch", "driver", "says"),
    [
        (PLAIN, None, ""),
        (PLAIN, T4, "has a GPU (Tesla T4), and torch 2.14.1+cpu is a build for processors alone"),
        (PLAIN, {"driver": "", "gpus": []}, "has a GPU (its driver is there), and torch"),
        ({**PLAIN, "cuda": "13.0"}, T4, "has a GPU (Tesla T4), and torch (CUDA 13.0) finds none"),
        ({**PLAIN, "cuda": "13.0", "gpus": [{"name": "Tesla T4"}]}, T4, ""),
        ({"error": "broken"}, T4, ""),
    ],
)
def test_a_gpu_that_torch_does_not_use_is_told_of(torch: dict[str, Any], driver: Any, says: str) -> None:
    found = [*module._of_devices(torch, {"nvidia": driver})]
    assert [says in one.says for one in found] == ([True] if says else [])


def test_files_that_are_gone_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "torchvision" else object())
    works = {"error": None}
    assert [*module._of_imports(["torch", "torchvision"], works, {"yaml": {"error": "OSError: x"}})] == [
        Trouble("missing", "pyyaml cannot be imported: OSError: x", "pip install --force-reinstall pyyaml"),
        Trouble(
            "missing",
            "torchvision is noted as installed, and its files are not there",
            "pip install --force-reinstall torchvision",
        ),
    ]
