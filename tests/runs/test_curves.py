"""curves.png: which panels a run has, what is written on them, and how long each state lasted."""

import math
from pathlib import Path
from typing import Any

import pytest

from gan_runner.images.plots import save, texts
from gan_runner.runs.curves import NOISY, Stretch, drawn, read, stretches_of
from gan_runner.runs.folder import RunFolder

GAME = {
    "generator/gan/adversarial": 0.7, "discriminator/gan/adversarial": 1.3, "discriminator/gan/r1": 0.1,
    "discriminator/gan/D_real": 0.6, "discriminator/gan/D_fake": 0.4, "discriminator/gan/accuracy_real": 0.8,
    "discriminator/gan/accuracy_fake": 0.7, "equilibrium/gan/accuracy": 0.75, "generator/gradient_norm": 2.0,
    "discriminator/gradient_norm": 1.0, "generator/learning_rate": 1e-3, "discriminator/gan/variety": 0.9,
    "monitor/gan/state": 0.0,
}  # fmt: skip
MEASURED = {
    "evaluation/modes_covered/points/500": 7.0, "evaluation/modes_covered/points/500/real": 8.0,
    "evaluation/modes_kl/points/500": math.nan, "evaluation/auroc_3/elbo/500": 0.5,
}  # fmt: skip


