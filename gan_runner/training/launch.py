"""The processes of one run: the first composes the job and keeps its folder, the others play that job in it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_runner.config.overrides import quoted_path
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.interruption import LOOK, Interrupted, signals

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

KEY = "gan_runner/folder"
GRACE = 30.0
"""Seconds that the other ranks have to end after the first one has."""
TOLD = 3.0
"""Seconds that they have when they are told to stop; one that waits for another in C++ does not hear it."""
PARENT = os.getppid()
"""Who has started this process: once that one is gone, another process is its parent, or has its number."""
SET_BY_LIGHTNING = ("LOCAL_RANK", "NODE_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


def rank() -> int:
    """This process's rank among those of its run, as the launcher says; known before there is a Trainer."""
    if _by_torchrun():
        return int(os.environ["RANK"])
    if _by_slurm():
        return int(os.environ["SLURM_PROCID"])
    return int(os.environ.get("LOCAL_RANK", 0)) or int(os.environ.get("NODE_RANK", 0))


def follows() -> bool:
    """Whether Lightning has started this process, for the first rank of its run."""
    return int(os.environ.get("LOCAL_RANK", 0)) != 0 and not _by_torchrun() and not _by_slurm()


def exit_code(code: int) -> int:
    """How this process ends when it is told to stop. The first rank speaks for those that Lightning started.

    Lightning kills the first rank, unheard, when another one ends with an error: the first one is told instead.
    """
    if not follows():
        return code
    if os.getppid() == PARENT and sys.platform != "win32":  # where it would be its end, and Ctrl-C reaches all
        os.kill(PARENT, signal.SIGTERM)
    return 0


def hear_why(error: BaseException) -> None:
    """Of a rank that Lightning has started and that lost the others: wait for the word by which they end, which may
    come later than the loss. Raises Interrupted when it comes: the loss is no error of its own.
    """
    if not follows() or not isinstance(error, RuntimeError):  # as those of torch.distributed are
        return
    until = time.monotonic() + TOLD
    while signals.number is None and time.monotonic() < until:
        time.sleep(LOOK)
    signals.stop()


def joined(arguments: list[str]) -> list[str]:
    """The command line this process shall play: its own, or the first rank's job once that is ready to start.

    Processes started by torchrun or Slurm all get the same command; a folder named by the time would be one each.
    Ends this process where the first rank has nothing to play.
    """
    if _by_torchrun() and {"-m", "--multirun"} & set(arguments):
        raise ValueError(
            "torchrun plays one run, not a sweep: start gan-train -m with trainer=ddp, or one torchrun a job"
        )
    if rank() == 0 or not (_by_torchrun() or _by_slurm()):
        return arguments
    store = _meeting_point()
    folder = store.get(KEY).decode()
    if not folder:
        store.set(f"{KEY}/{rank()}", "gone")
        raise SystemExit(0)
    return replay(Path(folder))


def dismiss() -> None:
    """On the first rank, instead of company(): nothing is played, and the ranks that wait to be told end too."""
    if _by_torchrun() or _by_slurm():
        store = _meeting_point()
        store.set(KEY, "")
        ranks = int(os.environ["WORLD_SIZE" if _by_torchrun() else "SLURM_NTASKS"])
        if ranks > 1:
            store.wait([f"{KEY}/{other}" for other in range(1, ranks)])


def replay(folder: Path) -> list[str]:
    """Arguments that play the job of a run folder in that folder, and log nothing of Hydra's there."""
    return [*in_place(folder), "hydra/job_logging=none"]


def in_place(folder: Path) -> list[str]:
    """Arguments by which Hydra takes the configuration that a run folder was composed from, and writes there, but
    leaves its own files alone.
    """
    path = RunFolder(folder).composed
    return ["--config-path", str(path.parent), "--config-name", path.stem, *writing_in(folder)]


def writing_in(folder: Path) -> list[str]:
    """Arguments by which Hydra writes into a run folder, but leaves its own files there alone: nobody knows yet whether
    the run can go on.
    """
    return [f"hydra.run.dir={quoted_path(folder)}", "hydra.output_subdir=null"]


