"""Lessons: each says three sentences that hold, and shows what it promises with every seed (slow)."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir

from fixtures.composing import composed
from gan_runner.cli.arguments import readable
from gan_runner.config.lesson import Lesson
from gan_runner.config.options import CONFIGS, options
from gan_runner.config.plain import plain_config
from gan_runner.config.schema import check
from gan_runner.runs.folder import RunFolder

NAMES = [name for name in options(CONFIGS / "experiment") if name.startswith("lesson/")]
ONCE = {"lesson/inpainting", "lesson/growing"}
"""Played with one seed alone."""
SEEDS = [(name, seed) for name in NAMES for seed in ((0,) if name in ONCE else (0, 1, 2))]
PICTURES = 20
"""Of a whole run, at least, beside those that it draws once."""
BATCHES = 2
PAGE = (Path(__file__).parent.parent / "docs" / "lessons.md").read_text(encoding="utf-8")


def lesson_of(name: str) -> Lesson:
    return Lesson(**plain_config(composed(f"experiment={name}", "paths.run=unused"))["lesson"])


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_has_its_sentences_and_is_on_the_page(name: str) -> None:
    lesson = lesson_of(name)
    assert re.fullmatch(r"[A-Z].*\.", lesson.look)
    assert f"`{name.partition('/')[2]}`" in PAGE


@pytest.mark.parametrize("name", NAMES)
def test_what_to_try_next_composes(name: str) -> None:
    command = shlex.split(lesson_of(name).next, comments=True)
    assert command[0] == "gan-train"
    sweeping = command[1] == "-m"
    words = readable("train", command[1:])[sweeping:]
    if sweeping:  # the first job
        words = [re.sub(r",.*", "", word) for word in words]
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        check(plain_config(compose("train", [*words, "paths.run=unused"])))


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_seen_in_many_pictures(name: str) -> None:
    config = composed(f"experiment={name}", "paths.run=unused")
    batches = config.trainer.max_steps
    every = [config.callbacks.samples.every, config.callbacks.panels.every]
    assert max(batches // one for one in every) >= PICTURES
    assert batches % config.evaluation.every == 0 or config.evaluation.every > batches


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_plays_and_leaves_the_file_that_it_names(played: Any, tmp_path: Path, name: str) -> None:
    lesson = lesson_of(name)
    own = composed(f"experiment={name}", "paths.run=unused")
    few = [f"trainer.max_steps={BATCHES}", f"evaluation.every={BATCHES}", "trainer.log_every_n_steps=1"]
    few += ["evaluation.num_samples=60", f"paths.cache={tmp_path}"]
    few += ["features.steps=2"] if "features" in own and own.features and "Classifier" in own.features._target_ else []
    few += ["data.num_samples=600"] if own.data.get("layout") else []
    few += ["metrics.usefulness.updates=2"] if "usefulness" in (own.metrics or {}) else []
    group = own.data._target_.rpartition(".")[0].rpartition(".")[2]
    kept = {"gaussians": f"data={own.data.get('layout')}"}.get(group, f"data={group}")
    played(f"experiment={name}", kept, *few)
    if lesson.file == RunFolder(tmp_path).curves.name:
        assert own.callbacks.curves, "small runs of tests draw no curves"
    else:
        assert list(tmp_path.glob(lesson.file.replace("<batches>", "[0-9]*"))), lesson.file


@pytest.mark.slow
@pytest.mark.parametrize(("name", "seed"), SEEDS)
def test_a_lesson_shows_what_it_promises(run_command: Any, tmp_path: Path, name: str, seed: int) -> None:
    done = run_command("gan-train", f"experiment={name}", f"seed={seed}", "hydra.run.dir=run")
    assert done.code == 0, done.err
    told = json.loads((tmp_path / "run" / "run.json").read_text())["lesson"]
    assert told["shown"], told
    assert "The lesson is shown: " in done.out
    assert list((tmp_path / "run").glob(lesson_of(name).file.replace("<batches>", "[0-9]*")))
    assert len(list((tmp_path / "run" / "samples").glob("*.png"))) >= PICTURES


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_the_figures_of_the_head(name: str) -> None:
    text = (CONFIGS / "experiment" / f"{name}.yaml").read_text(encoding="utf-8")
    head = " ".join(line.removeprefix("# ") for line in text.splitlines() if line.startswith("# "))
    expected = re.search(r"Expected: (.*) \((?:seeds 0, 1, 2|one seed)\)\. Time: (\d+) s of one core\.", head)
    assert expected is not None
    (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{name.partition('/')[2]}` |"))
    assert row.endswith(f"| {expected[1]} | {expected[2]} |")
    assert [sign.figure for sign in lesson_of(name).shows] == [one.split()[0] for one in expected[1].split("; ")]
