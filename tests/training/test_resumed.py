"""A run that goes on: as the same one, as another where that is allowed, or not at all."""

import csv
import gc
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from omegaconf import OmegaConf
from PIL import Image

from fixtures import commands
from fixtures.small_folders import FOLDER, paint
from fixtures.small_runs import Outcome, run_folders
from gan_runner.assemble import assemble
from gan_runner.config.errors import ConfigError
from gan_runner.runs import checkpoints
from gan_runner.runs.checkpoints import LAST, to_resume, write
from gan_runner.runs.folder import RunFolder
from gan_runner.training.resumed import Resumed

Train = Callable[..., Outcome]


@pytest.fixture
def train(run_command: Callable[..., Outcome]) -> Train:
    """gan-train, in this process."""

    def play(*arguments: str) -> Outcome:
        return run_command("gan-train", *arguments)

    return play


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where red images and a finished run of four batches of them lie."""
    place = tmp_path_factory.mktemp("played")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        red = paint(place / "red", 16, (200, 20, 20))
        assert commands.play("gan-train", *FOLDER, f"data.root={red}") == 0
    return place


@pytest.fixture
def red(played: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(played / "red", tmp_path / "red"))


@pytest.fixture
def run(played: Path, red: Path, tmp_path: Path) -> Path:
    """That run, of the red images here."""
    run = Path(shutil.copytree(run_folders(played)[0], tmp_path / "outputs" / "runs" / "vanilla-folder" / "1"))
    composed = run / ".hydra" / "config.yaml"
    composed.write_text(composed.read_text().replace(str(played / "red"), str(red)))
    return run


def record(run: Path) -> dict[str, Any]:
    """As any parser reads it."""
    facts: dict[str, Any] = json.loads((run / "run.json").read_text(), parse_constant=pytest.fail)
    return facts


def state(run: Path) -> dict[str, Any]:
    return checkpoints.load(run / "checkpoints" / "last.ckpt")


def on_disk(run: Path) -> dict[str, bytes]:
    """What must stay as it is; Hydra's log grows with every command."""
    return {str(path): path.read_bytes() for path in sorted(run.rglob("*")) if path.is_file() and path.suffix != ".log"}


def rates(run: Path) -> list[float]:
    with (run / "metrics.csv").open() as file:
        return [float(row["generator/learning_rate"]) for row in csv.DictReader(file) if row["generator/learning_rate"]]


# ---- nothing left to play -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["trainer.max_steps=4", "trainer.max_steps=2", "evaluation.num_samples=9"])
def test_what_has_finished_stays_as_it_is(train: Train, run: Path, key: str) -> None:
    before = on_disk(run)
    assert record(run)["figures"]
    ended = train(f"resume={run}", key, "objective=generator/gan/adversarial")
    assert (ended.code, ended.err) == (0, "")
    assert f"Nothing is left to play in {run}: it has played 4 batches" in ended.out
    assert on_disk(run) == before


def test_how_to_measure_a_finished_run_again_can_be_copied(train: Train, run: Path, tmp_path: Path) -> None:
    spaced = run.rename(tmp_path / "a run")
    ended = train(f"resume={spaced}")
    assert f"gan-evaluate 'run={spaced}' measures it again" in ended.out


def test_a_run_that_has_its_length_but_not_its_end_comes_to_it(train: Train, run: Path) -> None:
    facts = record(run)
    (run / "run.json").write_text(json.dumps(facts | {"status": "interrupted"}))
    assert train(f"resume={run}").code == 0
    assert (record(run)["status"], record(run)["batches"]) == ("finished", 4)
    assert record(run)["figures"].keys() == facts["figures"].keys()


def test_a_longer_run_keeps_figures_that_it_did_not_log_anew(train: Train, run: Path) -> None:
    before = record(run)["figures"]
    assert train(f"resume={run}", "trainer.max_steps=5", "trainer.log_every_n_steps=50").code == 0
    assert record(run)["figures"] == before
    assert (record(run)["batches"], record(run)["data"]["name"]) == (5, "red")


