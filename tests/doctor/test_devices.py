"""What a machine says of itself."""

import os
import subprocess
from pathlib import Path

import pytest

from gan_runner.doctor import devices as module
from gan_runner.doctor.devices import devices, native_bf16, nvidia, processor, total_memory, usable_cores


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Limits of groups of processes: none at first; this process is in batch/job."""
    own = tmp_path / "own"
    own.write_text("0::/batch/job\n")
    monkeypatch.setattr(module, "OWN_GROUP", own)
    monkeypatch.setattr(module, "GROUPS", tmp_path / "groups")
    (tmp_path / "groups" / "batch" / "job").mkdir(parents=True)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(16)), raising=False)
    return tmp_path / "groups"


def test_this_machine_has_something_to_compute_on() -> None:
    found = devices()
    assert found["processor"]
    assert 0 < found["usable_cores"] <= found["cores"]
    assert found["memory"] > 1e8


def test_affinity_and_groups_limit_the_cores(groups: Path) -> None:
    assert usable_cores() == 16
    (groups / "batch" / "cpu.max").write_text("max 100000")
    assert usable_cores() == 16
    (groups / "batch" / "cpu.max").write_text("150000 100000\n")
    assert usable_cores() == 1.5
    (groups / "cpu").mkdir()
    (groups / "cpu" / "cpu.cfs_quota_us").write_text("50000")
    (groups / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert usable_cores() == 0.5
    (groups / "cpu" / "cpu.cfs_quota_us").write_text("-1")
    assert usable_cores() == 1.5


def test_groups_limit_the_memory(groups: Path) -> None:
    whole = total_memory()
    (groups / "batch" / "job" / "memory.max").write_text("max")
    assert total_memory() == whole
    (groups / "memory.max").write_text("1000000")
    assert total_memory() == 1_000_000


@pytest.mark.parametrize(
    ("told", "called", "natively"),
    [
        ("model name\t: AMD EPYC\nflags\t\t: fpu avx512_bf16 sse\n", "AMD EPYC", True),
        ("model name : Old   One\nflags : fpu sse\n", "Old One", False),
        ("Features\t: fp asimd bf16\nHardware : Board\n", "Board", True),
    ],
)
def test_processors_are_read_of(
    told: str, called: str, natively: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CPUINFO", tmp_path / "cpuinfo")
    (tmp_path / "cpuinfo").write_text(told)
    assert (processor(), native_bf16()) == (called, natively)


def test_a_system_that_says_nothing_is_not_made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CPUINFO", tmp_path / "none")
    assert native_bf16() is None
    assert processor()


def test_a_driver_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NVIDIA", tmp_path / "none")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert nvidia() is None
    script = tmp_path / "nvidia-smi"
    script.write_text("#!/bin/sh\necho 'Tesla T4, 15360 MiB, 550.90.07'\n")
    script.chmod(0o755)
    assert nvidia() == {"driver": "550.90.07", "gpus": [{"name": "Tesla T4", "memory": "15360 MiB"}]}
    script.write_text("#!/bin/sh\nexit 9\n")  # no driver behind it
    assert nvidia() is None
    (tmp_path / "none").touch()
    assert nvidia() == {"driver": "", "gpus": []}


def test_a_tool_that_hangs_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(*args: object, **kwargs: object) -> None:
        raise subprocess.TimeoutExpired("nvidia-smi", 10)

    monkeypatch.setattr(subprocess, "run", hangs)
    monkeypatch.setattr(module.shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    assert not (nvidia() or {}).get("gpus")