def run_of(folder: Path, rows: dict[int, dict[str, float]]) -> RunFolder:
    """A folder with a metrics.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    lines = [",".join(["step", *names])]
    lines += [",".join([str(at), *(str(row.get(name, "")) for name in names)]) for at, row in rows.items()]
    (folder / "metrics.csv").write_text("\n".join(lines) + "\n")
    return RunFolder(folder)


def titles(sheet: Any) -> list[str]:
    return [axes.get_title(loc="left") for axes in sheet.axes if axes.get_title(loc="left")]


def test_a_game_has_its_panels_and_its_evaluations_below_with_real_data(tmp_path: Path) -> None:
    run = run_of(tmp_path / "vanilla-ring" / "now", {0: GAME, 50: GAME, 100: GAME | MEASURED})
    changes = [{"game": "gan", "batches": 60, "state": "collapsed"}]
    sheet = drawn(run, changes, 100)
    assert sheet is not None
    assert titles(sheet) == [
        "losses: what is made small",
        "what D says: 1 is real, 0 fake",
        "how often D is right",
        "gradient norms",
        "modes ↑   (evaluation/modes_covered/points/500)",
        "KL ↓   (evaluation/modes_kl/points/500)",
    ]
    words = texts(sheet)
    assert {"loss of G", "loss of D", "r1 of D", "D(real)", "D(fake)", "right on real", "right on fake"} <= {*words}
    assert {"½: cannot tell", "real data", "no finite number", "collapsed", "healthy", "batches"} <= {*words}
    assert "vanilla-ring/now: 100 batches" in words
    save(sheet, run.curves)
    assert run.curves.stat().st_size > 10_000


def test_a_run_that_came_to_no_end_says_so(tmp_path: Path) -> None:
    sheet = drawn(run_of(tmp_path / "a" / "b", {50: GAME}), [], 1, "stopped")
    assert sheet is not None
    assert "a/b: stopped after 1 batch" in texts(sheet)


def test_a_critic_and_an_autoencoder_have_what_they_log(tmp_path: Path) -> None:
    critic = {"discriminator/gan/logit_real": 2.0, "discriminator/gan/logit_fake": -1.0}
    sheet = drawn(run_of(tmp_path / "critic", {50: critic}), [], 50)
    assert sheet is not None
    assert titles(sheet) == ["what the critic says of reals and fakes"]
    assert {"critic(real)", "critic(fake)"} <= {*texts(sheet)}
    coder = {"autoencoder/bernoulli": 90.0, "autoencoder/kl": 12.0, "autoencoder/gradient_norm": 3.0,
             "autoencoder/elbo": -102.0,
             "autoencoder/learning_rate": 1e-3, "autoencoder/active_units": 2.0, "images_per_second": 9.0}  # fmt: skip
    sheet = drawn(run_of(tmp_path / "coder", {50: coder, 100: coder}), [], 100)
    assert sheet is not None
    assert titles(sheet) == [
        "losses: what is made small",
        "gradient norms",
        "nats of an image: the ELBO, and what its code tells",
        "numbers of a code that depend on the data",
    ]
    assert {"bernoulli", "kl", "elbo"} <= {*texts(sheet)}


def test_games_of_one_run_are_told_apart(tmp_path: Path) -> None:
    both = {f"discriminator/{game}/D_real": 0.5 for game in ("a2b", "b2a")}
    sheet = drawn(run_of(tmp_path, {50: both, 100: both}), [], 100)
    assert sheet is not None
    assert {"a2b: D(real)", "b2a: D(real)"} <= {*texts(sheet)}
    first, second, _ = sheet.axes[0].lines
    assert first.get_linestyle() != second.get_linestyle()


def test_long_curves_are_smoothed_over_what_they_were(tmp_path: Path) -> None:
    rows = {at: {"generator/gan/adversarial": float(at % 2)} for at in range(NOISY + 1)}
    sheet = drawn(run_of(tmp_path, rows), [], NOISY)
    assert sheet is not None
    faint, mean = sheet.axes[0].lines
    assert max(faint.get_ydata()) == 1.0
    assert max(list(mean.get_ydata())[10:-10]) < 0.7


def test_nothing_is_drawn_of_nothing(tmp_path: Path) -> None:
    assert drawn(RunFolder(tmp_path), [], 0) is None
    assert read(tmp_path / "metrics.csv") == {}
    (tmp_path / "metrics.csv").write_text("step\n")
    assert drawn(RunFolder(tmp_path), [], 0) is None


def test_gaps_and_what_is_not_finite_are_read(tmp_path: Path) -> None:
    run = run_of(tmp_path, {0: {"a": 1.0}, 50: {"b": math.inf}, 100: {"a": 3.0}})
    assert read(run.metrics) == {"a": ([0, 100], [1.0, 3.0]), "b": ([50], [math.inf])}
    assert drawn(run, [], 100) is not None


@pytest.mark.parametrize("rest", ["1", "100,2.", "\0\0\0\0\0\n", "a,b,c,d\n", "100,1,2,3", "\n,,\n100,abc\n"])
def test_lines_that_are_not_whole_are_left_out(tmp_path: Path, rest: str) -> None:
    (tmp_path / "metrics.csv").write_text(f"step,a\n0,1.0\n50,2.0\n{rest}")
    assert read(tmp_path / "metrics.csv") == {"a": ([0, 50], [1.0, 2.0])}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ([], [("healthy", 0, 100)]),
        ([("gan", 40, "collapsed")], [("healthy", 0, 40), ("collapsed", 40, 100)]),
        ([("gan", 0, "diverged"), ("other", 9, "collapsed")], [("diverged", 0, 100)]),
        ([("gan", 40, "collapsed"), ("gan", 100, "healthy")], [("healthy", 0, 40), ("collapsed", 40, 100)]),
    ],
)
def test_how_long_a_game_was_in_a_state(changes: Any, found: Any) -> None:
    told = [{"game": game, "batches": at, "state": state} for game, at, state in changes]
    series = {"monitor/gan/state": ([50], [0.0]), "generator/gan/adversarial": ([50], [0.0])}
    assert list(stretches_of(series, told, 100)) == [Stretch("gan", *one) for one in found]


def test_without_a_monitor_there_are_no_states() -> None:
    assert list(stretches_of({"generator/gan/adversarial": ([50], [0.0])}, [], 100)) == []


def test_a_translation_stands_beside_its_source_as_it_is(tmp_path: Path) -> None:
    name = "evaluation/a2b_l1/pixels/9"
    sheet = drawn(run_of(tmp_path, {10: {name: 0.1, f"{name}/identity": 0.3, f"{name}/median": 0.2}}), [], 10)
    assert sheet is not None
    assert titles(sheet) == [f"A→B L1 ↓   ({name})"]
    assert "the source as it is" in texts(sheet)


def test_several_games_have_a_row_of_states_each(tmp_path: Path) -> None:
    both = {f"monitor/{game}/state": 0.0 for game in ("a2b", "b2a")}
    sheet = drawn(run_of(tmp_path, {50: both}), [{"game": "b2a", "batches": 10, "state": "diverged"}], 50)
    assert sheet is not None
    assert {"a2b: healthy", "b2a: diverged", "diverged"} <= {*texts(sheet)}


def test_batches_are_counted_in_whole_numbers(tmp_path: Path) -> None:
    sheet = drawn(run_of(tmp_path / "one", {1: GAME}), [], 1)
    assert sheet is not None
    ticks = [tick for axes in sheet.axes if axes.get_title(loc="left") for tick in axes.get_xticks()]
    assert ticks
    assert all(tick == int(tick) for tick in ticks)
