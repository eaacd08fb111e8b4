"""Imports that fail, crash and hang, in a process of their own."""

import sys
from pathlib import Path

import pytest

from gan_runner.doctor import probe as module
from gan_runner.doctor.probe import Probe


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of modules that are found before all others."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path


def test_what_an_import_comes_to_is_told(packages: Path) -> None:
    (packages / "loud.py").write_text("print('{hello}')")
    (packages / "broken.py").write_text("raise OSError('libodd.so:\\n no such file')")
    (packages / "quitting.py").write_text("raise SystemExit(3)")
    assert Probe("json", "loud", "broken", "quitting", "no_such_thing").told() == {
        "json": {"error": None},
        "loud": {"error": None},
        "broken": {"error": "OSError: libodd.so: no such file"},
        "quitting": {"error": "SystemExit: 3"},
        "no_such_thing": {"error": "ModuleNotFoundError: No module named 'no_such_thing'"},
    }


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGILL)", "its import ends Python (signal 4)"),
        ("import os, sys; print('no such chip', file=sys.stderr, flush=True); os._exit(1)",
         "its import ends Python (no such chip)"),
        ("import time; time.sleep(60)", "its import did not end within 0.5 seconds"),
    ],
)  # fmt: skip
def test_what_ends_python_ends_it_elsewhere(
    code: str, told: str, packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (packages / "deadly.py").write_text(code)
    monkeypatch.setattr(module, "PATIENCE", 0.5 if "sleep" in code else 60)
    assert Probe("deadly").told() == {"deadly": {"error": told}}


def test_torch_tells_of_its_devices() -> None:
    import torch

    told = Probe("torch").told()["torch"]
    assert (told["error"], told["version"], told["cuda"]) == (None, torch.__version__, torch.version.cuda)
    assert len(told["gpus"]) == torch.cuda.device_count()
    for gpu in told["gpus"]:
        assert gpu["memory"] > 1e9
        assert float(gpu["capability"]) > 3
