"""The summary of a sweep: rows by setting, spread over seeds, failures with their reason."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest

from gan_runner.runs import summary


def job(sweep: Path, number: int, *overrides: str, status: str = "finished", why: str = "", **figures: float) -> None:
    folder = sweep / str(number)
    folder.mkdir(parents=True)
    facts = {"command": ["gan-train", *overrides], "status": status, "figures": {**figures, "images_per_second": 9.0}}
    (folder / "run.json").write_text(json.dumps(facts | ({"why": why} if why else {})))


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    job(tmp_path, 0, "data=ring", "loss=hinge", "seed=0", gap=1.0, other=5.0)
    job(tmp_path, 1, "data=ring", "loss=hinge", "seed=1", gap=4.0, other=5.0)
    job(tmp_path, 2, "data=ring", "loss=minimax", "seed=0", gap=7.0, other=5.0)
    job(tmp_path, 3, "data=ring", "loss=minimax", "seed=1", status="failed", why="NotFiniteError: not finite, in 3")
    job(tmp_path, 10, "data=ring", "loss=minimax", "seed=2", status="interrupted", gap=99.0)
    return tmp_path


def test_rows_differ_in_what_the_jobs_differ_in_but_for_the_seed(sweep: Path) -> None:
    hinge, minimax = summary.rows(summary.read(sweep))
    assert (hinge.settings, hinge.finished, hinge.jobs) == ("loss=hinge", 2, 2)
    assert hinge.figures["gap"] == (2.5, pytest.approx(1.5), 2)  # s = 3/√2, s/√2
    assert (minimax.settings, minimax.finished, minimax.jobs) == ("loss=minimax", 1, 3)
    value, error, count = minimax.figures["gap"]  # what was interrupted does not count
    assert (value, count) == (7.0, 1)
    assert math.isnan(error)


def test_names_make_a_difference_only_where_they_alone_tell_runs_of_one_seed_apart(tmp_path: Path) -> None:
    for number in range(4):
        job(tmp_path, number, f"loss={('hinge', 'minimax')[number % 2]}", f"seed={number // 2}", f"name=mine{number}")
    assert [(row.settings, row.jobs) for row in summary.rows(summary.read(tmp_path))] == [
        ("loss=hinge", 2), ("loss=minimax", 2)
    ]  # fmt: skip
    job(tmp_path, 4, "loss=hinge", "seed=0", "name=again")
    assert len(summary.rows(summary.read(tmp_path))) == 5


def test_a_figure_that_is_not_finite_does_not_end_the_summary(sweep: Path) -> None:
    """As the KL of a run that covers no mode."""
    job(sweep, 4, "data=ring", "loss=hinge", "seed=2", gap=math.nan, other=5.0)
    assert all(map(math.isnan, summary.rows(summary.read(sweep))[0].figures["gap"][:2]))
    summary.write(sweep)
    assert "| loss=hinge | 3 | not finite in 1 of 3 | 5 ± 0 |" in (sweep / "summary.md").read_text()


def test_the_page(sweep: Path) -> None:
    summary.write(sweep)
    page = (sweep / "summary.md").read_text()
    assert page.splitlines()[0] == "| settings | runs | gap | other |"  # the speed compares machines, not recipes
    assert "| loss=hinge | 2 | 2.5 ± 1.5 | 5 ± 0 |" in page
    assert "| loss=minimax | 1 of 3 | 7 | 5 |" in page
    assert "- job 3: failed, NotFiniteError: not finite, in 3" in page
    assert "- job 10: interrupted" in page


def test_what_was_measured_goes_before_the_games_own_figures(sweep: Path) -> None:
    job(
        sweep,
        11,
        "data=ring",
        "loss=wasserstein",
        "seed=0",
        **{"evaluation/modes": 8.0, "evaluation/modes/real": 8.0, "gap": 1.0},
    )
    known = list(summary.rows(summary.read(sweep))[-1].figures)
    assert summary.shown(known, []) == ["evaluation/modes"]
    assert summary.shown(known, ["gap"]) == ["evaluation/modes", "gap"]


def test_the_lines_of_the_jobs(sweep: Path) -> None:
    summary.write(sweep)
    with (sweep / "summary.csv").open(newline="") as file:
        lines: list[Any] = list(csv.DictReader(file))
    assert [line["job"] for line in lines] == ["0", "1", "2", "3", "10"]
    assert (lines[3]["status"], lines[3]["why"], lines[3]["gap"]) == ("failed", "NotFiniteError: not finite, in 3", "")
    assert (lines[1]["loss"], lines[1]["seed"], float(lines[1]["gap"])) == ("hinge", "1", 4.0)


def test_the_page_names_the_data(sweep: Path) -> None:
    def played(number: int, name: str) -> None:
        path = sweep / str(number) / "run.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"data": {"family": "folder.Folder", "name": name}}))

    played(0, "red")
    summary.write(sweep)
    assert "\n\nData: red\n" in (sweep / "summary.md").read_text()
    played(1, "blue")
    played(10, "red")
    summary.write(sweep)
    assert (sweep / "summary.md").read_text().endswith("\n\nData:\n\n- red: job 0, 10\n- blue: job 1\n")


def test_jobs_that_differ_in_nothing_and_a_sweep_without_jobs(tmp_path: Path) -> None:
    assert summary.write(tmp_path) == []
    job(tmp_path, 0, "seed=0", gap=1.0)
    job(tmp_path, 1, "seed=1", gap=3.0)
    (row,) = summary.rows(summary.read(tmp_path))
    assert (row.settings, row.figures["gap"][0]) == ("(defaults)", 2.0)


FOUND = "evaluation/modes_kl/points/50"


@pytest.fixture
def compared(tmp_path: Path) -> Path:
    """Two losses by three seeds, whose figure differs by 1, 2 and 3; and one that has finished twice."""
    for seed, (hinge, minimax) in enumerate([(1.0, 2.0), (4.0, 6.0), (2.0, 5.0)]):
        job(tmp_path, 2 * seed, "loss=hinge", f"seed={seed}", **{FOUND: hinge, "generator/gan/adversarial": 0.1})
        job(tmp_path, 2 * seed + 1, "loss=minimax", f"seed={seed}", **{FOUND: minimax})
    for seed in range(2):
        job(tmp_path, 6 + seed, "loss=wasserstein", f"seed={seed}", **{FOUND: 0.5})
    return tmp_path


def test_by_how_much_settings_differ_seed_by_seed(compared: Path) -> None:
    page = summary.page(summary.read(compared)).splitlines()
    at = page.index("| minus loss=hinge | KL ↓ |")
    assert page[at + 2] == "| loss=minimax | +2 [+1, +3] (3 seeds) |"
    assert page[at + 3] == "| loss=wasserstein | too few seeds (2) |"
    assert page[at + 5].startswith("Mean difference to loss=hinge, seed by seed")


def test_the_best_setting_by_the_objective_and_its_mode(compared: Path) -> None:
    least = summary.page(summary.read(compared), "modes_kl", "min")
    assert f"The least {FOUND} is that of loss=wasserstein: 0.5 ± 0." in least
    assert f"The greatest {FOUND} is that of loss=minimax: 4.333 ± 1.2." in summary.page(
        summary.read(compared), "modes_kl", "max"
    )


def test_an_objective_that_a_job_has_not(compared: Path) -> None:
    job(compared, 8, "loss=hinge", "seed=3", **{FOUND: math.inf})
    job(compared, 9, "loss=hinge", "seed=4", gap=1.0)
    job(compared, 10, "loss=hinge", "seed=5", status="pruned", why="given up")
    page = summary.page(summary.read(compared), "modes_kl")
    assert f"- job 8: finished, and its objective {FOUND} is not finite" in page
    assert "- job 9: finished, and its objective modes_kl was not measured" in page
    assert "- job 10: pruned, given up" in page
    assert "| loss=hinge | 5 of 6 | not finite in 1 of 4 |" in page


def test_figures_of_other_numbers_of_samples_are_told_apart(tmp_path: Path) -> None:
    """As of two sets of data with other numbers of held-out reals."""
    for seed in range(3):
        for number, count in enumerate((12, 15)):
            figures = {f"evaluation/coverage/x/{count}": 0.5, "evaluation/accuracy": 0.1 * seed}
            job(tmp_path, 2 * seed + number, f"data.root={count}", f"seed={seed}", **figures)
    page = summary.page(summary.read(tmp_path), "coverage", "max")
    said = "Figures of 12 and of 15 samples do not compare: with data.holdout and evaluation.num_samples"
    assert page.count(said) == 1
    assert "here: 0" not in page
    assert "not told: no figure is a finite number in 3 seeds of both" in page
    assert "The greatest" not in page


def test_a_setting_without_a_figure_has_no_difference_in_it(compared: Path) -> None:
    for seed in range(3):
        job(compared, 8 + seed, "loss=relativistic", f"seed={seed}", **{"evaluation/coverage/x/9": 0.5})
    assert "| loss=relativistic |  |  |" in summary.page(summary.read(compared), "modes_kl").partition("minus")[2]


def test_too_few_seeds_are_said(sweep: Path) -> None:
    told = "By how much settings differ is told from 3 seeds on that both were played with; here: 1."
    assert told in summary.page(summary.read(sweep), "gap")
    assert "is told of figures that are measured, or of objective=…" in summary.page(summary.read(sweep))


def test_what_settings_are_compared_by() -> None:
    shown = [f"evaluation/{name}/x/9" for name in ("kid", "frechet", "recall", "coverage", "class_kl")]
    kid, frechet, recall, coverage, class_kl = shown
    assert summary.compared_by(shown, [], None) == [frechet, coverage, class_kl]
    assert summary.compared_by(shown, [recall], "kid") == [recall, kid, frechet, coverage]
    assert summary.compared_by([kid, recall], [], None) == [kid, recall]
    assert summary.compared_by(["generator/gan/adversarial"], [], "modes_kl") == []


def test_no_cell_of_the_lines_is_no_number(compared: Path) -> None:
    job(compared, 8, "loss=hinge", "seed=3", **{FOUND: math.nan, "gap": math.inf})
    summary.write(compared)
    text = (compared / "summary.csv").read_text()
    assert "nan" not in text.lower()
    assert "inf" not in text.lower()
    assert f"{FOUND} is not finite; gap is not finite" in text


def test_baselines_have_columns_and_single_classes_none() -> None:
    names = [f"evaluation/{name}/9" for name in ("auroc/elbo", "auroc/nearest", "auroc_3/elbo", "auroc_mean/elbo")]
    assert summary.shown(names, []) == [names[0], names[1], names[3]]
    assert summary.shown(names, [names[2]]) == names
    assert summary.compared_by([names[0], names[1]], [], None) == [names[0]]


def test_tables_speak_short_names_beside_real_data_with_the_full_ones_below(tmp_path: Path) -> None:
    covered = "evaluation/modes_covered/points/9"
    for seed in range(2):
        job(tmp_path, seed, "loss=hinge", f"seed={seed}", **{covered: 7.0 + seed, f"{covered}/real": 8.0, FOUND: 0.5})
    page = summary.page(summary.read(tmp_path)).splitlines()
    assert page[0] == "| settings | runs | modes ↑ | KL ↓ |"
    assert page[2] == "| (defaults) | 2 | 7.5 ± 0.5 (real 8) | 0.5 ± 0 |"
    assert f"- modes ↑: `{covered}`, modes with at least one sample near their centre" in page
    assert any(line.startswith("↑ more is better") for line in page)


def test_a_row_knows_all_its_jobs(sweep: Path) -> None:
    minimax = summary.rows(summary.read(sweep))[1]
    assert [one.status for one in minimax.begun] == ["finished", "failed", "interrupted"]
    assert [one.status for one in minimax.played] == ["finished"]
