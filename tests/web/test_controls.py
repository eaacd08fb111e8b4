"""What a page may set is what the configurations hold, and takes points."""

import subprocess
import sys

from fixtures.composing import composed
from gan_runner.assemble import assemble
from gan_runner.config.options import CONFIGS, options
from gan_runner.web.controls import controls, offered_of, recipes

REFUSED = {"ada", "diff_augment", "auxiliary_classifier", "growing"}
"""Tricks that points cannot be played with: tests/tricks/test_pairs.py plays all others."""


def test_every_trick_that_takes_points_is_offered_with_its_settings() -> None:
    assert set(offered_of("tricks")) == {*options(CONFIGS / "tricks")} - REFUSED
    tricks = {one["name"]: one for one in controls()["tricks"]}
    gamma = next(one for one in tricks["r1"]["settings"] if one["key"] == "tricks.r1.gamma")
    assert gamma["value"] == 10.0
    assert gamma["comment"].startswith("γ")
    assert gamma["type"] == {"minimum": 0, "type": "number", "nullable": False}
    by = next(one for one in tricks["r1"]["settings"] if one["key"] == "tricks.r1.by")
    assert by["type"]["enum"] == ["autograd", "finite_difference"]
    followed = [one["key"] for one in tricks["latent_regression"]["settings"]]
    assert followed == ["tricks.latent_regression.weight"]  # latent_dim follows the latent's


def test_data_losses_optimizers_and_noise_are_read_too() -> None:
    assert {"ring", "grid"} <= set(offered_of("data"))
    assert "gaussians" not in offered_of("data")  # ring and grid are of this family
    assert not {"digits", "mnist", "folder"} & set(offered_of("data"))
    assert set(offered_of("loss")) == {*options(CONFIGS / "loss")} - {"none"}
    assert set(offered_of("optimizer")) == {"adam", "rmsprop", "sgd"}
    assert set(offered_of("latent")) == {"gaussian", "uniform"}
    assert {"lesson/collapse", "ring/r3gan"} <= set(recipes())
    assert not {"digits", "lesson/labels"} & set(recipes())


def test_each_setting_has_a_value_of_its_type() -> None:
    kinds = {"number": (int, float), "integer": int, "boolean": bool, "string": str, "array": list}
    for group in ("loss", "optimizer", "tricks", "latent"):
        for option in controls()[group]:
            for one in option["settings"]:
                null = one["value"] is None and one["type"].get("nullable")
                assert null or isinstance(one["value"], kinds[one["type"]["type"]]), one


def test_a_trick_with_its_settings_as_they_are_shown_is_played() -> None:
    shown = next(one for one in controls()["tricks"] if one["name"] == "minibatch_discrimination")["settings"]
    given = [f"{one['key']}={one['value']}" for one in shown]
    small = ["data.num_samples=8", "data.batch_size=4", "trainer=cpu", "callbacks=none", "logger=none", "metrics=none"]
    assemble(
        composed("model=vanilla", "data=ring", "tricks=[minibatch_discrimination]", *given, *small, "paths.run=unused")
    )


def test_reading_them_imports_no_torch() -> None:
    code = "import sys; from gan_runner.web.controls import controls; controls(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
