"""Several processes, one run: one folder, one record, one voice, whoever starts them."""

import csv
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from threading import Timer
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode

from gan_runner.config.options import CONFIGS
from gan_runner.runs.interruption import Interrupted, signals
from gan_runner.training import launch
from gan_runner.training.launch import company, dismiss, exit_code, follows, joined

RUNNING = CONFIGS.parent / "docs" / "running.md"
BIN = Path(sys.executable).parent
SMALL = [
    "model=vanilla", "data=synthetic", "data.image_size=8", "data.num_samples=44", "data.batch_size=4",
    "trainer.max_steps=4", "trainer.accelerator=cpu", "trainer.log_every_n_steps=2",
]  # fmt: skip


def start(command: list[str], folder: Path, **environment: str) -> subprocess.Popen[str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM", "TORCHELASTIC"))}
    return subprocess.Popen(
        command, cwd=folder, env={**known, "OMP_NUM_THREADS": "1", **environment}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def finished(*processes: subprocess.Popen[str], code: int = 0) -> list[str]:
    """What each process said. They all end within two minutes, or are ended."""
    try:
        said = [process.communicate(timeout=120)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [code] * len(processes), said
    return said


def assert_one_run_of_two_ranks(root: Path) -> Path:
    """The only folder of a run below `root`, which is as one process would have left it."""
    (record,) = root.glob("outputs/runs/*/*/run.json")
    folder = record.parent
    assert list(root.glob("outputs/runs/*/*")) == [folder]
    names = {path.name for path in folder.iterdir()}
    events = {name for name in names if "tfevents" in name}
    assert len(events) == 1
    assert names - events == {".hydra", "run.json", "config.yaml", "hparams.yaml", "metrics.csv", "train.log",
                              "samples", "checkpoints", "curves.png", "report.html", "README.md"}  # fmt: skip
    story = json.loads(record.read_text())
    assert (story["status"], story["ranks"], story["batches"]) == ("finished", 2, 4)
    with (folder / "metrics.csv").open(newline="") as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["1", "2", "4"]
    assert torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]["_extra_state"] == {
        "images_seen": 4 * 8
    }
    return folder


def test_gan_train_starts_the_other_ranks_itself(tmp_path: Path) -> None:
    (said,) = finished(start([str(BIN / "gan-train"), *SMALL, "trainer=ddp_cpu"], tmp_path))
    assert_one_run_of_two_ranks(tmp_path)
    assert said.count("Done. Everything lies in") == 1
    assert said.count("4/4 batches") == 1
    assert said.count("2 rank(s) × batches of 4 = 8 samples per update") == 1


@pytest.mark.slow
def test_ranks_resume_in_place_and_stop_together(tmp_path: Path) -> None:
    finished(start([str(BIN / "gan-train"), *SMALL, "trainer=ddp_cpu"], tmp_path))
    folder = assert_one_run_of_two_ranks(tmp_path)
    process = start([str(BIN / "gan-train"), f"resume={folder}", "trainer.max_steps=1000000",
                     "callbacks.checkpoint.every=1"], tmp_path)  # fmt: skip
    last, before = folder / "checkpoints" / "last.ckpt", (folder / "checkpoints" / "last.ckpt").stat().st_mtime_ns
    while process.poll() is None and last.stat().st_mtime_ns == before:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)  # the first rank alone is told
    (said,) = finished(process, code=130)
    assert said.count("Go on: gan-train resume=") == 1
    assert json.loads((folder / "run.json").read_text())["status"] == "interrupted"
    assert list(tmp_path.glob("outputs/runs/*/*")) == [folder]


@pytest.mark.slow
def test_two_hosts_of_torchrun_leave_one_run(tmp_path: Path) -> None:
    """By the command of docs/running.md, with a place to meet and a process on each host."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    written = next(line for line in RUNNING.read_text("utf-8").splitlines() if line.startswith("$ torchrun"))
    command = written.strip("$ ").partition("#")[0].replace("=4", "=1")
    command = command.replace("…", f"--rdzv-backend=c10d --rdzv-endpoint=127.0.0.1:{port}")
    words = [str(BIN / word) if word in ("torchrun", "gan-train") else word for word in shlex.split(command)]
    hosts = [start([*words, *SMALL], tmp_path) for _ in range(2)]
    said = "".join(finished(*hosts))
    assert_one_run_of_two_ranks(tmp_path)
    assert said.count("Done. Everything lies in") == 1
    assert said.count("4/4 batches") == 1


@pytest.mark.slow
def test_two_hosts_of_slurm_leave_one_run(tmp_path: Path) -> None:
    """With the environment that srun gives to each of its processes."""
    job = {"SLURM_JOB_ID": str(os.getpid()), "SLURM_JOB_NAME": "gan", "SLURM_NTASKS": "2", "SLURM_NTASKS_PER_NODE": "1",
           "SLURM_NNODES": "2", "SLURM_NODELIST": "127.0.0.1", "SLURM_LOCALID": "0"}  # fmt: skip
    hosts = [
        start([str(BIN / "gan-train"), *SMALL, "trainer=multi_node"], tmp_path,
              **job, SLURM_PROCID=str(host), SLURM_NODEID=str(host))
        for host in (0, 1)
    ]  # fmt: skip
    said = "".join(finished(*hosts))
    assert_one_run_of_two_ranks(tmp_path)
    assert said.count("Done. Everything lies in") == 1


@pytest.mark.slow
def test_each_job_of_a_sweep_has_its_ranks_and_its_folder(tmp_path: Path) -> None:
    command = [str(BIN / "gan-train"), "-m", *SMALL, "trainer=ddp_cpu", "optimizer.lr=1e-3,-1,2e-3"]
    (said,) = finished(start(command, tmp_path), code=1)  # the second job is refused, the third is played
    stories = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("outputs/sweeps/*/*/*/run.json"))]
    assert [story["status"] for story in stories] == ["finished", "failed", "finished"]
    assert [story.get("batches") for story in stories] == [4, None, 4]
    assert [story["figures"]["generator/learning_rate"] for story in stories[::2]] == [1e-3, 2e-3]
    assert len(list(tmp_path.glob("outputs/*/*/*"))) == 1
    assert said.count("Done. Everything lies in") == 2


HASHES = """
import hashlib
from pathlib import Path
from pytorch_lightning import Callback

class Hashes(Callback):
    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def on_train_end(self, trainer, system) -> None:
        weights = b"".join(p.detach().numpy().tobytes() for p in system.parameters())
        told = f"{hashlib.sha256(weights).hexdigest()} {trainer.optimizers[0].param_groups[0]['lr']}"
        (self.folder / f"rank{trainer.global_rank}").write_text(told)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "sweep",
    [
        ["optimizer.lr=1e-3,3e-3", "seed=0,1"],
        ["sweep=optuna", "hydra.sweeper.n_trials=4", "optimizer.lr=tag(log,interval(1e-4,1e-2))",
         "objective=generator/gan/adversarial"],
    ],
    ids=["grid", "optuna"],
)  # fmt: skip
def test_the_ranks_of_every_job_of_a_sweep_agree(sweep: list[str], tmp_path: Path) -> None:
    (tmp_path / "hashes.py").write_text(HASHES)
    mine = ["+callbacks.hashes._target_=hashes.Hashes", "+callbacks.hashes.folder=${paths.run}"]
    command = [str(BIN / "gan-train"), "-m", *SMALL, "trainer=ddp_cpu", *mine, *sweep]
    finished(start(command, tmp_path, PYTHONPATH=str(tmp_path)))
    jobs = sorted(path.parent for path in tmp_path.glob("outputs/sweeps/*/*/*/run.json"))
    assert len(jobs) == 4
    hashes = [{(job / f"rank{rank}").read_text() for rank in (0, 1)} for job in jobs]
    assert [len(both) for both in hashes] == [1, 1, 1, 1]
    assert len(set.union(*hashes)) == 4  # four games, not one four times


