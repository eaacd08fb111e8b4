"""Measuring a checkpoint: what is measured, where it is written, what is refused before anything is read."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from fixtures.small_folders import paint
from gan_runner.assemble import build_data
from gan_runner.evaluation.report import Found, Report
from gan_runner.inference import evaluate as evaluating
from gan_runner.inference.evaluate import Request, at, classes_of, evaluate, unseen, write

MODES = {"modes": {"_target_": "gan_runner.metrics.modes.Modes", "threshold": 3.0}}
FRECHET = {"frechet": {"_target_": "gan_runner.metrics.frechet.Frechet"}}
MEMORIZATION = {"memorization": {"_target_": "gan_runner.metrics.memorization.Memorization"}}
USEFULNESS = {"usefulness": {"_target_": "gan_runner.metrics.usefulness.Usefulness", "updates": 3}}
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


def test_other_images_are_measured_on_the_scale_of_the_run(played: Any, tmp_path: Path, monkeypatch: Any) -> None:
    for name, largest in (("set", 4000), ("other", 2000)):
        (tmp_path / name).mkdir()
        for number in range(1, 17):
            values = np.full((8, 8), largest // number, np.uint16)
            Image.fromarray(values).save(tmp_path / name / f"{number}.png")
    played("model=dcgan", "data=folder", f"data.root={tmp_path / 'set'}", "data.image_size=8", "data.channels=1",
           "data.cache=null", "data.batch_size=4", "data.holdout=0.5", "network.width=2", "metrics=none", "logger=none",
           folder=tmp_path / "run")  # fmt: skip
    measured = []
    monkeypatch.setattr(evaluating, "build_data", lambda config: measured.append(build_data(config)) or measured[-1])
    keys = {"run": str(tmp_path / "run"), "metrics": FRECHET, "features": RANDOM, "num_samples": 8}
    evaluate(request(**keys, output=str(tmp_path / "same.json")))
    evaluate(request(**keys, output=str(tmp_path / "other.json"), root=str(tmp_path / "other")))
    assert [data.scales for data in measured] == [{"real": [0, 4000]}] * 2
    assert measured[1].deck("test")[torch.arange(16)].real.max() <= 128


@pytest.mark.parametrize("trained", ["there", "moved", "gone"])
def test_all_images_of_another_folder_are_measured_by_and_where_the_own_lie_now_those_held_out(
    played: Any, tmp_path: Path, trained: str
) -> None:
    own, other = paint(tmp_path / "own", 16, (200, 20, 20)), paint(tmp_path / "other", 12, (20, 200, 20))
    played("model=dcgan", "data=folder", f"data.root={own}", "data.image_size=8", "data.cache=null",
           "data.batch_size=4", "data.holdout=0.25", "network.width=2", "metrics=none", "logger=none",
           folder=tmp_path / "run")  # fmt: skip
    keys = {"run": str(tmp_path / "run"), "metrics": FRECHET, "features": RANDOM}
    expected = {"there": "by all 12 reals", "moved": "by the held-out 4 reals", "gone": "by the held-out 3 reals"}
    if trained == "gone":
        shutil.rmtree(own)
    root = shutil.copytree(own, tmp_path / "moved") if trained == "moved" else other
    said = evaluate(request(**keys, root=str(root), output=str(tmp_path / "a.json")))
    assert said.startswith(f"40 samples after 2 batches, {expected[trained]} of {root}:\n")
    told = json.loads((tmp_path / "a.json").read_text())
    assert told["reals"] == int(expected[trained].split()[-2])
    if trained == "there":
        few = evaluate(request(**keys, root=str(root), output=str(tmp_path / "b.json"), num_samples=6))
        assert "by 6 of all 12 reals of" in few


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "give either run="),
        ({"run": "plain", "ckpt": "x.ckpt"}, "give either run="),
        ({"run": "plain", "output": "a.txt", "metrics": FRECHET}, r"output=a\.txt .* <file>\.json"),
        (
            {"run": "conditional", "metrics": FRECHET, "features": RANDOM},
            r"not the data of this run \(.*shape .*now has",
        ),
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


def test_nothing_is_measured_where_all_metrics_are_left_out(saved: Callable[..., Path], tmp_path: Path) -> None:
    run = saved(tmp_path / "run", (1, 8, 8), 10, "model=dcgan", "network.width=2", "data=digits", "data.image_size=8",
                "data.holdout=0")  # fmt: skip
    with pytest.raises(ValueError, match=r"metrics\.memorization measures nothing here: it needs reals kept from"):
        evaluate(request(run=str(run), output=str(tmp_path / "x.json"), metrics=MEMORIZATION, features=RANDOM))


def test_what_samples_teach_is_measured_of_runs_whose_samples_have_classes(
    runs: dict[str, str], saved: Callable[..., Path], tmp_path: Path
) -> None:
    run = saved(tmp_path / "run", (1, 8, 8), 10, "model=cgan", "network.width=2", "data=digits", "data.image_size=8")
    evaluate(request(run=str(run), output=str(tmp_path / "x.json"), metrics=USEFULNESS))
    told = json.loads((tmp_path / "x.json").read_text())
    assert set(told["figures"]) == {
        "usefulness/tested_on_40/40", "usefulness/tested_on_40/40/real", "usefulness_both/tested_on_40/40",
    }  # fmt: skip
    with pytest.raises(ValueError, match=r"metrics\.usefulness .* those of this run are held to none"):
        evaluate(request(run=runs["plain"], output=str(tmp_path / "y.json"), metrics=USEFULNESS))


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
    beside = ("", "/identity", "/colour", "/median", "/soft_threshold")
    scores = {f"a2b_{name}/pixels/9{end}" for name in ("l1", "psnr", "ssim") for end in beside}
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
    with pytest.raises(ValueError, match="the data had shape 3×16×16, now has 3×256×256"):
        evaluate(request(run=translators["pix2pix"], output=str(tmp_path / "x.json"), metrics=RECONSTRUCTION))


# ---- classes --------------------------------------------------------------------------------------------------------


def test_a_root_is_that_of_the_data_that_others_are_made_of() -> None:
    assert at("b", {"root": "a", "of": None}) == {"root": "b", "of": None}
    assert at("r", {"root": None, "a": "x", "b": "y", "fit": "pad"}) == {
        "root": "r",
        "a": None,
        "b": None,
        "fit": "pad",
    }
    assert at("b", {"task": "denoising", "of": {"root": "a", "fit": "pad"}}) == {
        "task": "denoising",
        "of": {"root": "b", "fit": "pad"},
    }


def test_a_root_is_read_as_the_run_was_told_to_where_it_can_be(tmp_path: Path) -> None:
    images = np.zeros((2, 8, 8, 3), np.uint8)
    np.savez(tmp_path / "same.npz", one=images, two=images)
    np.savez(tmp_path / "other.npz", images=images)
    (tmp_path / "photos").mkdir()
    data = {"root": "a.npz", "container": "npz", "array": "one"}
    for root, kind, array in (("same.npz", "npz", "one"), ("other.npz", "auto", None), ("photos", "auto", None)):
        path = str(tmp_path / root)
        assert at(path, data) == {"root": path, "container": kind, "array": array}
    with pytest.raises(ValueError, match="is not there"):
        at(str(tmp_path / "gone.npz"), data)


def test_classes_are_told_by_name_and_those_that_are_missing() -> None:
    report = Report({}, 5, 5, True, found=Found(torch.tensor([3, 0, 2]), None))
    told = classes_of(("cat", "dog", "fox"), report)
    assert told["class_names"] == ["cat", "dog", "fox"]
    assert told["samples_by_class"] == {"cat": 3, "dog": 0, "fox": 2}
    assert unseen(told) == "\n  no sample was taken for: dog"
    assert classes_of(("cat", "dog"), report) == {"class_names": ["cat", "dog"]}  # the modes are no classes
    assert classes_of((), report) == {}
    assert unseen({}) == ""


# ---- parts of one's own ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["network", "data", "metrics"])
def test_parts_of_ones_own_are_measured_if_they_are_trusted(
    part: str, saved: Any, tampered: Any, tmp_path: Path
) -> None:
    def change(contents: dict[str, Any]) -> None:
        config = contents["origin"]["config"]
        if part == "network":
            config["network"]["generator"]["_target_"] = "fixtures.own_parts.Generator"
        if part == "data":
            config["data"] = {"_target_": "fixtures.own_parts.Arrays", "num_classes": 2, "batch_size": 4}

    mine = ["network.generator._target_=fixtures.own_parts.Generator"] if part == "network" else []
    small = ("model=dcgan", "data=synthetic", "data.image_size=8", "network.width=4", *mine)
    ckpt = str(tampered(saved(tmp_path / "run", (3, 8, 8), 2, *small), tmp_path / "own.ckpt", change))
    metrics = {"mine": {"_target_": "fixtures.own_parts.MyFrechet"}} if part == "metrics" else FRECHET
    asked = {"ckpt": ckpt, "output": str(tmp_path / "x.json"), "metrics": metrics, "features": RANDOM}
    with pytest.raises(ValueError, match=rf"{part}\..*_target_='fixtures\.own_parts\.\w+', which is not trusted"):
        evaluate(request(**asked))
    evaluate(request(**asked, trust=True))
    found = json.loads((tmp_path / "x.json").read_text())["figures"]
    assert any(name.startswith("frechet/random_conv64/") for name in found)


def test_metrics_json_is_json_where_a_figure_is_not_finite(tmp_path: Path) -> None:
    report = Report({"modes_kl/points/50": float("nan"), "modes_covered/points/50": 0.0}, 50, 50, True)
    write(tmp_path / "metrics.json", report, {"seed": 0})
    found = json.loads((tmp_path / "metrics.json").read_text(), parse_constant=pytest.fail)
    assert found["figures"] == {"modes_kl/points/50": None, "modes_covered/points/50": 0.0}
    assert found["not_finite"] == {"figures": {"modes_kl/points/50": "NaN"}}
