"""A run in Python: how it is found, what is known of it, how it shows itself."""

import builtins
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import gan_runner as gr


def test_a_run_is_found_as_the_commands_find_it(trained: Callable[..., gr.Run]) -> None:
    first, last = trained("model=vanilla"), trained("model=cgan")
    assert first.path is not None
    assert gr.load().path == last.path
    assert gr.load("vanilla").name == first.name
    assert gr.load(first.path).path == first.path
    assert gr.load(first.path, outputs="elsewhere").state == "finished"
    by_file = gr.load(first.checkpoint)
    assert by_file.path == first.path
    assert by_file.checkpoint == first.checkpoint
    with pytest.raises(FileNotFoundError, match="nowhere is no run folder, and no run below outputs"):
        gr.load("nowhere")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        gr.load("no.ckpt")


def test_a_folder_that_is_no_run_is_told(here: Path) -> None:
    (here / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="it is no run folder"):
        gr.load("empty")


def test_the_newest_of_several_is_told_as_the_commands_do(
    trained: Callable[..., gr.Run], run_command: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    trained("model=vanilla", "seed=1"), trained("model=vanilla", "seed=2")
    capsys.readouterr()
    gr.load("vanilla")
    told = capsys.readouterr().out
    assert "the newest of 2 with that in its name" in told
    assert run_command("gan-sample", "run=vanilla", "output=x.npz", "num_samples=2").out.startswith(told)


def test_a_run_holds_wherever_the_program_goes(trained: Callable[..., gr.Run], monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained("model=vanilla")
    found = [gr.load("vanilla"), gr.load(Path("outputs/runs") / run.name), *gr.compare([gr.load("vanilla")]).runs]
    monkeypatch.chdir("/")
    for one in found:
        assert (one.path, one.state) == (run.path, "finished")
        assert one.sample(2).array.shape == (2, 8, 8, 3)
        assert "finished, 3 batches" in one._repr_html_()


@pytest.mark.parametrize("cut", ["", "[]", '{"status": "fin'])
def test_a_record_that_is_cut_is_shown_as_the_list_of_runs_shows_it(trained: Callable[..., gr.Run], cut: str) -> None:
    run = trained("model=vanilla")
    (run.path / "run.json").write_text(cut)  # type: ignore[operator]
    assert "its record cannot be read" in run._repr_html_()
    with pytest.raises(gr.ConfigError, match=r"run\.json"):
        gr.compare([run])


@pytest.mark.parametrize("wrong", [None, 5, ""])
def test_what_names_no_run_is_told(here: Path, wrong: Any) -> None:
    with pytest.raises(gr.ConfigError, match="names nothing: load takes the folder of a run"):
        gr.load(wrong)


def test_an_accelerator_is_checked_at_once(runs: dict[str, str]) -> None:
    with pytest.raises(gr.ConfigError, match="accelerator='tpu' is not valid: it should be 'auto', 'cpu' or 'gpu'"):
        gr.load(runs["plain"], accelerator="tpu")


def test_a_checkpoint_alone_has_no_story(trained: Callable[..., gr.Run], here: Path) -> None:
    run = trained("model=vanilla")
    alone = run.checkpoint.rename(here / "alone.ckpt")
    found = gr.load(alone)
    assert found.path is None
    assert found.batches == 3
    assert found.sample(2).array.shape == (2, 8, 8, 3)
    assert found.config["model"] if "model" in found.config else found.config["data"]
    assert repr(found) == f"Run({alone}: a checkpoint)"
    assert "a checkpoint" in found._repr_html_()
    with pytest.raises(gr.ConfigError, match="is a checkpoint alone"):
        _ = found.figures


def test_history_is_a_table_of_what_was_logged(trained: Callable[..., gr.Run]) -> None:
    run = trained("model=vanilla", "trainer.log_every_n_steps=1", "trainer.max_steps=5")
    history = run.history
    assert isinstance(history, pd.DataFrame)
    assert history.index.name == "step"
    assert history.index.tolist() == [1, 2, 3, 4, 5]
    assert history["generator/gan/adversarial"].iloc[-1] == pytest.approx(run.figures["generator/gan/adversarial"])


def test_without_pandas_it_says_what_to_install(
    trained: Callable[..., gr.Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, imported = trained("model=vanilla"), builtins.__import__

    def without(name: str, *arguments: Any, **more: Any) -> Any:
        if name == "pandas":
            raise ImportError(name)
        return imported(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=re.escape("pip install 'gan-runner[notebook]'")):
        _ = run.history


def test_a_run_without_a_history_says_so(trained: Callable[..., gr.Run]) -> None:
    with pytest.raises(FileNotFoundError, match="has no history"):
        _ = trained("model=vanilla", "logger=none").history


def test_a_line_that_is_still_written_is_left_out(trained: Callable[..., gr.Run]) -> None:
    run = trained("model=vanilla", "trainer.log_every_n_steps=1")
    table, record = run.path / "metrics.csv", run.path / "run.json"  # type: ignore[operator]
    steps, newest = run.history.index.tolist(), run.history.iloc[-1].dropna().to_dict()
    record.write_text(record.read_text().replace('"figures"', '"unknown"'))  # as of a run that plays
    with table.open("a") as file:
        file.write("99,1.2e-")
    assert run.history.index.tolist() == steps
    assert newest.items() <= dict(run.figures).items()
    assert "finished" in run._repr_html_()


def test_a_history_that_nothing_was_written_to_says_so(trained: Callable[..., gr.Run]) -> None:
    run = trained("model=vanilla")
    (run.path / "metrics.csv").write_text("")  # type: ignore[operator]
    with pytest.raises(FileNotFoundError, match="has no history"):
        _ = run.history


def test_it_shows_a_picture_its_state_and_its_figures(trained: Callable[..., gr.Run]) -> None:
    run = trained("model=vanilla")
    shown = run._repr_html_()
    assert shown.count("data:image/png;base64,") == 1
    assert run.name in shown
    assert "finished, 3 batches" in shown
    assert repr(run) == f"Run({run.name}: finished, 3 batches)"
    assert "http" not in shown
    assert "background" not in shown  # the colours are those of the notebook


def test_it_shows_what_a_lesson_has_come_to(trained: Callable[..., gr.Run]) -> None:
    run = trained("model=vanilla", "lesson={shows: [{figure: D_real, at_least: 2}], look: At all., file: x, next: y}")
    assert "the lesson is not shown this time" in run._repr_html_()
    assert "At all." in run._repr_html_()


def test_weights_are_read_again_once_the_run_has_gone_on(trained: Callable[..., gr.Run]) -> None:
    run = trained("model=vanilla")
    before = run.sample(4).array
    assert (run.sample(4).array == before).all()
    gr.train(f"resume={run.path}", "trainer.max_steps=6")
    assert (run.sample(4).array != before).any()
    assert run.batches == 6


def test_evaluate_is_what_gan_evaluate_finds(trained: Callable[..., gr.Run], run_command: Callable[..., Any]) -> None:
    import json

    run = trained("model=vanilla", "metrics=[diversity]", "features=random_conv", "evaluation.num_samples=20")
    keys = ["num_samples=16", "seed=2"]
    found = run.evaluate(*keys)
    run_command("gan-evaluate", f"run={run.path}", *keys, "output=found.json")
    written = json.loads(Path("found.json").read_text())
    assert dict(found) == written["figures"]
    assert found.spreads == written["spreads"]
    assert run.evaluate()
    assert not list(run.path.glob("metrics.json"))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("metrics=[nothing]", "metrics=nothing does not exist"),
        ("output=x.json", "output=x.json is for the command gan-evaluate"),
        ("num_samples=1", "num_samples=1"),
    ],
)
def test_a_mistake_in_what_is_measured_is_one_sentence(trained: Callable[..., gr.Run], key: str, told: str) -> None:
    run = trained("model=vanilla")
    with pytest.raises(gr.ConfigError) as raised:
        run.evaluate(key)
    assert told in str(raised.value)


@pytest.mark.parametrize("key", [{"num_samples": 5}, ["num_samples=5"], 5])
def test_what_is_no_word_is_told(trained: Callable[..., gr.Run], key: Any) -> None:
    with pytest.raises(gr.ConfigError, match=re.escape(f"{key!r} is no key=value")):
        trained("model=vanilla").evaluate(key)