# ---- other data -----------------------------------------------------------------------------------------------------


def test_changed_images_are_refused_and_nothing_is_written(train: Train, run: Path, red: Path) -> None:
    paint(red, 3, (200, 20, 20), first=16)
    before = on_disk(run)
    refused = train(f"resume={run}", "trainer.max_steps=6")
    assert refused.code == 1
    assert ": 16 files were, 19 are) would be another run" in refused.err
    assert "set allow_changes=true" in refused.err
    assert on_disk(run) == before


def test_allowed_they_move_the_held_out_split_and_reals_are_drawn_anew(train: Train, run: Path, red: Path) -> None:
    paint(red, 3, (20, 20, 200), first=16)
    reals = (run / "samples" / "real.png").read_bytes()
    ended = train(f"resume={run}", "trainer.max_steps=6", "allow_changes=true")
    assert ended.code == 0, ended.err
    assert ": 16 files were, 19 are\n" in ended.out
    assert "the held-out split moves" in ended.out
    assert (run / "samples" / "real.png").read_bytes() != reals
    (stretch,) = record(run)["stretches"]
    assert (stretch["batch"], stretch["data"]["was"]["files"], stretch["data"]["is"]["files"]) == (4, 16, 19)
    assert state(run)["origin"]["data"]["files"] == 19
    assert train(f"resume={run}", "trainer.max_steps=7").code == 0  # it is the run's data now
    assert len(record(run)["stretches"]) == 1


def test_allowed_they_are_seen_on_the_scale_that_the_run_began_with(train: Train, tmp_path: Path) -> None:
    deep = tmp_path / "deep"
    deep.mkdir()
    for number in range(1, 17):
        Image.new("I;16", (8, 8), 250 * number).save(deep / f"{number}.png")
    assert train(*FOLDER, f"data.root={deep}", "data.channels=1", "data.cache=null").code == 0
    (run,) = run_folders(tmp_path)
    Image.new("I;16", (8, 8), 8000).save(deep / "17.png")
    ended = train(f"resume={run}", "trainer.max_steps=6", "allow_changes=true")
    assert ended.code == 0, ended.err
    contents = state(run)
    assert contents["origin"]["scales"] == {"real": [0, 4000]}
    del contents["origin"]["scales"]  # an earlier version took the range of the type
    next(part for part in contents.values() if isinstance(part, dict) and part.pop("scales", None))
    checkpoints.write(contents, run / "checkpoints" / "last.ckpt")
    assert train(f"resume={run}", "trainer.max_steps=7").code == 0
    assert state(run)["origin"]["scales"] == {}


def test_other_images_elsewhere_are_refused_by_key(train: Train, run: Path, red: Path, tmp_path: Path) -> None:
    blue = paint(tmp_path / "blue", 16, (20, 20, 200))
    refused = train(f"resume={run}", "trainer.max_steps=6", f"data.root={blue}")
    assert refused.code == 1
    assert f"/red, is {blue}: the 16 files have other names or contents" in refused.err


def test_a_folder_that_moved_is_the_same_data(train: Train, run: Path, red: Path, tmp_path: Path) -> None:
    moved = shutil.move(red, tmp_path / "elsewhere")
    told = train(f"resume={run}", "trainer.max_steps=6")
    assert told.code == 1
    assert "data.root=" in told.err
    assert "is not there: set data.root" in told.err
    ended = train(f"resume={run}", "trainer.max_steps=6", f"data.root={moved}")
    assert ended.code == 0, ended.err
    assert "otherwise" not in ended.out
    assert "stretches" not in record(run)


