"""Pages in a real browser, opened from disk without a network: what they show is what PyTorch makes."""

import base64
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from fixtures.browser import browser, page
from gan_runner.exporting.export import export
from gan_runner.exporting.request import ExportRequest
from gan_runner.exporting.runtime import bring
from gan_runner.images.ranges import to_bytes
from gan_runner.inference.sample import generate
from gan_runner.runs.folder import last_of
from gan_runner.web.space import Space

__all__ = ["browser", "page"]

LEVELS, SHARE = 1, 1e-3
"""By how much bytes may differ from PyTorch's, and how many of them: where a value lies between two bytes."""


@pytest.fixture(scope="module")
def runtime() -> None:
    """onnxruntime-web of the cache, or of the web."""
    try:
        bring()
    except (OSError, ValueError) as error:
        pytest.skip(f"no onnxruntime-web: gan-export format=html runtime=<its .tgz> keeps it ({error})")


@pytest.fixture(scope="module")
def exported(
    browser: Any, runtime: None, runs: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Pages of the runs plain and conditional."""
    pages = {}
    for name in ("plain", "conditional"):
        pages[name] = tmp_path_factory.mktemp(name) / "page.html"
        export(ExportRequest.from_config({"run": runs[name], "format": "html", "output": str(pages[name])}))
    return pages


@pytest.fixture
def opened(page: Any) -> Iterator[Callable[[Path], Any]]:
    """opened(path) -> the page of a file, in a browser that is offline, once its tiles are there."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.context.set_offline(True)

    def open_(path: Path) -> Any:
        page.goto(path.as_uri())
        page.wait_for_selector("#tiles .tile[aria-pressed=true]", timeout=60_000)
        return page

    yield open_
    assert all(url.startswith(("file:", "blob:", "data:")) for url in asked), asked


def images_of(page: Any, selector: str = "#tiles img") -> np.ndarray:
    """The pixels of images (N, H, W, 3)."""
    there = "(one) => [...document.querySelectorAll(one)].every((image) => image.complete)"
    page.wait_for_function(there, arg=selector)
    addresses = page.eval_on_selector_all(selector, "all => all.map((one) => one.src)")
    content = [base64.b64decode(address.removeprefix("data:image/png;base64,")) for address in addresses]
    return np.stack([np.asarray(Image.open(io.BytesIO(one)).convert("RGB")) for one in content])


def pixels(images: torch.Tensor) -> np.ndarray:
    return to_bytes(images).expand(-1, 3, -1, -1).permute(0, 2, 3, 1).numpy()


def assert_same(found: np.ndarray, wanted: np.ndarray) -> None:
    assert found.shape == wanted.shape
    apart = np.abs(found.astype(int) - wanted.astype(int))
    different = int((apart > 0).sum())
    assert apart.max() <= LEVELS, f"{different} of {apart.size} bytes differ, by {apart.max()} at the most"
    assert different <= SHARE * apart.size + 1, f"{different} of {apart.size} bytes differ"


@pytest.mark.parametrize("run", ["plain", "conditional"])
def test_tiles_are_those_of_gan_sample(run: str, opened: Any, exported: dict[str, Path], runs: dict[str, str]) -> None:
    page, space = opened(exported[run]), Space.read(last_of(Path(runs[run])))
    assert_same(images_of(page), pixels(space.drawn(0, 24).images))
    assert "Seeds give what they give gan-sample" in page.inner_text("#note")
    assert page.inner_text("#command").endswith("num_samples=24 seed=0 output=samples.png")
    shown = page.get_attribute("#image", "src")
    page.fill("#seed", "4294967295")
    page.fill("#count", "256")
    page.locator("#truncation").fill("7")
    page.wait_for_function("(before) => document.querySelector('#image').src !== before", arg=shown)
    page.wait_for_function("() => document.querySelectorAll('#tiles .tile').length === 256", timeout=60_000)
    page.wait_for_function("() => document.querySelector('#command').textContent.includes('truncation=0.7')")
    page.wait_for_timeout(500)
    assert_same(images_of(page), pixels(space.drawn(4294967295, 256, truncation=0.7).images))


def test_one_class_can_be_asked_for(opened: Any, exported: dict[str, Path], runs: dict[str, str]) -> None:
    page, space = opened(exported["conditional"]), Space.read(last_of(Path(runs["conditional"])))
    page.select_option("#class", "2")
    page.wait_for_function("() => document.querySelector('#command').textContent.includes('label=2')")
    assert_same(images_of(page), pixels(space.drawn(0, 24, label=2).images))
    assert page.inner_text("#image-says") == "Generated: 2"


def test_a_latent_is_moved_walked_and_saved(
    opened: Any, exported: dict[str, Path], runs: dict[str, str], tmp_path: Path
) -> None:
    page, space = opened(exported["conditional"]), Space.read(last_of(Path(runs["conditional"])))
    drawn = space.drawn(0, 24)
    slider = page.locator(".direction input").first
    slider.focus()
    slider.press("End")
    page.wait_for_selector("#row-tiles .tile:nth-child(7)")
    assert_same(images_of(page, "#row-tiles img"), pixels(space.row(drawn.latents[0], 0, 0, 3.0, 7).images))
    page.click("#tiles .tile:nth-child(2)")
    page.click("#pin")
    page.click("#tiles .tile:nth-child(8)")
    page.click("#pin")
    page.wait_for_selector("#walk:not([hidden])")
    with page.expect_download() as download:
        page.click("#walk-npz")
    download.value.save_as(tmp_path / "walk.npz")
    way = space.path(drawn.latents[[1, 7]], [1, 3], 12)
    with np.load(tmp_path / "walk.npz") as file:
        assert np.allclose(file["latents"], way.latents.numpy(), atol=1e-6)
        assert np.array_equal(file["labels"], way.labels.numpy())
        assert file["class_names"].tolist() == ["0", "1", "2", "3"]
        assert_same(file["images"], to_bytes(way.images).permute(0, 2, 3, 1).numpy())
        again = generate(space.network, torch.from_numpy(file["latents"]), torch.from_numpy(file["labels"]))
        assert_same(file["images"], to_bytes(again).permute(0, 2, 3, 1).numpy())
    with page.expect_download() as download:
        page.click("#tiles-png")
    download.value.save_as(tmp_path / "tiles.png")
    sheet = Image.open(tmp_path / "tiles.png")
    assert sheet.size == (5 * (128 + 2) + 2, 5 * (64 + 2) + 2)


def test_an_image_of_ones_own_is_encoded_and_its_code_moved(
    opened: Any, runtime: None, saved: Any, tmp_path: Path
) -> None:
    keys = ("model=cvae", "data=synthetic", "data.image_size=8")
    run, path, digit = saved(tmp_path / "run", (1, 8, 8), 10, *keys), tmp_path / "page.html", tmp_path / "digit.png"
    export(ExportRequest.from_config({"run": str(run), "format": "html", "output": str(path)}))
    Image.linear_gradient("L").resize((8, 8)).save(digit)  # of the right size: nothing is scaled
    page = opened(path)
    page.set_input_files("#file", digit)
    page.wait_for_selector("#given:not([hidden])")
    page.wait_for_function("() => document.querySelector('#tiles [aria-pressed=true]') === null")
    assert np.array_equal(images_of(page, "#given-image")[0], np.asarray(Image.open(digit).convert("RGB")))
    _, walked = Space.read(last_of(run)).encoded(digit.read_bytes(), 0)
    assert_same(images_of(page, "#image"), pixels(walked.images))
    with page.expect_download() as download:
        page.click("#save-npz")
    download.value.save_as(tmp_path / "code.npz")
    with np.load(tmp_path / "code.npz") as file:
        assert np.allclose(file["latents"], walked.latents.numpy(), atol=1e-5)
    (tmp_path / "text.png").write_text("no image")
    page.set_input_files("#file", tmp_path / "text.png")
    page.wait_for_function("() => document.querySelector('#said').textContent.includes('no image')")


@pytest.mark.parametrize(("locale", "theme", "word"), [("es-MX", "dark", "Semilla"), ("en-GB", "light", "Seed")])
def test_a_page_speaks_the_readers_language_fits_and_is_reached_by_keys(
    browser: Any, exported: dict[str, Path], locale: str, theme: str, word: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale=locale, color_scheme=theme)
    page = context.new_page()
    page.goto(exported["conditional"].as_uri())
    page.wait_for_selector("#tiles .tile[aria-pressed=true]", timeout=60_000)
    assert page.inner_text("#draw label").startswith(word)
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [1280, 720]
    hidden = page.evaluate("['#newest', '#nearest', '#near', '#drop'].map((one) => document.querySelector(one).hidden)")
    assert hidden == [True] * 4
    unnamed = page.evaluate(
        "[...document.querySelectorAll('input, select, button')].filter((one) => !one.labels?.length"
        " && !one.getAttribute('aria-label') && !one.textContent.trim()).map((one) => one.outerHTML)"
    )
    assert not unnamed
    page.focus("#tiles .tile")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.get_attribute("#tiles .tile:nth-child(2)", "aria-pressed") == "true"
    page.select_option("#language", "es" if word == "Seed" else "en")
    page.wait_for_function("(word) => !document.querySelector('#draw label').textContent.startsWith(word)", arg=word)
    context.close()


def test_a_page_whose_seeds_are_no_longer_pytorchs_says_so(
    opened: Any, exported: dict[str, Path], tmp_path: Path
) -> None:
    text = exported["plain"].read_text("utf-8")
    found = re.search(r'id="facts">([^<]*)<', text)
    assert found is not None
    told = json.loads(found[1])
    other = torch.zeros(24).numpy().astype("<f4").tobytes()
    told["witness"]["latents"] = base64.b64encode(other).decode()
    path = tmp_path / "other.html"
    path.write_text(text.replace(found[1], json.dumps(told)), "utf-8")
    page = opened(path)
    assert "Seeds are this page's own" in page.inner_text("#note")
    assert "of the bytes differ" in page.inner_text("#note")
    assert page.is_hidden("#command")


def test_a_network_that_cannot_be_run_is_told_in_a_sentence(
    browser: Any, exported: dict[str, Path], tmp_path: Path
) -> None:
    text = exported["plain"].read_text("utf-8")
    path = tmp_path / "broken.html"
    path.write_text(re.sub(r'(id="model">)[^<]*<', r"\1H4sIAAAAAAAC/8tIzcnJBwCGphA2BQAAAA==<", text), "utf-8")
    context = browser.new_context()
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_function("() => document.querySelector('#said').textContent.includes('cannot run the network')")
    context.close()
