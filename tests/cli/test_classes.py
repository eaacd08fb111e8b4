"""Classes by name, from the folders of a training set to the samples of a run that goes on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from omegaconf import OmegaConf
from PIL import Image

from fixtures.small_runs import Outcome, run_folders
from gan_runner.assemble import assemble
from gan_runner.runs import checkpoints
from gan_runner.runs.folder import RunFolder
from gan_runner.training.resumed import Resumed
from gan_runner.training.train import _join

SMALL = ("model=cgan", "network.width=4", "data=folder", "data.image_size=8", "data.channels=1", "data.batch_size=4",
         "data.labels=true", "data.root=set", "data.cache=null", "trainer.accelerator=cpu", "trainer.max_steps=1",
         "metrics=none", "logger=none", "callbacks.samples=null")  # fmt: skip


def draw(root: Path, *names: str) -> None:
    for name in names:
        (root / name).mkdir(parents=True)
        for number in range(8):
            Image.new("L", (8, 8), number).save(root / name / f"{number}.png")


@pytest.fixture
def run(run_command: Callable[..., Outcome], tmp_path: Path) -> Path:
    """A run on the classes 2, 10 and cat."""
    draw(tmp_path / "set", "2", "10", "cat")
    done = run_command("gan-train", *SMALL)
    assert done.code == 0, done.err
    return run_folders(tmp_path)[0]


def kept(run: Path) -> Any:
    """The names in the newest checkpoint."""
    return checkpoints.load(run / "checkpoints" / "last.ckpt")["origin"].get("class_names")


def forget(run: Path) -> None:
    """Make of it a run of an earlier version, which kept no names and knew no data.splits."""
    path = run / "checkpoints" / "last.ckpt"
    contents = checkpoints.load(path)
    del contents["origin"]["class_names"]
    del contents["origin"]["config"]["data"]["splits"]
    checkpoints.write(contents, path)
    facts = json.loads((run / "run.json").read_text())
    del facts["class_names"]
    (run / "run.json").write_text(json.dumps(facts))
    for name in ("config.yaml", ".hydra/config.yaml"):
        config = OmegaConf.load(run / name)
        del config.data.splits
        OmegaConf.save(config, run / name)


def test_names_lie_in_the_run_its_checkpoint_and_its_samples(
    run: Path, run_command: Callable[..., Outcome], tmp_path: Path
) -> None:
    assert kept(run) == json.loads((run / "run.json").read_text())["class_names"] == ["2", "10", "cat"]
    done = run_command("gan-sample", f"run={run}", "label=[cat,10]", "num_samples=2", "output=x.npz", "accelerator=cpu")
    assert done.out.endswith("x.npz (classes cat, 10, in turn)\n"), done.err
    with np.load(tmp_path / "x.npz") as written:
        assert written["labels"].tolist() == [2, 1]
    refused = run_command("gan-sample", f"run={run}", "label=3", "output=y.npz")
    assert refused.err == (
        "gan-sample: label=3 is no class of this run: this network knows the classes 2, 10, cat\n"
    )  # fmt: skip


def test_a_run_goes_on_with_the_classes_that_it_began_with(run: Path, run_command: Callable[..., Outcome]) -> None:
    assert run_command("gan-train", f"resume={run}", "trainer.max_steps=2").code == 0
    assert kept(run) == ["2", "10", "cat"]


def test_a_run_that_kept_no_names_goes_on_in_its_order(run: Path, run_command: Callable[..., Outcome]) -> None:
    forget(run)
    by_number = run_command("gan-sample", f"run={run}", "label=2", "num_samples=1", "output=x.npz", "accelerator=cpu")
    assert by_number.out.endswith("x.npz (class 2)\n"), by_number.err
    refused = run_command("gan-sample", f"run={run}", "label=cat", "output=y.npz")
    assert refused.err.endswith("label=cat is no class of this run: this network knows the labels 0 to 2\n")
    done = run_command("gan-train", f"resume={run}", "trainer.max_steps=2")
    assert done.code == 0, done.err
    assert kept(run) == json.loads((run / "run.json").read_text())["class_names"] == ["10", "2", "cat"]


def test_other_classes_are_refused_unless_they_are_allowed(
    run: Path, run_command: Callable[..., Outcome], tmp_path: Path
) -> None:
    (tmp_path / "set" / "cat").rename(tmp_path / "set" / "dog")
    longer = (f"resume={run}", "trainer.max_steps=2")
    refused = run_command("gan-train", *longer)
    assert refused.code == 1
    assert "are not the classes of this run (cat missing, dog new): it knows 2, 10, cat; set data.root" in refused.err
    assert refused.err.endswith(", or set allow_changes=true to give their labels to these classes\n")
    measured = run_command("gan-evaluate", f"run={run}", "metrics=images", "features=random_conv", "num_samples=8")
    assert measured.code == 1
    assert "are not the classes of this run (cat missing, dog new)" in measured.err
    saved = (run / "checkpoints" / "last.ckpt").read_bytes()
    assert run_command("gan-train", *longer, "allow_changes=true").code == 0
    assert kept(run) == ["2", "10", "dog"]
    (run / "checkpoints" / "last.ckpt").write_bytes(saved)  # as if it had been killed before its first save
    (run / "run.json").write_text((run / "run.json").read_text().replace('"finished"', '"interrupted"'))
    again = run_command("gan-train", *longer)
    assert again.code == 0, again.err
    assert kept(run) == ["2", "10", "dog"]


def test_another_rank_takes_the_classes_that_the_first_one_took(
    run: Path, composed: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "set" / "cat").rename(tmp_path / "set" / "dog")
    experiment = assemble(composed(*SMALL, f"data.root={tmp_path / 'set'}"))
    path, contents = checkpoints.to_resume(run)
    assert _join(experiment, Resumed(RunFolder(run), path, contents, {})) == path
    assert experiment.system.origin.class_names == ("2", "10", "dog")


def test_splits_are_said_and_a_run_that_did_not_know_them_keeps_its_classes(
    run_command: Callable[..., Outcome], tmp_path: Path
) -> None:
    draw(tmp_path / "set", *(f"{split}/{name}" for split in ("train", "val") for name in ("cat", "dog")))
    done = run_command("gan-train", *SMALL)
    assert "splits train/ and val/ are taken as training and held-out images" in done.out + done.err
    whole = run_command("gan-train", *SMALL, "data.splits=none")
    assert "are taken as training" not in whole.out + whole.err
    new, old = run_folders(tmp_path)
    assert (kept(new), kept(old)) == (["cat", "dog"], ["train", "val"])
    forget(old)
    again = run_command("gan-train", f"resume={old}", "trainer.max_steps=2")
    assert again.code == 0, again.err
    assert kept(old) == ["train", "val"]


def test_a_report_names_the_classes(run: Path, run_command: Callable[..., Outcome], tmp_path: Path) -> None:
    done = run_command(
        "gan-evaluate", f"run={run}", "metrics=[class_modes]", "features=classifier", "features.cache=null",
        "features.steps=1", "num_samples=16", "output=x.json", "accelerator=cpu",
    )  # fmt: skip
    assert done.code == 0, done.err
    told = json.loads((tmp_path / "x.json").read_text())
    assert told["class_names"] == ["2", "10", "cat"]
    assert list(told["samples_by_class"]) == ["2", "10", "cat"]
    assert sum(told["samples_by_class"].values()) == 16


@pytest.mark.parametrize(("names", "label"), [("[cat,dog]", "dog"), ("null", "1")])
def test_data_of_ones_own_may_name_its_classes(
    names: str, label: str, run_command: Callable[..., Outcome], tmp_path: Path
) -> None:
    mine = tmp_path / "configs" / "data" / "mine.yaml"
    mine.parent.mkdir(parents=True)
    mine.write_text(f"_target_: fixtures.own_parts.Arrays\nnum_classes: 2\nnames: {names}\nbatch_size: 4\n")
    small = [one for one in SMALL if not one.startswith("data")]
    done = run_command("gan-train", "--config-dir", str(tmp_path / "configs"), "data=mine", *small)
    assert done.code == 0, done.err
    (run,) = run_folders(tmp_path)
    drawn = run_command("gan-sample", f"run={run}", f"label={label}", "output=x.npz", "accelerator=cpu")
    assert drawn.out.endswith(f"x.npz (class {label})\n"), drawn.err  # its data is not built, nor imported
    with np.load(tmp_path / "x.npz") as written:
        assert set(written["labels"].tolist()) == {1}