def test_a_run_of_an_earlier_version_goes_on_with_the_data_it_names(
    train: Train, run: Path, red: Path, tmp_path: Path
) -> None:
    path = run / "checkpoints" / "last.ckpt"
    contents = state(run)
    del contents["origin"]["data"]
    checkpoints.write(contents, path)
    facts = record(run)
    del facts["data"]
    facts["figures"]["kl"] = float("nan")
    (run / "run.json").write_text(json.dumps(facts))
    assert "NaN" in (run / "run.json").read_text()
    moved = shutil.move(red, tmp_path / "elsewhere")
    ended = train(f"resume={run}", "trainer.max_steps=6", f"data.root={moved}")
    assert ended.code == 0, ended.err
    assert "is not noted: this is taken for it" in ended.out + ended.err
    assert (record(run)["data"]["files"], record(run)["figures"]["kl"]) == (16, None)
    assert record(run)["not_finite"]["figures"] == {"kl": "NaN"}


def test_keys_that_an_earlier_version_did_not_have_are_as_by_default_or_as_given(train: Train, run: Path) -> None:
    composed = RunFolder(run).composed
    config = OmegaConf.load(composed)
    for key in ("init_from", "objective_mode"):
        del config[key]
    OmegaConf.save(config, composed)
    ended = train(f"resume={run}", "trainer.max_steps=6", "objective_mode=max")
    assert ended.code == 0, ended.err
    assert (record(run)["batches"], record(run)["status"]) == (6, "finished")
    now = OmegaConf.load(RunFolder(run).resolved)
    assert (now.init_from, now.objective_mode) == (None, "max")


# ---- other settings -------------------------------------------------------------------------------------------------


def test_another_rate_is_a_stretch_of_its_own_and_moments_are_kept(train: Train, run: Path) -> None:
    before = state(run)["optimizer_states"]
    longer = (f"resume={run}", "trainer.max_steps=6", "optimizer.lr=1e-5", "data.batch_size=2")
    refused = train(*longer)
    assert "optimizer.lr was 0.0002, is 1e-05" in refused.err
    assert "optimizer.generator.lr" not in refused.err  # follows from it
    assert "set allow_changes=true" in refused.err
    ended = train(*longer, "allow_changes=true")
    assert ended.code == 0, ended.err
    assert rates(run) == [2e-4] * 4 + [1e-5] * 2
    (stretch,) = record(run)["stretches"]
    assert stretch["batch"] == 4
    assert stretch["settings"]["optimizer.lr"] == {"was": 2e-4, "is": 1e-5}
    assert stretch["settings"]["data.batch_size"] == {"was": 4, "is": 2}
    for was, now in zip(before, state(run)["optimizer_states"], strict=True):
        assert now["state"][0]["step"] == was["state"][0]["step"] + 2
    refused = train(f"resume={run}", "trainer.max_steps=7", "optimizer.lr=1e-3")  # allowed once is not for ever
    assert "optimizer.lr was 1e-05, is 0.001" in refused.err


def test_what_was_allowed_needs_no_second_word_when_it_was_not_saved(train: Train, run: Path) -> None:
    saved = (run / "checkpoints" / "last.ckpt").read_bytes()
    assert train(f"resume={run}", "trainer.max_steps=6", "optimizer.lr=1e-5", "allow_changes=true").code == 0
    (run / "checkpoints" / "last.ckpt").write_bytes(saved)  # as if it had been killed before its first save
    (run / "run.json").write_text(json.dumps(record(run) | {"status": "running", "process": 2**22 + 1}))
    ended = train(f"resume={run}")
    assert ended.code == 0, ended.err
    assert rates(run)[-1] == 1e-5
    assert [one["batch"] for one in record(run)["stretches"]] == [4]


def test_a_schedule_that_was_not_there_is_where_its_own_run_would_have_it(train: Train, run: Path) -> None:
    longer = (f"resume={run}", "trainer.max_steps=8", "schedule=linear")
    assert "schedule.generator was absent, is lr_scheduler.LinearLR" in train(*longer).err
    ended = train(*longer, "allow_changes=true")
    assert ended.code == 0, ended.err
    assert rates(run) == pytest.approx([2e-4] * 4 + [2e-4 * (8 - batch) / 8 for batch in (5, 6, 7, 8)])


