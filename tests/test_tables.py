"""benchmarks/tables.py, plots.py and alarms.py: what README says of recipes is what run folders hold."""

import json
import re
import shutil
from importlib import import_module
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from gan_runner.config.options import CONFIGS

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
README = "before\n<!-- table: ring -->\nold\n<!-- end -->\n<!-- table: grid -->\nstays\n<!-- end -->\nafter\n"


@pytest.fixture
def benchmarks(tmp_path, monkeypatch):
    """tables and plots, which read and write below tmp_path."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    records, tables, plots = map(import_module, ("records", "tables", "plots"))
    shutil.copytree(CONFIGS / "experiment", tmp_path / "experiment")
    (tmp_path / "README.md").write_text(README)
    monkeypatch.setattr(tables, "README", tmp_path / "README.md")
    monkeypatch.setattr(tables, "RECIPES", tmp_path / "experiment")
    monkeypatch.setattr(records, "RECIPES", tmp_path / "experiment")
    monkeypatch.setattr(records, "RECORDS", tmp_path / "records")
    monkeypatch.setattr(plots, "DOCS", tmp_path / "docs")
    monkeypatch.setattr("sys.argv", ["", f"outputs={tmp_path / 'outputs'}"])
    return tables, plots


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


def test_tables_and_heads_say_what_runs_found(benchmarks, tmp_path):
    played(tmp_path / "outputs", 0, modes=7)
    played(tmp_path / "outputs", 1, modes=8)
    benchmarks[0].main()
    readme = (tmp_path / "README.md").read_text()
    assert "| `experiment=ring/gan` | 2 | 7.5 ± 0.5 | 50.0 ± 0.0 % | 0.2500 ± 0.0000 |" in readme
    assert "old" not in readme
    assert "<!-- table: grid -->\nstays\n<!-- end -->\nafter" in readme
    head = (tmp_path / "experiment" / "ring" / "gan.yaml").read_text()
    assert "# Expected: modes 7.5 ± 0.5, high quality 50.0 ± 0.0 %, KL 0.2500 ± 0.0000 (2 seeds" in head
    assert "Time: 10 s of one core, 32-true." in head


def test_only_finished_runs_of_the_recipe_as_it_is_count(benchmarks, tmp_path):
    played(tmp_path / "outputs", 0, 8)
    played(tmp_path / "outputs", 1, 1, "trainer.max_steps=10")
    played(tmp_path / "outputs", 2, 1, status="failed")
    assert [run.seed for run in benchmarks[0].runs(tmp_path / "outputs")] == ["0"]


def test_other_tricks_are_another_row(benchmarks, tmp_path):
    played(tmp_path / "outputs", 0, 8)
    played(tmp_path / "outputs", 0, 4, "tricks=[ema,pacgan]")
    rows = benchmarks[0].by_row(list(benchmarks[0].runs(tmp_path / "outputs")), "ring")
    assert benchmarks[0].ranked("ring", rows) == ["experiment=ring/gan", "experiment=ring/gan 'tricks=[ema,pacgan]'"]


def test_what_was_counted_counts_on_without_its_folder(benchmarks, tmp_path):
    tables, outputs = benchmarks[0], tmp_path / "outputs"
    played(outputs, 0, modes=7)
    tables.main()
    shutil.rmtree(outputs)
    played(outputs, 1, modes=8)
    tables.main()
    assert {run.seed: run.figures["modes_covered"] for run in tables.found_runs()} == {"0": 7, "1": 8}
    assert "| `experiment=ring/gan` | 2 | 7.5 ± 0.5 |" in (tmp_path / "README.md").read_text()
    shutil.rmtree(outputs)
    played(outputs, 0, modes=3)
    assert [
        run.figures["modes_covered"] for run in tables.by_row(tables.found_runs(), "ring")["experiment=ring/gan"]
    ] == [3, 8]


def test_a_record_of_another_recipe_does_not_count(benchmarks, tmp_path):
    tables, record = benchmarks[0], tmp_path / "records" / "ring.json"
    played(tmp_path / "outputs", 0, modes=7)
    tables.main()
    shutil.rmtree(tmp_path / "outputs")
    changed = json.loads(record.read_text())
    changed[0]["settings"]["data.batch_size"] += 1
    record.write_text(json.dumps(changed))
    assert tables.found_runs() == []


def test_plots_show_a_dot_for_each_seed(benchmarks, tmp_path):
    for seed, modes in enumerate([3, 5, 8]):
        played(tmp_path / "outputs", seed, modes)
    benchmarks[1].main()
    drawn = (tmp_path / "docs" / "ring.svg").read_text()
    assert not (tmp_path / "docs" / "grid.svg").exists()
    assert all(f">{word}</text>" in drawn for word in ("gan", "modes", "high quality", "KL"))
    first_panel = drawn[drawn.index('id="axes_1"') : drawn.index('id="axes_2"')]
    assert len(re.findall(r"<use [^>]*fill: #1f77b4", first_panel)) == 3


def test_alarms_count_how_runs_ended_and_what_they_were_called(benchmarks, tmp_path, capsys):
    for seed, (modes, varieties) in enumerate([(8, [0.9] * 60), (8, [0.01] * 30 + [0.9] * 30), (2, [0.01] * 60)]):
        played(tmp_path / "outputs", seed, modes)
        folder = tmp_path / "outputs" / f"experiment-ring-gan-seed-{seed}"
        rows = [f"{50 * number},{variety}" for number, variety in enumerate(varieties, start=1)]
        (folder / "metrics.csv").write_text("\n".join(["step,discriminator/gan/variety", *rows]) + "\n")
    played(tmp_path / "outputs", 3, modes=8)  # has logged nothing
    (tmp_path / "outputs" / "experiment-ring-gan-seed-3" / "metrics.csv").write_text("step\n")
    import_module("alarms").main()
    lines = capsys.readouterr().out.splitlines()
    assert "| all modes, uneven or blurred | 2 | 0 | 1 |" in lines
    assert "| modes missing | 1 | 1 | 1 |" in lines


def test_readme_says_what_the_records_hold(monkeypatch):
    """Of the recipes as they are now: whoever changes one plays it again, or its row has to go."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    records, tables = map(import_module, ("records", "tables"))
    found, readme = list(records.kept()), tables.README.read_text(encoding="utf-8")
    for record in records.RECORDS.glob("*.json"):
        assert tables.page(record.stem, tables.by_row(found, record.stem)) in readme, record
