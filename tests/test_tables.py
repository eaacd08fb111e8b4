"""results/: what docs/results.md and the heads of recipes say is what run folders, records and papers hold."""

import json
import re
import shutil
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from gan_runner.config.options import CONFIGS

RESULTS = Path(__file__).parent.parent / "results"
PAGE = """before
<!-- table: ring -->
old
<!-- end -->
<!-- published: ring -->
<!-- end -->
<!-- table: grid -->
stays
<!-- end -->
after
"""


@pytest.fixture
def modules(monkeypatch):
    """runs, classes, columns, heads, published, tables, plots and alarms, by name."""
    monkeypatch.syspath_prepend(str(RESULTS))
    names = ("runs", "classes", "columns", "heads", "published", "tables", "plots", "alarms")
    return SimpleNamespace(**{name: import_module(name) for name in names})


@pytest.fixture
def results(modules, tmp_path, monkeypatch):
    """The same, reading and writing below tmp_path."""
    shutil.copytree(CONFIGS / "experiment", tmp_path / "experiment")
    (tmp_path / "results.md").write_text(PAGE)
    monkeypatch.setattr(modules.tables, "RESULTS", tmp_path / "results.md")
    monkeypatch.setattr(modules.heads, "RECIPES", tmp_path / "experiment")
    monkeypatch.setattr(modules.runs, "RECIPES", tmp_path / "experiment")
    monkeypatch.setattr(modules.runs, "RECORDS", tmp_path / "records")
    monkeypatch.setattr(modules.plots, "IMAGES", tmp_path / "images")
    monkeypatch.setattr("sys.argv", ["", f"outputs={tmp_path / 'outputs'}"])
    return modules


def played(outputs: Path, seed: int, modes: int, *overrides: str, status: str = "finished") -> None:
    """A run folder of experiment=ring/gan, as gan-train leaves it."""
    asked = ["experiment=ring/gan", f"seed={seed}", *overrides]
    folder = outputs / re.sub(r"\W", "-", " ".join(asked))
    folder.mkdir(parents=True)
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        OmegaConf.save(compose("train", [*asked, f"paths.run={folder}"]), folder / "config.yaml", resolve=True)
    figures = {"modes_covered": modes, "modes_high_quality": 0.5, "modes_kl": 0.25, "modes_overlap": modes / 8}
    named = {f"evaluation/{name}/points/2500{real}": value for name, value in figures.items() for real in ("", "/real")}
    named["evaluation/modes_covered/points/2500/real"] = 8
    facts = {"status": status, "command": ["gan-train", *asked], "figures": named, "precision": "32-true"}
    facts |= {"seconds": 20, "cpu_seconds": 10.4}
    (folder / "run.json").write_text(json.dumps(facts))


def test_tables_and_heads_say_what_runs_found(results, tmp_path):
    played(tmp_path / "outputs", 0, modes=7)
    played(tmp_path / "outputs", 1, modes=8)
    results.tables.main()
    page = (tmp_path / "results.md").read_text()
    assert "| `experiment=ring/gan` | 2 | 7.5 ± 0.5 | 50.0 ± 0.0 % | 0.2500 ± 0.0000 |" in page
    assert "old" not in page
    assert "<!-- table: grid -->\nstays\n<!-- end -->\nafter" in page
    head = (tmp_path / "experiment" / "ring" / "gan.yaml").read_text()
    assert (
        "# Expected: modes 7.5 ± 0.5, on a mode 50.0 ± 0.0 %, KL 0.2500 ± 0.0000 (2 seeds). "
        "Time: 10 s of one core, 32-true.\n# Published" in head
    )


def test_only_finished_runs_of_the_recipe_as_it_is_count(results, tmp_path):
    played(tmp_path / "outputs", 0, 8)
    played(tmp_path / "outputs", 1, 1, "trainer.max_steps=10")
    played(tmp_path / "outputs", 2, 1, status="failed")
    assert [run.seed for run in results.runs.finished(tmp_path / "outputs")] == ["0"]


def test_other_tricks_are_another_row(results, tmp_path):
    played(tmp_path / "outputs", 0, 8)
    played(tmp_path / "outputs", 0, 4, "tricks=[ema,pacgan]")
    rows = results.tables.by_row(results.runs.counted(), "ring")
    ranked = results.columns.TABLES["ring"].ranked(rows)
    assert ranked == ["experiment=ring/gan", "experiment=ring/gan 'tricks=[ema,pacgan]'"]


def test_what_was_counted_counts_on_without_its_folder(results, tmp_path):
    outputs = tmp_path / "outputs"
    played(outputs, 0, modes=7)
    results.tables.main()
    shutil.rmtree(outputs)
    played(outputs, 1, modes=8)
    results.tables.main()
    assert {run.seed: run.figures["modes_covered"] for run in results.runs.counted()} == {"0": 7, "1": 8}
    assert "| `experiment=ring/gan` | 2 | 7.5 ± 0.5 |" in (tmp_path / "results.md").read_text()
    shutil.rmtree(outputs)
    played(outputs, 0, modes=3)
    rows = results.tables.by_row(results.runs.counted(), "ring")
    assert [run.figures["modes_covered"] for run in rows["experiment=ring/gan"]] == [3, 8]