def test_a_trick_without_a_state_may_join_and_one_that_has_weights_is_not_offered(train: Train, run: Path) -> None:
    joined = (f"resume={run}", "trainer.max_steps=5", "+tricks@tricks.r1=r1")
    assert "set allow_changes=true" in train(*joined).err
    assert train(*joined, "allow_changes=true").code == 0
    wider = (f"resume={run}", "trainer.max_steps=6", "network.generator.hidden=[5]")
    refused = train(*wider)
    assert refused.code == 1
    assert "do not fit" in refused.err
    assert "allow_changes" not in refused.err
    impossible = train(*wider, "allow_changes=true")
    assert impossible.code == 1
    assert "do not fit" in impossible.err


def test_the_same_bits_come_of_a_run_that_is_resumed_without_a_change(
    train: Train, run: Path, red: Path, tmp_path: Path
) -> None:
    assert train(f"resume={run}", "trainer.max_steps=6").code == 0
    assert train(*FOLDER, f"data.root={red}", "trainer.max_steps=6").code == 0
    whole = run_folders(tmp_path)[-1]
    one, other = state(run)["state_dict"], state(whole)["state_dict"]
    assert all(torch.equal(value, other[name]) for name, value in one.items() if isinstance(value, torch.Tensor))


def test_what_a_checkpoint_held_is_let_go_before_the_run_plays_on(
    train: Train, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []

    def play(*given: Any) -> None:
        gc.collect()
        held.append(any(isinstance(one, Resumed) for one in gc.get_objects()))

    monkeypatch.setattr("gan_runner.training.train._play", play)
    ended = train(f"resume={run}", "trainer.max_steps=6")
    assert (ended.code, held) == (0, [False]), ended.err


# ---- weights of other players ---------------------------------------------------------------------------------------


def state_of(system: Any) -> dict[str, Any]:
    """What a run that has played one batch keeps."""
    told = dict.fromkeys(("loops", "callbacks", "optimizer_states", "lr_schedulers"))
    return {"global_step": 1, "origin": system.origin.plain(), "state_dict": system.state_dict()} | told


def resumed(run: Path) -> Resumed:
    path, contents = to_resume(run)
    return Resumed(RunFolder(run), path, contents, {})


CGAN = ("model=cgan", "network.width=2", "data.num_classes=3")


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (("data.num_classes=4",), "the data had 3 classes, now has 4"),
        (("data.image_size=16",), "data.image_size was 8, is 16"),
        (("network.width=4",), "network.width was 2, is 4"),
        (("+tricks@tricks.ema=ema",), "tricks was none, is ema"),
        (("network.conditional=generator",), "network.conditional was true, is generator"),
    ],
)
def test_other_weights_are_told_by_the_keys_that_differ_and_what_cannot_help_is_not_offered(
    composed, tmp_path: Path, now: tuple[str, ...], said: str
) -> None:
    before = assemble(composed(*CGAN)).system
    write(state_of(before), tmp_path / "checkpoints" / LAST)
    system = assemble(composed(*CGAN, *now)).system
    with pytest.raises(ConfigError) as caught:
        resumed(tmp_path).fit(system)
    assert f"do not fit this run ({said})" in str(caught.value)
    assert "init_from=" in str(caught.value)
    assert "allow_changes" not in str(caught.value)
    assert "torch.Size" not in str(caught.value)


def test_other_settings_of_equal_weights_may_be_allowed(composed, tmp_path: Path) -> None:
    before = assemble(composed(*CGAN)).system
    write(state_of(before), tmp_path / "checkpoints" / LAST)
    system = assemble(composed(*CGAN, "data.batch_size=2")).system
    with pytest.raises(ConfigError, match="allow_changes=true"):
        resumed(tmp_path).go_on(system, resumed(tmp_path).changed_by(system), allowed=False)
    (stretch,) = resumed(tmp_path).go_on(system, resumed(tmp_path).changed_by(system), allowed=True)
    assert stretch["settings"] == {"data.batch_size": {"was": 4, "is": 2}}
