"""gan_runner.train: a run as gan-train plays it, again and again in one process, and how it says no."""

import os
import random
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import gan_runner as gr
from fixtures.small_runs import SMALL
from gan_runner.cli.sentences import sentence
from gan_runner.config.options import CONFIGS


def state_of(run: Path) -> dict[str, torch.Tensor]:
    contents = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    return {name: value for name, value in contents.items() if isinstance(value, torch.Tensor)}


def logged(run: Path) -> list[str]:
    """The lines of metrics.csv, without the figure that is a time."""
    heads, *rows = [line.split(",") for line in (run / "metrics.csv").read_text().splitlines()]
    left_out = heads.index("images_per_second") if "images_per_second" in heads else -1
    return [",".join(cell for at, cell in enumerate(row) if at != left_out) for row in [heads, *rows]]


def test_two_runs_and_the_command_are_equal_to_the_bit(here: Path, trained: Callable[..., gr.Run]) -> None:
    keys = ["model=cgan", "tricks=[ema]", "trainer.log_every_n_steps=1"]
    other = trained("model=vanilla", "seed=5")  # what was played before changes nothing
    first, second = trained(*keys), trained(*keys)
    assert len({other.path, first.path, second.path}) == 3
    quiet = ["callbacks.progress=null", "callbacks.curves=null", "callbacks.report=null"]
    command = [sys.executable, "-m", "gan_runner", "train", *SMALL, *quiet, *keys, "paths.outputs=by_command"]
    subprocess.run(
        command, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    (by_command,) = Path("by_command/runs").glob("*/*")
    assert first.path is not None
    assert second.path is not None
    states = [state_of(path) for path in (first.path, second.path, by_command)]
    assert all(torch.equal(states[0][name], state[name]) for state in states for name in states[0])
    assert logged(first.path) == logged(second.path) == logged(by_command)


def test_a_run_tells_its_whole_story_and_prints_no_lines_for_a_shell(
    trained: Callable[..., gr.Run], capsys: pytest.CaptureFixture[str]
) -> None:
    run = trained("model=cgan", "tricks=[ema]")
    assert run.state == "finished"
    assert run.batches == 3
    assert run.path is not None
    assert run.path.parent.name == "cgan-synthetic"
    assert run.facts["command"][0] == "gan-train"
    assert (run.path / "train.log").is_file()
    assert "gan-sample" not in capsys.readouterr().out


def test_the_process_is_as_before(trained: Callable[..., gr.Run]) -> None:
    import logging

    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.hydra_config import HydraConfig

    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    expected = random.random(), np.random.random(), torch.rand(1)
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    before = (
        sys.argv, logging.root.handlers[:], logging.root.level, {**os.environ}, warnings.filters[:],
        GlobalHydra.instance().hydra, HydraConfig.instance().cfg, sys.unraisablehook,
    )  # fmt: skip
    os.environ.pop("PL_GLOBAL_SEED", None)
    trained("model=vanilla")
    environment = {key: value for key, value in os.environ.items() if key in before[3]}
    after = (
        sys.argv, logging.root.handlers[:], logging.root.level, environment, warnings.filters[:],
        GlobalHydra.instance().hydra, HydraConfig.instance().cfg, sys.unraisablehook,
    )  # fmt: skip
    assert {number: signal.getsignal(number) for number in handlers} == handlers
    assert "PL_GLOBAL_SEED" not in os.environ
    for was, now in zip(before[:3], after[:3], strict=True):
        assert was == now
    assert before[4:] == after[4:]
    assert (random.random(), np.random.random(), torch.rand(1)) == expected


WRONG = {
    "unknown option": (["model=dcgann"], "model=dcgann does not exist (did you mean dcgan?)"),
    "unknown key": (["trainer.max_stepz=3"], "did you mean trainer.max_steps?"),
    "wrong type": (["trainer.max_steps=abc"], "trainer.max_steps='abc' is not valid"),
    "impossible": (["model=dcgan", "data.image_size=30"], "cannot reach 30×30"),
    "no key": (["collapse"], "'collapse' has no key"),
    "several values": (["seed=0,1"], "seed"),
    "a sweep": (["-m", "seed=0,1"], "train plays one run, and -m asks for a sweep"),
    "a flag": (["--cfg"], "--cfg is a flag of the command gan-train"),
    "several processes": (["trainer.devices=2"], "trainer.devices=2 asks for several processes"),
    "several machines": (["trainer.num_nodes=2"], "trainer.num_nodes=2 asks for several processes"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_one_sentence(
    trained: Callable[..., gr.Run], case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keys, told = WRONG[case]
    with pytest.raises(gr.ConfigError) as raised:
        trained(*keys)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    assert capsys.readouterr().err == ""


def test_it_is_the_sentence_of_the_command(here: Path, run_command: Callable[..., Any]) -> None:
    keys = [*SMALL, "model=dcgan", "loss=hinge", "+loss.label_smoothing=0.1"]
    with pytest.raises(gr.ConfigError) as raised:
        gr.train(*keys)
    assert run_command("gan-train", *keys).err == f"gan-train: {raised.value}\n"


def test_no_word_is_a_mistake_too(here: Path) -> None:
    with pytest.raises(gr.ConfigError, match="3 is no key=value"):
        gr.train(3)  # type: ignore[arg-type]


def test_what_is_not_there_is_a_file_not_found(here: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere is no run folder"):
        gr.train("resume=nowhere")


def test_what_no_user_can_mend_is_raised_as_it_is(
    trained: Callable[..., gr.Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("gan_runner.training.train.train", broken)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        trained("model=vanilla")
    assert "debug=trace" in sentence(ZeroDivisionError("a bug"), CONFIGS, "train", [])


def test_a_failed_run_is_told_as_failed(trained: Callable[..., gr.Run]) -> None:
    with pytest.raises(gr.ConfigError):
        trained("model=dcgan", "data.image_size=30")
    run = gr.load()
    assert run.state == "failed"
    assert "30×30" in run._repr_html_()


def interrupt(after: Path, number: int = signal.SIGINT) -> threading.Thread:
    """Tell this process to stop once a run below a folder has played batches enough to log some."""

    def wait() -> None:
        import time

        while not any(b"\n" in table.read_bytes()[:-1] for table in after.glob("outputs/runs/*/*/metrics.csv")):
            time.sleep(0.05)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def test_stopped_it_is_saved_says_how_to_go_on_and_goes_on(here: Path, trained: Callable[..., gr.Run]) -> None:
    before = signal.getsignal(signal.SIGINT)
    interrupt(here)
    with pytest.raises(gr.TrainingStopped) as raised:
        trained("model=vanilla", "trainer.max_steps=100000")
    told = str(raised.value)
    assert "and saved. Go on: gan_runner.train('resume=outputs/runs/vanilla-synthetic/" in told
    assert raised.value.run is not None
    assert raised.value.run.state == "stopped"
    assert signal.getsignal(signal.SIGINT) is before
    batches = raised.value.run.batches
    assert batches > 0
    asked = told.partition("'")[2].rpartition("'")[0]
    again = gr.train(asked, f"trainer.max_steps={batches + 2}")
    assert again.state == "finished"
    assert again.batches == batches + 2
    assert again.path == raised.value.run.path


def test_told_to_end_it_saves_and_leaves_the_signal_to_whoever_heard_it(
    here: Path, trained: Callable[..., gr.Run], capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        interrupt(here, signal.SIGTERM)
        with pytest.raises(gr.TrainingStopped):
            trained("model=vanilla", "trainer.max_steps=100000")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]
    assert "and saved" in capsys.readouterr().out


def test_it_trains_in_a_thread_as_well(trained: Callable[..., gr.Run]) -> None:
    found: list[gr.Run] = []
    thread = threading.Thread(target=lambda: found.append(trained("model=vanilla")))
    thread.start()
    thread.join()
    assert [run.state for run in found] == ["finished"]


def test_two_at_once_in_threads_are_refused_and_the_first_plays_on(
    trained: Callable[..., gr.Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    from gan_runner.training import train as training

    begun, refused, played, found = threading.Event(), threading.Event(), training.train, list[gr.Run]()

    def waiting(*arguments: Any, **more: Any) -> Any:
        begun.set()
        assert refused.wait(60)
        return played(*arguments, **more)

    monkeypatch.setattr(training, "train", waiting)
    first = threading.Thread(target=lambda: found.append(trained("model=vanilla", "name=first")))
    first.start()
    assert begun.wait(60)
    with pytest.raises(gr.ConfigError, match="another training is playing in this process: wait until it ends"):
        trained("model=vanilla", "name=second")
    refused.set()
    first.join()
    assert [run.state for run in found] == ["finished"]
    assert trained("model=vanilla", "name=second").state == "finished"