def test_a_record_of_another_recipe_does_not_count(results, tmp_path):
    record = tmp_path / "records" / "ring.json"
    played(tmp_path / "outputs", 0, modes=7)
    results.tables.main()
    shutil.rmtree(tmp_path / "outputs")
    changed = json.loads(record.read_text())
    changed[0]["settings"]["data.batch_size"] += 1
    record.write_text(json.dumps(changed))
    assert results.runs.counted() == []


def test_another_word_on_the_command_line_is_refused(modules, monkeypatch):
    monkeypatch.setattr("sys.argv", ["tables.py", "--help"])
    with pytest.raises(SystemExit, match="outputs=<folder> is all that can be set here, not --help"):
        modules.runs.outputs_asked()


def test_plots_show_a_dot_for_each_seed(results, tmp_path):
    for seed, modes in enumerate([3, 5, 8]):
        played(tmp_path / "outputs", seed, modes)
    results.plots.main()
    drawn = (tmp_path / "images" / "ring.svg").read_text()
    assert not (tmp_path / "images" / "grid.svg").exists()
    assert all(f">{word}</text>" in drawn for word in ("gan", "modes ↑", "on a mode ↑", "KL ↓"))
    first_panel = drawn[drawn.index('id="axes_1"') : drawn.index('id="axes_2"')]
    assert len(re.findall(r"<use [^>]*fill: #d55e00", first_panel)) == 3


def test_alarms_count_how_runs_ended_and_what_they_were_called(results, tmp_path, capsys):
    for seed, (modes, varieties) in enumerate([(8, [0.9] * 60), (8, [0.01] * 30 + [0.9] * 30), (2, [0.01] * 60)]):
        played(tmp_path / "outputs", seed, modes)
        folder = tmp_path / "outputs" / f"experiment-ring-gan-seed-{seed}"
        rows = [f"{50 * number},{variety}" for number, variety in enumerate(varieties, start=1)]
        (folder / "metrics.csv").write_text("\n".join(["step,discriminator/gan/variety", *rows]) + "\n")
    played(tmp_path / "outputs", 3, modes=8)  # has logged nothing
    (tmp_path / "outputs" / "experiment-ring-gan-seed-3" / "metrics.csv").write_text("step\n")
    results.alarms.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| at the end | runs | called collapsed | called collapsing | another state |"
    assert lines[0] in (RESULTS.parent / "docs" / "results.md").read_text(encoding="utf-8")
    assert lines[2:] == ["| all modes or classes, or most | 2 | 0 | 0 | 2 |", "| modes missing | 1 | 1 | 0 | 0 |"]


# ---- one class each --------------------------------------------------------------------------------------------------

ONE_CLASS = "experiment=one_class_mnist/vae2"


def learned(outputs: Path, label: int, elbo: float, *overrides: str) -> None:
    """A run folder of one_class_mnist/vae2 on one digit."""
    asked = [ONE_CLASS, f"data.only=[{label}]", *overrides]
    folder = outputs / f"{label}{len(overrides)}"
    folder.mkdir(parents=True)
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        OmegaConf.save(compose("train", [*asked, f"paths.run={folder}"]), folder / "config.yaml", resolve=True)
    figures = {"auroc/elbo": elbo, "auroc/kl": 0.5, "auroc/nearest": 0.75, "auroc_mean/elbo": 0.1, "auroc_7/elbo": 0.2}
    named = {f"evaluation/{name}/10000": value for name, value in figures.items()}
    facts = {"status": "finished", "command": ["gan-train", *asked], "figures": named, "seconds": 20, "cpu_seconds": 10}
    (folder / "run.json").write_text(json.dumps(facts))


def test_ten_runs_of_one_class_each_are_one_row_beside_the_baselines(results, tmp_path):
    for label in range(10):
        learned(tmp_path / "outputs", label, 0.9 + label / 100)
    rows = results.tables.by_row(results.runs.counted(), "one_class_mnist")
    page = results.tables.page("one_class_mnist", rows).splitlines()
    each = " | ".join(f"{90 + label}.0 %" for label in range(10))
    assert page[2] == f"| `{ONE_CLASS}` | 1 | 94.5 % | 90.0 % | {each} | 100 |"
    assert page[3].startswith("| nearest training image |  | 75.0 % | 75.0 % | 75.0 %")
    (run,) = rows[ONE_CLASS]
    assert run.figures["kl/auroc_mean"] == 0.5
    assert "data.only" not in run.settings
    results.tables.main()
    shutil.rmtree(tmp_path / "outputs")
    assert results.tables.page("one_class_mnist", {ONE_CLASS: results.runs.counted()}).splitlines() == page


