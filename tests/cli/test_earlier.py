"""Runs of earlier versions go on, and take settings that are newer than they are."""

import json
from collections.abc import Callable
from pathlib import Path

from omegaconf import OmegaConf

from fixtures.small_runs import SMALL, Outcome, run_folders
from gan_runner.cli.earlier import with_new_keys

OLD = """
seed: 0
data: {_target_: gan_runner.data.folder.Folder, root: x}
mine: {_target_: mine.Part}
optimizer: {generator: null}
"""


def test_keys_that_a_part_takes_are_added(tmp_path: Path) -> None:
    composed = tmp_path / "config.yaml"
    composed.write_text(OLD)

    def made(override: str) -> str:
        (one,) = with_new_keys(composed, [override])
        return one

    for override in ("data.value_range=type", "objective_mode=max", "init_from=null"):
        assert made(override) == f"++{override}"
    for override in (
        *("data.root=y", "seed=1", "data.vale_range=1", "sed=1", "+data.splits=auto", "~data.splits", "mine.a=1"),
        *("mine.a.b=1", "nothing.a=1", "optimizer.generator.lr=1", "++data.splits=auto", "hydra.verbose=true"),
    ):
        assert made(override) == override


def test_a_run_without_the_newest_settings_goes_on(run_command: Callable[..., Outcome], tmp_path: Path) -> None:
    line = [*SMALL, "model=vanilla", "metrics=none"]
    assert run_command("gan-train", *line).code == 0
    (run,) = run_folders(tmp_path)
    for path in (run / ".hydra/config.yaml", run / "config.yaml"):
        config = OmegaConf.load(path)
        for key in ("init_from", "objective_mode", "trust"):
            del config[key]
        OmegaConf.save(config, path)
    again = run_command("gan-train", f"resume={run}", "trainer.max_steps=5", "objective_mode=max")
    assert again.code == 0, again.err
    assert json.loads((run / "run.json").read_text())["batches"] == 5
