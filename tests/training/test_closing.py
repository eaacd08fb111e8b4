"""What a run says at its end can be pasted into a shell."""

import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from omegaconf import OmegaConf

from gan_runner.systems.capabilities import Samples, Translates
from gan_runner.training import closing


def closing_lines(folder: Path, troubles: list[str], system: Any, config: dict[str, Any]) -> str:
    return closing.closing_lines(folder, troubles, system, OmegaConf.create(config))


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A system that can what is asked for."""

    def make(capability: type | None) -> Any:
        system = SimpleNamespace(measured={})
        for one in (Samples, Translates):
            monkeypatch.setattr(one, "of", staticmethod(lambda _, same=one is capability: system if same else None))
        return system

    return make


def commands(said: str) -> list[list[str]]:
    lines = said.partition("Next: ")[2].splitlines()
    return [shlex.split(line) for line in lines]


@pytest.mark.parametrize(
    ("folder", "logdir"),
    [
        ("outputs/runs/a-b/hinge-1", "outputs/runs/a-b"),
        ("outputs/sweeps/a-b/s/0-hinge", "outputs/sweeps/a-b/s"),
        ("outputs/mine", "outputs/mine"),
        ("elsewhere/runs/a-b/hinge-1", "elsewhere/runs/a-b/hinge-1"),
    ],
)
def test_tensorboard_is_told_where_a_run_has_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, able: Any, folder: str, logdir: str
) -> None:
    monkeypatch.chdir(tmp_path)
    said = closing_lines(tmp_path / folder, [], able(None), CONFIG | {"paths": {"outputs": "outputs"}})
    assert f"tensorboard --logdir {tmp_path / logdir}\n" in said


@pytest.mark.parametrize("logger", [{}, {"tensorboard": None, "csv": None}])
def test_tensorboard_is_told_of_runs_alone_that_write_for_it(tmp_path: Path, able: Any, logger: Any) -> None:
    assert "--logdir" not in closing_lines(tmp_path, [], able(None), CONFIG | {"logger": logger})
    written = CONFIG | {"logger": {"tensorboard": {"_target_": "x"}}}
    assert "--logdir" in closing_lines(tmp_path, [], able(None), written)


CONFIG: dict[str, Any] = {"trainer": {"max_steps": 30, "max_epochs": -1}, "data": {}}


def test_what_was_found_stands_beside_real_data_with_its_full_name(able: Any, tmp_path: Path) -> None:
    system, name = able(Samples), "evaluation/modes_covered/points/9"
    assert "modes" not in closing_lines(tmp_path, [], system, CONFIG)
    system.measured = {name: 7.0, f"{name}/real": 8.0, "evaluation/modes_overlap/points/9": 0.5}
    said = closing_lines(tmp_path, [], system, CONFIG).splitlines()
    assert f"  modes ↑  7 (real 8)  {name}" in said
    assert not any("overlap" in line for line in said)  # the figures that runs are compared by


def test_pictures_and_the_page_of_the_folder_are_named_where_they_are(able: Any, tmp_path: Path) -> None:
    system = able(Samples)
    assert "curves" not in closing_lines(tmp_path, [], system, CONFIG)
    for name in ("curves.png", "report.html", "README.md"):
        (tmp_path / name).touch()
    said = closing_lines(tmp_path, [], system, CONFIG).splitlines()
    named = {"curves": "curves.png", "report": "report.html", "every file": "README.md"}
    assert {f"  {what:<13}{tmp_path / name}" for what, name in named.items()} <= {*said}


@pytest.mark.parametrize("name", ["run", "é", "o'clock", "a b", "x=y", "(1)", "$HOME", "a,b"])
def test_lines_are_words_of_a_shell(name: str, able: Any) -> None:
    folder = Path("/runs") / name
    said = closing_lines(folder, [], able(Samples), CONFIG)
    assert commands(said) == [
        ["gan-sample", f"run={folder}", "num_samples=64", "output=samples.png"],
        ["gan-train", f"resume={folder}", "trainer.max_steps=60"],
    ]
    figures = next(line for line in said.splitlines() if line.startswith("  figures"))
    assert shlex.split(figures)[1:] == ["tensorboard", "--logdir", str(folder)]
    assert ("'" in said) == (name not in ("run", "x=y", "a,b"))  # plain paths stay plain


def test_translations_name_images_that_are_there(able: Any, tmp_path: Path) -> None:
    system, run = able(Translates), tmp_path / "run"
    assert [line[0] for line in commands(closing_lines(run, [], system, CONFIG))] == ["gan-train"]
    (run / "samples").mkdir(parents=True)
    picture = run / "samples/a2b_00000001.png"
    picture.touch()
    (line, _) = commands(closing_lines(run, [], system, CONFIG))
    assert line == ["gan-translate", f"run={run}", f"input={picture}", "output=translated.png"]
    root = tmp_path / "root"
    for side in ("trainA", "testB", "trainB"):
        (root / side).mkdir(parents=True)
        (root / side / "1.png").touch()
    for data, folder in (
        ({"root": str(root), "direction": "a2b"}, root / "trainA"),
        ({"root": str(root), "direction": "b2a"}, root / "testB"),
        ({"root": None, "a": str(root)}, root),
        ({"of": {"root": str(root), "_target_": "gan_runner.data.folder.Folder"}}, root),
    ):
        (line, _) = commands(closing_lines(run, [], system, {**CONFIG, "data": data}))
        assert line == ["gan-translate", f"run={run}", f"input={folder}", "output=translated"]
    (tmp_path / "mnist").mkdir()  # files that are no images
    (tmp_path / "mnist" / "train-images-idx3-ubyte").touch()
    (line, _) = commands(closing_lines(run, [], system, {**CONFIG, "data": {"of": {"root": str(tmp_path / "mnist")}}}))
    assert line[2] == f"input={picture}"
    (tmp_path / "sets" / "horses").mkdir(parents=True)
    (tmp_path / "sets" / "horses" / "1.jpg").touch()  # what another set keeps beside it
    shared = {"root": str(tmp_path / "sets"), "_target_": "gan_runner.data.mnist.MNIST"}
    (line, _) = commands(closing_lines(run, [], system, {**CONFIG, "data": shared}))
    assert line[2] == f"input={picture}"


@pytest.mark.parametrize(
    ("trainer", "longer"),
    [
        ({"max_steps": -1, "max_epochs": 3}, ["trainer.max_epochs=6"]),
        ({"max_steps": -1, "max_epochs": -1}, []),
        ({"max_steps": 5}, ["trainer.max_steps=10"]),
    ],
)
def test_what_neither_draws_nor_translates_can_only_be_trained_longer(
    trainer: dict[str, int], longer: list[str], able: Any
) -> None:
    said = closing_lines(Path("run"), ["collapsed"], able(None), {**CONFIG, "trainer": trainer})
    assert commands(said) == [["gan-train", "resume=run", *longer]]
    assert "  state        collapsed" in said


@pytest.mark.parametrize(
    ("part", "sampling", "resuming"),
    [("loss", True, True), ("data", False, True), ("metrics", False, True), ("none", False, False)],
)
def test_classes_of_ones_own_are_vouched_for(part: str, sampling: bool, resuming: bool, able: Any) -> None:
    config = {**CONFIG, part: {"_target_": "mine.Part" if part != "none" else "gan_runner.losses.hinge.Hinge"}}
    sample, resume = commands(closing_lines(Path("run"), [], able(Samples), config))
    assert ("trust=true" in sample, "trust=true" in resume) == (sampling, resuming)


def test_a_command_is_one_line() -> None:
    assert closing.command("gan-train", "resume=a b") == "gan-train 'resume=a b'"


@pytest.mark.parametrize(("ends", "words"), [("${trainer.max_steps}", ["allow_changes=true"]), (30, [])])
def test_a_schedule_that_is_as_long_as_the_run_may_change_with_it(ends: Any, words: list[str], able: Any) -> None:
    config = {**CONFIG, "schedule": {"generator": {"total_iters": ends}}}
    (resume,) = commands(closing_lines(Path("run"), [], able(None), config))
    assert resume == ["gan-train", "resume=run", "trainer.max_steps=60", *words]


def test_updates_of_the_generator_are_told_where_they_are_not_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "generator_updates", lambda system: 20)
    system: Any = SimpleNamespace(measured={})
    told = closing.closing_lines(Path("run"), [], system, OmegaConf.create(CONFIG), 2000)
    assert "  played       2000 batches, 20 generator updates\n" in told
    told = closing.closing_lines(Path("run"), [], system, OmegaConf.create(CONFIG), 20)
    assert "played" not in told