def test_a_class_that_is_missing_or_was_played_otherwise_leaves_the_row_out(results, tmp_path):
    for label in range(9):
        learned(tmp_path / "outputs", label, 0.9)
    assert results.runs.counted() == []
    learned(tmp_path / "outputs", 9, 0.9, "trainer.max_steps=10")
    assert results.runs.counted() == []
    learned(tmp_path / "outputs", 9, 0.9)
    assert len(results.runs.counted()) == 1


# ---- heads -----------------------------------------------------------------------------------------------------------

OLD = "# Expected: modes 1 (one seed). Time: 1 s of one core.\n"


@pytest.mark.parametrize("old", [OLD, "# Expected: not run yet.\n", OLD.replace(". Time", ".\n# Time")])
def test_the_expected_lines_of_a_head_are_replaced_whole(results, tmp_path, old):
    recipe = tmp_path / "experiment" / "ring" / "gan.yaml"
    recipe.write_text(f"# gan-train experiment=ring/gan\n{old}# Published: 6.3 modes.\ndata: {{}}\n")
    played(tmp_path / "outputs", 0, modes=7)
    results.heads.expect(results.columns.TABLES["ring"], list(results.runs.finished(tmp_path / "outputs")))
    assert recipe.read_text().splitlines() == [
        "# gan-train experiment=ring/gan",
        "# Expected: modes 7.0, on a mode 50.0 %, KL 0.2500 (one seed). Time: 10 s of one core, 32-true.",
        "# Published: 6.3 modes.",
        "data: {}",
    ]


def test_a_line_that_is_too_long_breaks_between_figures(results):
    columns = results.columns
    figures = {f"{side}_{name}": 0.5 for side in ("a2b", "b2a") for name in ("l1", "psnr", "ssim", "frechet")}
    run = results.runs.Run("emoji/cyclegan", "", "0", figures | {"seconds": 986.0}, {}, {})
    assert results.heads.expected(columns.TABLES["translation"], [run, run, run]).splitlines() == [
        "# Expected: L1 0.500 ± 0.000, PSNR 0.5 ± 0.0, SSIM 0.500 ± 0.000, L1 back 0.500 ± 0.000, "
        "Fréchet 0.500 ± 0.000,",
        "# Fréchet back 0.500 ± 0.000 (3 seeds). Time: 986 s of one core.",
    ]


# ---- the repository -------------------------------------------------------------------------------------------------


def recorded(modules):
    """Each table that has a record, by name, and its rows."""
    found = list(modules.runs.recorded())
    return {file.stem: modules.tables.by_row(found, file.stem) for file in modules.runs.RECORDS.glob("*.json")}


def test_the_page_says_what_the_records_hold(modules):
    """Of the recipes as they are now: whoever changes one plays it again, or its row has to go."""
    page = modules.tables.RESULTS.read_text(encoding="utf-8")
    for name, rows in recorded(modules).items():
        assert f"<!-- table: {name} -->\n{modules.tables.page(name, rows)}\n<!-- end -->" in page, name


def test_the_page_says_what_papers_report(modules):
    page = modules.tables.RESULTS.read_text(encoding="utf-8")
    for name in modules.published.tables():
        table = modules.tables.markdown(*modules.published.table(name))
        assert f"<!-- published: {name} -->\n{table}\n<!-- end -->" in page, name


def test_figures_of_papers_stand_under_the_headings_of_the_table_above(modules):
    for name in {*modules.published.tables()} & {*modules.columns.TABLES}:
        headings, rows = modules.published.table(name)
        ours = [column.heading for column in modules.columns.TABLES[name].columns]
        assert set(headings) <= {"published", "runs", "source", *ours}, name
        assert all(len(row) == len(headings) and row[0] for row in rows), name


def test_heads_of_recipes_say_what_the_records_hold(modules):
    for name, rows in recorded(modules).items():
        for runs in rows.values():
            table = modules.columns.TABLES[name]
            expected = modules.heads.expected(table, runs)
            assert all(len(line) <= 120 for line in expected.splitlines())
            assert len(expected.splitlines()) <= 3  # beside the command and what it is, all that a head may have
            if not runs[0].tricks:
                head = " ".join((modules.runs.RECIPES / f"{runs[0].experiment}.yaml").read_text("utf-8").split())
                cells = table.cells([run.figures for run in runs])
                told = zip(table.columns, cells, strict=True)
                assert all(
                    f"{column.heading} {cell}" in head
                    for column, cell in told
                    if cell and column != modules.columns.SECONDS
                )


def test_every_picture_of_the_page_is_there(modules):
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", modules.tables.RESULTS.read_text("utf-8"))
    assert {f"images/{name}.svg" for name in modules.plots.PLOTTED} <= {*pictures}
    assert all((modules.tables.RESULTS.parent / picture).is_file() for picture in pictures)
