"""The head of a card, as huggingface_hub reads it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.remembered import remember
from gan_runner.exporting.front_matter import front_matter
from gan_runner.exporting.history import history
from gan_runner.exporting.network import Handed


def fields(handed: Handed, licence: str | None = None) -> dict[str, Any]:
    text = front_matter(handed, history(handed), "onnx", licence, "dcgan on digits", "digits")
    assert text.startswith("---\n")
    assert text.endswith("---\n")
    found: dict[str, Any] = yaml.safe_load(text.strip("-\n"))
    return found


@pytest.mark.parametrize(
    ("run", "part", "task"),
    [
        ("plain", "generator", "unconditional-image-generation"),
        ("conditional", "generator", None),
        ("points", "generator", None),
        ("denoise", "a2b", "image-to-image"),
        ("cyclegan", "b2a", "image-to-image"),
    ],
)
def test_tasks(
    run: str,
    part: str,
    task: str | None,
    runs: dict[str, str],
    translators: dict[str, str],
    network_of: Callable[..., Handed],
) -> None:
    found = fields(network_of((runs | translators)[run], part=part))
    assert found.get("pipeline_tag") == task
    assert found["library_name"] == "gan_runner"
    assert found["license"] == "unknown"
    assert {"gan-runner", "gan", "onnx"} <= {*found["tags"]}
    assert not {"metrics", "model-index", "datasets"} & found.keys()


def test_codes(saved: Callable[..., Path], network_of: Callable[..., Handed], tmp_path: Path) -> None:
    run = saved(tmp_path / "run", (1, 8, 8), None, "model=vae", "network.hidden=[4]", "data=mnist")
    found = fields(network_of(run, part="encoder"), "CC-BY-4.0")
    assert found["pipeline_tag"] == "image-feature-extraction"
    assert found["tags"][1] == "autoencoder"
    assert found["license"] == "cc-by-4.0"
    assert found["datasets"] == ["ylecun/mnist"]


def test_data_that_is_made_of_published_data(translators: dict[str, str], network_of: Callable[..., Handed]) -> None:
    handed = network_of(translators["denoise"])
    handed.origin.config["data"]["of"]["_target_"] = "gan_runner.data.cifar10.CIFAR10"
    assert fields(handed)["datasets"] == ["uoft-cs/cifar10"]


def test_figures_as_huggingface_hub_reads_them(
    saved: Callable[..., Path], network_of: Callable[..., Handed], tmp_path: Path
) -> None:
    cards = pytest.importorskip("huggingface_hub.repocard")
    run = saved(tmp_path / "run", (3, 8, 8), None, "model=dcgan", "network.width=4", "data=synthetic")
    handed = network_of(remember(run))
    text = front_matter(handed, history(handed), "onnx", "mit", "dcgan on digits", "digits")
    card = cards.ModelCard(f"{text}\n# x\n")
    results = {one.metric_type: one for one in card.data.eval_results}
    assert {name: one.metric_value for name, one in results.items()} == {"frechet": 80.5, "coverage": 0.5}
    assert results["frechet"].metric_name == "Fréchet (frechet/classifier_digits/180)"
    assert results["frechet"].dataset_name == "digits"
    assert card.data.metrics == ["frechet", "coverage", "memorized"]
    assert card.data.to_dict() == yaml.safe_load(text.strip("-\n"))  # nothing is lost on the way