@contextmanager
def company(trainer: Trainer, folder: Path) -> Iterator[None]:
    """Let the other ranks join while the block runs. After it they are gone, and the next job of a sweep can start.

    Raises ValueError when the launcher started another number of processes than the trainer is to use.
    """
    ranks = trainer.num_nodes * trainer.num_devices  # trainer.world_size is known only in the block
    _check_number(ranks)
    _check_launcher(ranks)
    if ranks == 1 or rank() != 0:
        yield
    elif _by_torchrun() or _by_slurm():
        store = _meeting_point()  # lives as long as the block: with Slurm it is this process's own
        store.set(KEY, str(folder))
        yield
    else:
        with _replayed(folder), _cleared_away(trainer):
            yield


def _by_torchrun() -> bool:
    return "TORCHELASTIC_RUN_ID" in os.environ


def _by_slurm() -> bool:
    interactive = os.environ.get("SLURM_JOB_NAME") in ("bash", "interactive")
    return int(os.environ.get("SLURM_NTASKS", 1)) > 1 and "SLURM_PROCID" in os.environ and not interactive


def _check_number(ranks: int) -> None:
    if not _by_torchrun():  # Lightning checks Slurm's numbers
        return
    started = int(os.environ["WORLD_SIZE"])
    if started != ranks:
        raise ValueError(
            f"torchrun started {started} process(es), trainer.num_nodes × trainer.devices asks for {ranks}: "
            f"set trainer=multi_node trainer.num_nodes=… trainer.devices=… to torchrun's numbers"
        )


def _check_launcher(ranks: int) -> None:
    """Jobs side by side would find their ranks by the same environment, and mix them up."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    job = HydraConfig.get()
    if ranks > 1 and job.mode is RunMode.MULTIRUN and "joblib" in job.launcher["_target_"]:
        raise ValueError(
            f"sweep=joblib plays jobs side by side, each on one device, and trainer asks for {ranks}: "
            "leave sweep=joblib out, or set trainer=cpu"
        )


def _meeting_point() -> Any:
    """A store that all ranks reach: the one they will meet at again to form their process group."""
    from lightning_fabric.plugins.environments.slurm import SLURMEnvironment
    from lightning_fabric.plugins.environments.torchelastic import TorchElasticEnvironment
    from torch.distributed.rendezvous import rendezvous

    here = TorchElasticEnvironment() if _by_torchrun() else SLURMEnvironment()
    address = f"tcp://{here.main_address}:{here.main_port}"
    store, _, _ = next(rendezvous(address, here.global_rank(), here.world_size()))
    return store


@contextmanager
def _replayed(folder: Path) -> Iterator[None]:
    """Lightning starts the other ranks by repeating this command in the directory Hydra's configuration names.

    The command may be a whole sweep, and of its jobs' directories Hydra's configuration knows nothing.
    """
    from hydra.core.hydra_config import HydraConfig
    from omegaconf import read_write

    job: Any = HydraConfig.get()
    arguments = sys.argv[1:]
    directory = job.run.dir
    with read_write(job):
        job.run.dir = str(folder)
    sys.argv[1:] = replay(folder)
    try:
        yield
    finally:
        sys.argv[1:] = arguments
        with read_write(job):
            job.run.dir = directory


@contextmanager
def _cleared_away(trainer: Trainer) -> Iterator[None]:
    """Leave nothing of the ranks behind: processes, their group, the environment that makes a child of a process."""
    from subprocess import TimeoutExpired

    from torch import distributed

    before = {name: os.environ.get(name) for name in SET_BY_LIGHTNING}
    grace = 0.0

    def all_told(how: str) -> None:
        for process in getattr(trainer.strategy.launcher, "procs", []):
            getattr(process, how)()

    kill = partial(all_told, "kill")
    signals.last.append(kill)
    try:
        yield
        grace = GRACE
    except Interrupted:
        all_told("terminate")
        grace = TOLD
        raise
    finally:
        signals.last.remove(kill)
        processes = getattr(trainer.strategy.launcher, "procs", [])
        for process in processes:
            with suppress(TimeoutExpired):
                process.wait(grace)
            process.kill()
        for process in processes:
            process.wait()
        processes.clear()  # Lightning watches this list, and ends this process when one in it has failed
        if distributed.is_initialized():
            distributed.destroy_process_group()
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
