"""Measuring a checkpoint: what is measured, where it is written, what is refused before anything is read."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gan_runner.evaluation.report import Report
from gan_runner.inference.evaluate import Request, evaluate, write

MODES = {"modes": {"_target_": "gan_runner.metrics.modes.Modes", "threshold": 3.0}}
FRECHET = {"frechet": {"_target_": "gan_runner.metrics.frechet.Frechet"}}
RANDOM = {"_target_": "gan_runner.features.random_conv.RandomConv", "seed": 0}


def request(**keys: Any) -> Request:
    return Request.from_config({"accelerator": "cpu", "num_samples": 40, **keys})


def test_a_run_is_measured_by_the_metrics_of_its_data(runs: dict[str, str], tmp_path: Path) -> None:
    said = evaluate(request(run=runs["points"], output=str(tmp_path / "new" / "a.json")))
    told = json.loads((tmp_path / "new" / "a.json").read_text())
    assert (told["batches"], told["fakes"], told["reals"], told["held_out"], told["seed"]) == (12, 40, 40, True, 0)
    assert told["checkpoint"].endswith("last.ckpt")
    assert {name.split("/")[0] for name in told["figures"]} >= {"modes_covered", "modes_kl", "modes_overlap"}
    assert "40 samples after 12 batches" in said
    assert "modes_covered/points/40" in said


def test_without_an_output_it_lies_in_the_run_folder_and_is_not_overwritten(runs: dict[str, str]) -> None:
    evaluate(request(run=runs["points"]))
    assert (Path(runs["points"]) / "metrics.json").is_file()
    with pytest.raises(ValueError, match=r"metrics\.json exists already: .* overwrite=true"):
        evaluate(request(run=runs["points"]))
    evaluate(request(run=runs["points"], overwrite=True))


def test_the_seed_decides(runs: dict[str, str], tmp_path: Path) -> None:
    found = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        evaluate(request(run=runs["plain"], output=str(tmp_path / f"{name}.json"), seed=seed, metrics=FRECHET,
                         features=RANDOM))  # fmt: skip
        found.append(json.loads((tmp_path / f"{name}.json").read_text())["figures"]["frechet/random_conv64/40"])
    assert found[0] == found[1] != found[2]


def test_other_metrics_and_features_take_the_place_of_the_runs(runs: dict[str, str], tmp_path: Path) -> None:
    evaluate(request(run=runs["plain"], output=str(tmp_path / "a.json"), metrics=FRECHET, features=RANDOM))
    figures = json.loads((tmp_path / "a.json").read_text())["figures"]
    assert set(figures) == {"frechet/random_conv64/40", "frechet/random_conv64/40/real"}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "give either run="),
        ({"run": "plain", "ckpt": "x.ckpt"}, "give either run="),
        ({"run": "plain", "output": "a.txt", "metrics": FRECHET}, r"output=a\.txt .* <file>\.json"),
        ({"run": "conditional", "metrics": FRECHET, "features": RANDOM}, "made for shape .* not the data of this run"),
        ({"run": "plain"}, "this run has no metrics of its own: give metrics=points, labels, images or translation"),
        ({"run": "plain", "metrics": MODES}, "metrics.modes measures points"),
        ({"run": "plain", "metrics": FRECHET}, "features is null: set features=classifier"),
        ({"run": "plain", "metrics": {"modes": {"_target_": "os.system"}}}, "not trusted"),
        ({"run": "plain", "metrics": {"modes": [["_target_", "os.system"]]}}, "not a plain value"),
        ({"run": "plain", "metrics": {"frechet": {**FRECHET["frechet"], "k": 3}}}, r"unknown key metrics\.frechet\.k"),
        ({"run": "plain", "num_samples": 1, "metrics": FRECHET}, "num_samples=1 is not valid"),
    ],
)
def test_what_cannot_be_measured(keys: dict[str, Any], said: str, runs: dict[str, str], tmp_path: Path) -> None:
    keys = {key: runs.get(value, value) if key == "run" else value for key, value in keys.items()}
    with pytest.raises(ValueError, match=said):
        evaluate(request(**{"output": str(tmp_path / "x.json")} | keys))
    assert not list(tmp_path.iterdir())


# ---- translations ---------------------------------------------------------------------------------------------------


RECONSTRUCTION = {"reconstruction": {"_target_": "gan_runner.metrics.reconstruction.Reconstruction"}}
CYCLE = {"cycle": {"_target_": "gan_runner.metrics.cycle.Cycle"}}


def test_translations_are_measured(translators: dict[str, str], tmp_path: Path) -> None:
    output = tmp_path / "a.json"
    metrics = {**RECONSTRUCTION, **CYCLE, **FRECHET}
    said = evaluate(
        request(run=translators["denoise"], output=str(output), metrics=metrics, features=RANDOM, num_samples=9)
    )
    told = json.loads(output.read_text())
    scores = {f"a2b_{name}/pixels/9{end}" for name in ("l1", "psnr", "ssim") for end in ("", "/identity", "/colour")}
    assert set(told["figures"]) == scores | {"a2b_frechet/random_conv64/9", "a2b_frechet/random_conv64/9/real"}
    assert (told["fakes"], told["held_out"]) == (9, True)
    worst = tmp_path / "a_worst_a2b.png"
    assert said.endswith(f"Written to {output} and {worst}")
    assert Image.open(worst).width > 3 * 8  # input, translated, target
    assert said.startswith(
        "9 translations after 12 batches (without cycle: it needs a way back, and this run translates one way):"
    )


def test_a_run_from_latents_makes_no_translations(runs: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"metrics\.reconstruction measures nothing here: it compares translations"):
        evaluate(request(run=runs["plain"], output=str(tmp_path / "x.json"), metrics=RECONSTRUCTION))
    evaluate(request(run=runs["plain"], output=str(tmp_path / "x.json"), metrics=RECONSTRUCTION | FRECHET,
                     features=RANDOM))  # fmt: skip


def test_data_of_another_shape_is_not_the_runs(translators: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"made for shape \(3, 16, 16\) .* \(3, 256, 256\)"):
        evaluate(request(run=translators["pix2pix"], output=str(tmp_path / "x.json"), metrics=RECONSTRUCTION))


def test_metrics_json_is_json_where_a_figure_is_not_finite(tmp_path: Path) -> None:
    report = Report({"modes_kl/points/50": float("nan"), "modes_covered/points/50": 0.0}, 50, 50, True)
    write(tmp_path / "metrics.json", report, {"seed": 0})
    found = json.loads((tmp_path / "metrics.json").read_text(), parse_constant=pytest.fail)
    assert found["figures"] == {"modes_kl/points/50": None, "modes_covered/points/50": 0.0}
    assert found["not_finite"] == {"figures": {"modes_kl/points/50": "NaN"}}