JOBLIB = "hydra_plugins.hydra_joblib_launcher.joblib_launcher.JoblibLauncher"
BASIC = "hydra._internal.core_plugins.basic_launcher.BasicLauncher"
SAID = "sweep=joblib plays jobs side by side, each on one device, and trainer asks for 2"


@pytest.mark.parametrize(
    ("mode", "launcher", "devices", "refused"),
    [
        (RunMode.MULTIRUN, JOBLIB, 2, pytest.raises(ValueError, match=SAID)),
        (RunMode.MULTIRUN, JOBLIB, 1, nullcontext()),
        (RunMode.RUN, JOBLIB, 2, nullcontext()),  # chosen, and one run is no sweep
        (RunMode.MULTIRUN, BASIC, 2, nullcontext()),
    ],
)
def test_jobs_side_by_side_are_of_one_device_each(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: RunMode, launcher: str, devices: int, refused: Any
) -> None:
    """As Hydra describes the job to company(), on a rank that starts no others."""
    monkeypatch.setattr(HydraConfig, "get", lambda: SimpleNamespace(mode=mode, launcher={"_target_": launcher}))
    monkeypatch.setenv("LOCAL_RANK", "1")
    trainer: Any = SimpleNamespace(num_nodes=1, num_devices=devices)
    with refused, company(trainer, tmp_path):
        pass


@pytest.mark.slow
def test_a_sweep_of_jobs_side_by_side_on_several_devices_is_refused(tmp_path: Path) -> None:
    command = [str(BIN / "gan-train"), "-m", *SMALL, "trainer=ddp_cpu", "sweep=joblib", "seed=0,1"]
    (said,) = finished(start(command, tmp_path), code=1)
    assert SAID in said


def test_torchrun_plays_no_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("RANK", "0")
    with pytest.raises(ValueError, match="torchrun plays one run, not a sweep"):
        joined(["-m", "seed=0,1"])


