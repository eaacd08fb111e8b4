"""How every command starts and how it fails: Hydra composes, one sentence on stderr says what went wrong."""

from __future__ import annotations

import atexit
import functools
import gc
import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, NoReturn

from gan_runner.cli.groups import complete, page_of_choices, page_of_keys
from gan_runner.cli.printing import printable
from gan_runner.config.options import CONFIGS

if TYPE_CHECKING:
    from omegaconf import DictConfig

SHOWING = {"--cfg", "-c", "--info", "-i", "--hydra-help"}
"""Flags by which a command shows something and plays nothing."""


def run_command(name: str, task: Callable[[DictConfig], Any], page: str) -> None:
    """Run `task` on the composed configuration configs/<name>.yaml. Exits 1 with one sentence for any error.

    --version prints the product's. --help followed by a word tells of it (cli/pages.py); alone it prints `page`, in
    which {choices} stands for the groups of the configuration and {keys} for its own keys.
    """
    printable()
    if {"--help", "-h", "--version"} & set(sys.argv[1:]):
        sys.exit(_told(name, page, sys.argv[1:]))
    if sys.argv[1:] == ["-sc", "query=bash"] and (words := complete(name, os.environ.get("COMP_LINE", ""))) is not None:
        print(*words)  # a shell waits: without importing Hydra
        return
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra raises instead of printing: sentences are written here
    os.environ.setdefault("PYTHONWARNINGS", "ignore::FutureWarning")
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # ranks that are told to stop would warn of each other's end
    from gan_runner.runs.interruption import NOT_BEGUN, NOT_DONE, signals

    failed: dict[int, Exception] = {}
    code, shows = 0, bool(SHOWING & {argument.partition("=")[0] for argument in sys.argv[1:]})
    try:
        signals.word, signals.end = (lambda: NOT_BEGUN if name == "train" else NOT_DONE), _stopped
        signals.listen()
        compose_and_run(name, _guard(name, task, failed))
        if shows:
            sys.stdout.flush()
        signals.take_back()
    except BaseException as error:
        if shows and isinstance(error, BrokenPipeError):
            _close_quietly()
            return
        code = 1
        if signals.caused(error):
            code = signals.end(signals.code)
            sys.exit(code)
        signals.finish()
        if not isinstance(error, Exception):
            raise
        if any(error is one for one in failed.values()):  # each was told when it happened
            _say(name, f"{len(failed)} job(s) of the sweep failed: {', '.join(map(str, failed))}")
        else:
            _report(name, error, trace="debug=trace" in sys.argv)
        _end()
    finally:
        _tell()
        signals.over(code)


def _told(name: str, page: str, arguments: list[str]) -> int:
    """Print what a flag asks for, and nothing more where the reader has enough (`| head`). The exit code."""
    if "--version" in arguments:
        import gan_runner

        text = f"gan-runner {gan_runner.__version__}"
    elif words := arguments[max(arguments.index(flag) for flag in ("--help", "-h") if flag in arguments) + 1 :]:
        from gan_runner.cli.pages import page_about
        from gan_runner.config.errors import ConfigError

        try:
            text = page_about(words)
        except ConfigError as error:
            _say(name, str(error))
            return 1
    else:
        text = page.strip().replace("{choices}", page_of_choices(name)).replace("{keys}", page_of_keys(name))
    try:
        print(text, flush=True)
    except BrokenPipeError:
        _close_quietly()
    return 0


