"""What is asked of a system in Python equals what the commands write."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import gan_runner as gr
from gan_runner.api.made import plain_generator

Command = Callable[..., Any]


@pytest.mark.parametrize("name", ["plain", "conditional", "points"])
def test_samples_are_those_of_the_command(runs: dict[str, str], run_command: Command, name: str) -> None:
    run_command("gan-sample", f"run={runs[name]}", "num_samples=21", "seed=3", "output=out.npz")
    written = np.load("out.npz")
    samples = gr.load(runs[name]).sample(21, seed=3)
    assert np.array_equal(samples, written["points" if name == "points" else "images"])
    assert samples.array.dtype == written[written.files[0]].dtype
    assert (samples.labels is None) == ("labels" not in written.files)
    if samples.labels is not None:
        assert np.array_equal(samples.labels, written["labels"])
        assert list(samples.class_names) == list(written["class_names"])


def test_labels_and_truncation_are_those_of_the_command(runs: dict[str, str], run_command: Command) -> None:
    keys = ["label=[2,0]", "truncation=0.5", "num_samples=6"]
    run_command("gan-sample", f"run={runs['conditional']}", *keys, "output=out.npz")
    samples = gr.load(runs["conditional"]).sample(6, label=[2, 0], truncation=0.5)
    assert np.array_equal(samples, np.load("out.npz")["images"])
    assert samples.labels is not None
    assert samples.labels.tolist() == [2, 0] * 3


def test_the_plain_generator_makes_the_samples(runs: dict[str, str]) -> None:
    run = gr.load(runs["conditional"], accelerator="cpu")
    generator = run.generator
    assert not generator.training
    assert not any(parameter.requires_grad for parameter in generator.parameters())
    labels = torch.arange(4)
    made = (generator(run.latents(4, seed=3), labels).clamp(-1, 1) + 1) * 127.5
    assert np.array_equal(made.round().byte().permute(0, 2, 3, 1), run.sample(4, seed=3))
    assert generator is not run.generator


@pytest.mark.parametrize("name", ["cyclegan", "pix2pix", "denoise"])
def test_translations_are_those_of_the_command(
    translators: dict[str, str], run_command: Command, name: str, tmp_path: Path
) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    arrays = np.random.default_rng(1).integers(0, 256, (3, 16, 16, 3)).astype(np.uint8)
    for index, array in enumerate(arrays):
        Image.fromarray(array).save(folder / f"{index}.png")
    run_command("gan-translate", f"run={translators[name]}", f"input={folder}", "output=out", "seed=4")
    made = gr.load(translators[name]).translate(folder, seed=4)
    written = [np.asarray(Image.open(path)) for path in sorted(Path("out").glob("*.png"))]
    assert len(written) == len(made) == 3
    assert all(np.array_equal(np.squeeze(one), other) for one, other in zip(made, written, strict=True))


def test_holes_are_told_by_a_mask_or_made(translators: dict[str, str]) -> None:
    run = gr.load(translators["inpaint"])
    images = np.zeros((2, 8, 8, 3), np.uint8)
    with pytest.raises(gr.ConfigError, match="this run fills holes"):
        run.translate(images)
    with pytest.raises(gr.ConfigError, match="give one of them"):
        run.translate(images, mask=np.ones((8, 8), bool), damage="inpaint")
    assert set(run.translate(images, mask=np.ones((8, 8), bool)).columns) == {"input", "translated"}
    assert set(run.translate(images, damage="inpaint").columns) == {"input", "damaged", "translated"}
    damage = {"task": "inpaint", "area": [0.5, 0.5]}
    assert run.translate(images, damage=damage).array.shape == (2, 8, 8, 3)


def test_a_way_back_and_a_size(translators: dict[str, str]) -> None:
    run = gr.load(translators["cyclegan"])
    there = run.translate(np.zeros((2, 12, 8, 3), np.uint8), cycle=True, size=(8, 8))
    assert there.columns["reconstructed"].shape == (2, 8, 8, 3)
    assert there.array.shape == (2, 8, 8, 1)
    assert run.translate(np.zeros((2, 8, 8), np.uint8), direction="b2a").array.shape == (2, 8, 8, 3)


def test_what_a_run_cannot_do_is_told(runs: dict[str, str], translators: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="gan-translate makes images of images"):
        gr.load(runs["plain"]).translate(np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(ValueError, match="gan-sample draws from a latent"):
        gr.load(translators["pix2pix"]).sample()
    with pytest.raises(gr.ConfigError, match="label=7 is no class of this run"):
        gr.load(runs["conditional"]).sample(label=7)
    with pytest.raises(gr.ConfigError, match="num_samples=0"):
        gr.load(runs["plain"]).sample(0)


@pytest.mark.parametrize("label", [(2, 0), np.array([2, 0]), torch.tensor([2, 0]), [np.int64(2), np.int64(0)]])
def test_labels_are_taken_from_tuples_and_arrays(runs: dict[str, str], label: Any) -> None:
    found = gr.load(runs["conditional"]).sample(np.int64(4), label=label)  # type: ignore[arg-type]
    assert found.labels is not None
    assert found.labels.tolist() == [2, 0, 2, 0]


@pytest.mark.parametrize("label", [object(), {(1, 2): 3}, [[1]], {1, 2}, b"2"])
def test_what_is_no_label_is_one_sentence(runs: dict[str, str], label: Any) -> None:
    with pytest.raises(gr.ConfigError, match="label") as raised:
        gr.load(runs["conditional"]).sample(4, label=label)
    assert "\n" not in str(raised.value)


def test_more_than_fits_in_memory_is_told_as_the_command_does(runs: dict[str, str]) -> None:
    run = gr.load(runs["plain"])
    for ask in (run.sample, run.latents):
        with pytest.raises(gr.ConfigError, match="not enough memory: set a smaller num_samples or batch_size"):
            ask(10**13)


@pytest.mark.parametrize(
    ("count", "split", "told"),
    [
        (-1, "test", "num_samples=-1 is not valid"),
        (0, "test", "num_samples=0 is not valid"),
        (2.5, "test", "num_samples=2.5 is not valid"),
        ("3", "test", "num_samples='3' is not valid"),
        (3, "Train", "split='Train' is not valid: it should be 'train' or 'test'"),
        (3, None, "split=None is not valid"),
    ],
)
def test_images_that_no_split_has_are_told(runs: dict[str, str], count: Any, split: Any, told: str) -> None:
    with pytest.raises(gr.ConfigError) as raised:
        gr.load(runs["plain"]).images(count, split=split)
    assert told in str(raised.value)


def test_images_of_the_data_are_what_a_run_starts_from(runs: dict[str, str], translators: dict[str, str]) -> None:
    reals = gr.load(runs["plain"]).images(5)
    assert reals.array.shape == (5, 8, 8, 3)
    assert reals.labels is not None
    assert np.array_equal(reals, gr.load(runs["plain"]).images(5))
    assert not np.array_equal(reals, gr.load(runs["plain"]).images(5, seed=1))
    assert gr.load(runs["points"]).images(7, split="train").array.shape == (7, 2)
    noisy = gr.load(translators["denoise"]).images(3)
    assert noisy.array.shape == (3, 8, 8, 1)
    assert "to start from" in noisy.told


def test_a_translating_run_has_a_generator_too(translators: dict[str, str]) -> None:
    assert gr.load(translators["pix2pix"]).generator(torch.zeros(1, 3, 16, 16)).shape == (1, 3, 16, 16)
    with pytest.raises(ValueError, match="it has no generator"):
        plain_generator(torch.nn.Identity())  # type: ignore[arg-type]