class Store(dict[str, bytes]):
    """As torch's, where nobody waits in vain."""

    def set(self, key: str, value: str) -> None:
        self[key] = value.encode()

    def wait(self, keys: list[str]) -> None:
        assert set(keys) <= self.keys()

    get = dict.__getitem__


def test_where_nothing_is_left_to_play_the_other_ranks_are_told_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    monkeypatch.setattr(launch, "_meeting_point", lambda: store)
    dismiss()  # alone
    assert not store
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(AssertionError):
        dismiss()  # it waits for the other one
    monkeypatch.setenv("RANK", "1")
    with pytest.raises(SystemExit) as ended:
        joined(["resume=run"])
    assert ended.value.code == 0
    dismiss()


def test_another_number_of_processes_than_asked_for_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("WORLD_SIZE", "2")
    alone: Any = SimpleNamespace(num_nodes=1, num_devices=1)
    with (
        pytest.raises(ValueError, match=r"started 2 process.* asks for 1: set trainer=multi_node"),
        company(alone, tmp_path),
    ):
        pass


@pytest.mark.slow
def test_jobs_side_by_side_save_themselves_when_their_sweep_is_killed(tmp_path: Path) -> None:
    endless = [word for word in SMALL if not word.startswith("trainer.max_steps")]
    command = [str(BIN / "gan-train"), "-m", *endless, "trainer.max_steps=1000000", "sweep=joblib", "seed=0,1"]
    process = start(command, tmp_path)
    try:
        began = time.monotonic()
        while len(list(tmp_path.glob("outputs/sweeps/*/*/*/samples/00000000.png"))) < 2:
            assert process.poll() is None
            assert time.monotonic() - began < 100
            time.sleep(0.1)
    finally:
        process.kill()
    process.communicate(timeout=60)  # the jobs hold its output until they have ended
    records = [json.loads(path.read_text()) for path in tmp_path.glob("outputs/sweeps/*/*/*/run.json")]
    assert [record["status"] for record in records] == ["interrupted"] * 2
    assert len(list(tmp_path.glob("outputs/sweeps/*/*/*/checkpoints/last.ckpt"))) == 2


def test_the_first_rank_speaks_for_those_that_lightning_started(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda process, number: told.append((process, number)))
    assert (follows(), exit_code(75), told) == (False, 75, [])
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert (follows(), exit_code(75), told) == (True, 0, [(os.getppid(), signal.SIGTERM)])
    with monkeypatch.context() as orphaned:
        orphaned.setattr(os, "getppid", lambda: 1)  # the first one is gone
        assert (exit_code(75), len(told)) == (0, 1)
    with monkeypatch.context() as second_host:
        second_host.delenv("LOCAL_RANK")
        second_host.setenv("NODE_RANK", "1")
        assert (follows(), exit_code(75), len(told)) == (False, 75, 1)  # started by hand
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("RANK", "1")
    assert (follows(), exit_code(75), len(told)) == (False, 75, 1)


@pytest.mark.parametrize("holding", [False, True])
def test_a_rank_that_lost_the_first_one_waits_for_the_word(monkeypatch: pytest.MonkeyPatch, holding: bool) -> None:
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setattr(launch, "TOLD", 20.0)
    signals.listen()
    try:
        if holding:
            signals.hold()
        Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
        with pytest.raises(Interrupted):
            launch.hear_why(torch.distributed.DistNetworkError("Broken pipe"))
    finally:
        signals.unlisten()


@pytest.mark.parametrize(
    ("rank", "error"), [("1", RuntimeError("CUDA error")), ("1", ValueError("no")), ("0", RuntimeError())]
)
def test_an_error_that_no_word_follows_is_told(monkeypatch: pytest.MonkeyPatch, rank: str, error: Exception) -> None:
    monkeypatch.setenv("LOCAL_RANK", rank)
    monkeypatch.setattr(launch, "TOLD", 0.2)
    began = time.monotonic()
    launch.hear_why(error)
    assert (time.monotonic() - began > 0.1) == (str(error) == "CUDA error")


def test_ranks_are_told_to_stop_with_the_first_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not hear it is ended."""
    monkeypatch.setattr(launch, "TOLD", 0.3)
    monkeypatch.setattr(launch, "_replayed", lambda folder: nullcontext())
    monkeypatch.setattr(launch, "_check_launcher", lambda ranks: None)
    hears, waits = "sys.exit(3)", "None"
    code = "import signal, sys, time; signal.signal(15, lambda *_: {}); print('up', flush=True); time.sleep(60)"
    ranks = [
        subprocess.Popen([sys.executable, "-c", code.format(does)], stdout=subprocess.PIPE, text=True)
        for does in (hears, waits)
    ]
    for process in ranks:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
    started: Any = SimpleNamespace(launcher=SimpleNamespace(procs=list(ranks)))
    trainer: Any = SimpleNamespace(num_nodes=1, num_devices=3, strategy=started)
    with pytest.raises(Interrupted), company(trainer, tmp_path):
        raise Interrupted(75)
    assert [process.returncode for process in ranks] == [3, -signal.SIGKILL]
    assert started.launcher.procs == []