def _close_quietly() -> None:
    """Whoever read from here has gone: Python would say so once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def compose_and_run(name: str, task: Callable[[DictConfig], Any]) -> None:
    """Let Hydra compose what the command line (sys.argv) says, and run `task` on it.

    Raises whatever is wrong with the command line or goes wrong with the task.
    """
    import hydra

    from gan_runner.cli.arguments import readable
    from gan_runner.cli.continuing import continuing
    from gan_runner.cli.flags import flags_first
    from gan_runner.cli.meant import with_runs
    from gan_runner.training.launch import joined

    _check_arguments(name, sys.argv[1:])
    sys.argv[1:] = readable(name, with_runs(name, sys.argv[1:]))
    if name == "train":
        import gan_runner.cli.sweeping  # noqa: F401  # how a run folder is called, also where its name is only shown
        from gan_runner.cli.keys import refuse_unknown
        from gan_runner.cli.numbers import refuse_decimal_commas

        refuse_unknown(name, sys.argv[1:])
        if {"-m", "--multirun"} & set(sys.argv[1:]):
            refuse_decimal_commas(name, sys.argv[1:])
    else:
        _refuse_absent(sys.argv[1:])
    sys.argv[1:] = flags_first(continuing(name, joined(sys.argv[1:])))
    hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name=name)(task)()


def _guard(name: str, task: Callable[[DictConfig], Any], failed: dict[int, Exception]) -> Callable[[DictConfig], Any]:
    """Report a job's error at once. A single run ends there; a sweep goes on with its other jobs, unless it is told to
    stop. failed: the errors of jobs, by their numbers.
    """

    @functools.wraps(task)
    def guarded(config: DictConfig) -> Any:
        from hydra.core.hydra_config import HydraConfig
        from hydra.types import RunMode

        from gan_runner.cli.sweeping import alongside, hear_in_a_process_of_its_own
        from gan_runner.runs.interruption import Stopped, hush, signals
        from gan_runner.training.launch import follows, hear_why

        job = HydraConfig.get()
        launcher, sweeping = job.launcher["_target_"], job.mode is RunMode.MULTIRUN
        apart, away = "joblib" in launcher, "submitit" in launcher
        try:
            if apart:
                printable()
                hear_in_a_process_of_its_own()
            if away:
                signals.listen()
            with alongside(os.getppid()) if apart or follows() else nullcontext():
                signals.begin()
                result = task(config)
            if sweeping and not apart:
                signals.begin()
            return result
        except BaseException as error:
            if apart:
                stopped = signals.caused(error)
                signals.finish()  # what is around jobs is another's
                if stopped:
                    hush()
                    return Stopped()
            elif away and signals.caused(error):
                _stopped(signals.code)  # to the log of the job
            if not signals.caused(error) and isinstance(error, Exception):
                hear_why(error)
                _tell_of(error, name, config, failed)
            raise

    return guarded


def _tell_of(error: Exception, name: str, config: DictConfig, failed: dict[int, Exception]) -> None:
    """What ended a job. A single run ends there with it."""
    from traceback import clear_frames

    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    from gan_runner.runs.record import Pruned

    job, sweeping = HydraConfig.get().job, HydraConfig.get().mode is RunMode.MULTIRUN
    if isinstance(error, Pruned):
        print(f"Job {job.num} ended early: {error}", flush=True)
        return
    _report(f"{name} (job {job.num})" if sweeping else name, error, bool(config.get("trace", False)))
    if not sweeping:
        _end()
    failed[job.num] = error
    clear_frames(
        error.__traceback__
    )  # or what the job held, its weights among them, would be held until the sweep ends


def _stopped(code: int) -> int:
    """Say what was kept and how to go on. Returns the exit code."""
    from gan_runner.runs.interruption import signals
    from gan_runner.training.launch import exit_code, rank

    if rank() == 0:
        among = " (skip_finished=true leaves out the jobs that are finished)" if _swept() else ""
        print(f"{signals.word()}{among}", flush=True)
    _tell()
    return exit_code(code)


def _swept() -> bool:
    """Whether this command plays a sweep, as far as Hydra has told."""
    sweeping = sys.modules.get("gan_runner.cli.sweeping")
    return sweeping is not None and sweeping.Sweep.folder is not None


def _tell() -> None:
    if _swept():
        from gan_runner.cli.sweeping import tell

        tell()


def _end() -> NoReturn:
    """Exit with 1; of a command that has begun nothing yet no time is spent on looking for what to clear away."""
    if "torch" not in sys.modules:
        atexit.register(gc.freeze)
    sys.exit(1)


def _check_arguments(name: str, arguments: list[str]) -> None:
    """What Hydra answers with its usage, many lines, and no reason that a newcomer finds; or with folders anywhere."""
    from gan_runner.cli.flags import FLAGS, flags_of
    from gan_runner.cli.keys import called_elsewhere
    from gan_runner.config.options import groups
    from gan_runner.runs.naming import chosen

    for argument in arguments:
        key, equals, value = argument.partition("=")
        if argument.startswith("-") and key not in FLAGS:
            meant = called_elsewhere(name, key.lstrip("-"), groups(name), value)  # --lr 0.001
            raise ValueError(f"unknown flag {key}{meant}: keys are given as key=value, see gan-{name} --help")
        if key.startswith("paths.") and equals and value.strip("'\" ") in ("", "null"):
            raise ValueError(f"{argument} names no folder: give one, such as paths.outputs=outputs")
        if name == "train" and key == "name" and value not in ("", "null"):
            chosen(value)  # a folder is called by it before settings are checked
    try:
        flags_of(arguments)
    except ValueError as error:
        raise ValueError(f"{error}, see gan-{name} --help") from error


def _refuse_absent(arguments: list[str]) -> None:
    """A run folder or checkpoint to work from that is not there needs no configuration to be noticed."""
    from gan_runner.config.overrides import value_of
    from gan_runner.files import expanded
    from gan_runner.runs.folder import refuse_no_file, refuse_no_folder

    given = dict(argument.split("=", 1) for argument in arguments if argument.startswith(("run=", "ckpt=")))
    if len(given) != 1 or any(argument.startswith("-") for argument in arguments):
        return  # both or none: their check has a sentence for it; a flag asks for something else
    ((key, value),) = ((key, value_of(f"{key}={value}")) for key, value in given.items())
    if value and "${" not in value:
        (refuse_no_folder if key == "run" else refuse_no_file)(expanded(value))


def _report(name: str, error: BaseException, trace: bool) -> None:
    from gan_runner.training.launch import rank

    if trace:
        import traceback

        traceback.print_exception(error)
    from gan_runner.cli.sentences import sentence

    who = f"{name} (rank {rank()})" if rank() else name
    _say(who, sentence(error, CONFIGS, name.split()[0], sys.argv[1:]))


def _say(name: str, text: str) -> None:
    print(f"gan-{name}: {text}", file=sys.stderr, flush=True)
