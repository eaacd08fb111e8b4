"""The code on a card, run as a reader would: what it makes is what gan-sample and gan-translate make."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gan_runner.exporting.card import card
from gan_runner.exporting.formats import FORMATS
from gan_runner.exporting.network import Handed
from gan_runner.exporting.snippets import columns, count_of, snippets
from gan_runner.inference.request import SampleRequest, TranslateRequest
from gan_runner.inference.sample import sample
from gan_runner.inference.translate import translate


def blocks(text: str) -> list[str]:
    """The Python of a card."""
    return re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.fixture
def pasted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """pasted(handed, form) -> the names after the code of its card was run, in the folder of its file."""

    def run(handed: Handed, form: str, **files: Any) -> dict[str, Any]:
        monkeypatch.chdir(tmp_path)
        file = tmp_path / f"{handed.part}{FORMATS[form].suffix}"
        FORMATS[form].load().write(handed, file)
        for name, content in files.items():
            content.save(f"{name}.png") if isinstance(content, Image.Image) else np.save(f"{name}.npy", content)
        found = blocks(card(handed, None, form, file.name, None))
        assert found
        names: dict[str, Any] = {}
        for code in found[: 2 if form == "onnx" else 1]:  # the last one truncates
            exec(code, names)
        rest = dict(names)
        for code in found[2 if form == "onnx" else 1 :]:
            exec(code, rest)
        return names

    return run


def drawn_by_gan_sample(run: str, count: int, folder: Path) -> np.ndarray[Any, Any]:
    output = folder / "of_gan_sample.npz"
    keys = {"run": run, "output": str(output), "num_samples": count, "accelerator": "cpu", "overwrite": True}
    sample(SampleRequest.from_config(keys))
    with np.load(output) as arrays:
        return arrays[arrays.files[0]].astype(np.float64)


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "html"])
def test_the_samples_of_gan_sample(
    form: str, conditional: Handed, runs: dict[str, str], pasted: Callable[..., Any], tmp_path: Path
) -> None:
    made = pasted(conditional, form)
    expected = drawn_by_gan_sample(runs["conditional"], count_of(conditional), tmp_path)  # (N, H, W, C)
    images = np.asarray(made["images"], dtype=np.float64)
    found = np.rint((images.clip(-1, 1) + 1) * 127.5).transpose(0, 2, 3, 1)
    assert np.abs(found - expected).max() <= 1
    picture = np.asarray(Image.open("drawn.png"))
    across = columns(conditional)
    assert picture.shape == (count_of(conditional) // across * 8, across * 16)
    if form != "onnx":  # whose first picture is of latents that numpy drew
        assert np.abs(picture[8:16, 16:32].astype(float) - expected[across + 1, ..., 0]).max() <= 1


@pytest.mark.parametrize("form", ["pt2", "safetensors"])
def test_colours_and_points(
    form: str,
    plain: Handed,
    points: Handed,
    runs: dict[str, str],
    pasted: Callable[..., Any],
    tmp_path: Path,
) -> None:
    pasted(plain, form)
    expected = drawn_by_gan_sample(runs["plain"], 64, tmp_path)
    picture = np.asarray(Image.open("drawn.png"), dtype=float)
    assert picture.shape == (64, 64, 3)
    assert np.abs(picture[8:16, :8] - expected[8]).max() <= 1
    pasted(points, form)
    assert np.allclose(np.load("drawn.npy"), drawn_by_gan_sample(runs["points"], 64, tmp_path), atol=1e-6)


def test_bytes(runs: dict[str, str], network_of: Callable[..., Handed], pasted: Callable[..., Any]) -> None:
    made = pasted(network_of(runs["plain"], bytes=True), "pt2")
    assert made["pixels"].dtype == np.uint8
    assert made["pixels"] is not None
    assert "127.5" not in "".join(one.code for one in snippets(network_of(runs["plain"], bytes=True), "onnx", "x.onnx"))


def noise(size: int, mode: str = "RGB") -> Image.Image:
    bands = () if mode == "L" else (3,)
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (size, size, *bands), dtype=np.uint8))


@pytest.mark.parametrize(
    ("name", "part", "size"), [("pix2pix", "a2b", 16), ("cyclegan", "b2a", 8), ("denoise", "a2b", 8)]
)
def test_the_translations_of_gan_translate(
    name: str,
    part: str,
    size: int,
    translators: dict[str, str],
    network_of: Callable[..., Handed],
    pasted: Callable[..., Any],
    tmp_path: Path,
) -> None:
    handed = network_of(translators[name], part=part)
    pasted(handed, "safetensors", image=noise(size, "RGB" if name == "pix2pix" else "L"))
    translate(
        TranslateRequest.from_config(
            {"run": translators[name], "input": str(tmp_path / "image.png"), "output": str(tmp_path / "expected.png"),
             "accelerator": "cpu", "direction": part}
        )
    )  # fmt: skip
    found, expected = (np.asarray(Image.open(tmp_path / file), dtype=float) for file in ("made.png", "expected.png"))
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1


@pytest.mark.parametrize("form", ["onnx", "pt2"])
def test_sides_that_a_translator_does_not_take_are_cut(
    form: str, translators: dict[str, str], network_of: Callable[..., Handed], pasted: Callable[..., Any]
) -> None:
    handed = network_of(translators["cyclegan"], part="b2a")
    multiple = handed.inputs[0].multiple
    assert multiple > 1
    pasted(handed, form, image=noise(4 * multiple + 1, "L"))
    assert Image.open("made.png").size == (4 * multiple, 4 * multiple)


def test_holes_that_are_filled(
    translators: dict[str, str], network_of: Callable[..., Handed], pasted: Callable[..., Any], tmp_path: Path
) -> None:
    mask = np.zeros((8, 8), np.uint8)
    mask[2:5, 3:6] = 255
    pasted(network_of(translators["inpaint"]), "safetensors", image=noise(8), hole=Image.fromarray(mask))
    translate(
        TranslateRequest.from_config(
            {"run": translators["inpaint"], "input": str(tmp_path / "image.png"), "mask": str(tmp_path / "hole.png"),
             "output": str(tmp_path / "expected.png"), "accelerator": "cpu"}
        )
    )  # fmt: skip
    found, expected = (np.asarray(Image.open(tmp_path / file), dtype=float) for file in ("made.png", "expected.png"))
    assert np.abs(found - expected).max() <= 1


def test_codes_of_arrays(
    saved: Callable[..., Path], network_of: Callable[..., Handed], pasted: Callable[..., Any], tmp_path: Path
) -> None:
    run = saved(tmp_path / "vae", (5, 8, 8), None, "model=vae", "network.hidden=[4]", "data=synthetic")
    bands = np.random.default_rng(0).uniform(-1, 1, (5, 8, 8)).astype(np.float32)
    pasted(network_of(run, part="encoder"), "pt2", image=bands)
    assert np.load("made.npy").shape == (1, 6)
    made = pasted(network_of(run, part="generator"), "safetensors")
    assert np.load("drawn.npy").shape == made["pixels"].shape == (64, 5, 8, 8)


def test_no_code_for_a_page_or_a_prior_of_ones_own(plain: Handed, monkeypatch: pytest.MonkeyPatch) -> None:
    assert snippets(plain, "html", "x.html") == []
    monkeypatch.setattr("gan_runner.exporting.priors.TOLD", {})
    assert snippets(plain, "onnx", "x.onnx") == []
