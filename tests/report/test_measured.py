"""The table of figures: each beside its control, no two of one name, in both languages."""

from gan_runner.report.measured import number, of_classes, of_training, rows, tiles

FIGURES = {
    "evaluation/modes_kl/points/500": None, "evaluation/modes_covered/points/500": 7.0,
    "evaluation/modes_covered/points/500/real": 8.0, "evaluation/modes_overlap/points/500": 0.91234,
    "evaluation/a2b_frechet/inception/50": 3.0, "evaluation/a2b_frechet/inception/50/identity": 4.0,
    "evaluation/auroc_3/elbo/50": 0.9, "evaluation/auroc/elbo/50": 0.8, "evaluation/auroc/nearest/50": 0.7,
    "generator/gan/adversarial": 0.5, "images_per_second": 100.0, "discriminator/gan/odd_one": 2.0,
}  # fmt: skip


def test_what_was_measured_stands_beside_its_control() -> None:
    table = {row.name: row for row in rows(FIGURES, "en")}
    modes = table["evaluation/modes_covered/points/500"]
    assert modes[:4] == ("modes ↑", "7", [("real data", "8")], "modes with at least one sample near their centre")
    assert table["evaluation/a2b_frechet/inception/50"].controls == [("the source as it is", "4")]
    assert table["evaluation/modes_kl/points/500"].value == "not finite"
    assert table["evaluation/modes_overlap/points/500"].value == "0.9123"
    assert "generator/gan/adversarial" not in table
    assert next(iter(table)) == "evaluation/modes_covered/points/500"


def test_baselines_and_classes_are_told() -> None:
    names = [row.short for row in rows(FIGURES, "en")]
    assert len({*names}) == len(names)
    assert any("nearest" in name for name in names)
    assert [row.name for row in of_classes(FIGURES, "en")] == ["evaluation/auroc_3/elbo/50"]


def test_in_spanish() -> None:
    row = next(row for row in rows(FIGURES, "es") if "modes_covered" in row.name)
    assert row[:4] == ("modos ↑", "7", [("datos reales", "8")], "modos con al menos una muestra cerca de su centro")
    assert number(None, "es") == "no finito"


def test_the_top_of_the_page_has_what_runs_are_compared_by() -> None:
    assert [row.short for row in tiles(FIGURES, "en")][:2] == ["modes ↑", "KL ↓"]
    assert all(row.is_headline for row in tiles(FIGURES, "en"))


def test_the_games_own_figures() -> None:
    told = {full: (short, value) for short, value, full in of_training(FIGURES, "es")}
    assert told["generator/gan/adversarial"] == ("pérdida de G", "0.5")
    assert told["images_per_second"][1] == "100"
    assert not any(name.startswith("evaluation") for name in told)
