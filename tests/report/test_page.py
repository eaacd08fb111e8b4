"""Pages as files: whole, self-contained, of bounded size, and text wherever a run has markup; then in a browser."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fixtures.browser import browser, page  # noqa: F401
from fixtures.told_runs import told_run, told_sweep
from gan_runner.report.page import counted, day, duration, write_run, write_sweep

EVIL = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>"
MOST = 8_000_000


@pytest.fixture
def run_page(tmp_path: Path) -> Callable[..., Path]:
    """run_page(language, …) -> the page of a run, whose folder and facts are as for told_run."""

    def write(language: str = "en", **more: Any) -> Path:
        write_run(told_run(tmp_path / "run", **more), tmp_path / "report.html", language)
        return tmp_path / "report.html"

    return write


@pytest.fixture
def sweep_page(tmp_path: Path) -> Path:
    write_sweep(told_sweep(tmp_path / "sweep"), tmp_path / "sweep.html")
    return tmp_path / "sweep.html"


def assert_self_contained(text: str) -> None:
    """Nothing is fetched: no source, style sheet, import or frame from elsewhere."""
    sources = re.findall(
        r"""(?:src|href)\s*=\s*["']?([^"'\s>]{1,40})""", re.sub(r"<script.*?</script>", "", text, flags=re.S)
    )
    assert sources
    assert not [one for one in sources if not one.startswith(("data:", "#"))]
    assert not re.findall(r"@import|url\((?!data:)|<iframe|<object", text)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_page_is_self_contained_and_in_its_language(run_page: Callable[..., Path], language: str) -> None:
    text = run_page(language).read_text()
    assert f'<html lang="{language}">' in text
    assert ("Samples over time" if language == "en" else "Muestras a lo largo del tiempo") in text
    assert_self_contained(text)
    assert "{" not in re.sub(r"<(script|style)[^>]*>.*?</\1>|@software.*?</pre>|<pre>.*?</pre>", "", text, flags=re.S)


def test_so_is_that_of_a_sweep(sweep_page: Path) -> None:
    text = sweep_page.read_text()
    assert_self_contained(text)
    assert "&lt;b&gt;no&lt;/b&gt; number" in text


def test_what_comes_from_a_run_is_text(tmp_path: Path, run_page: Callable[..., Path]) -> None:
    facts = {
        "why": EVIL, "command": ["gan-train", EVIL], "class_names": [EVIL], "notes": [EVIL], "versions": {EVIL: EVIL},
        "data": {"family": "x", "name": EVIL}, "hardware": {"processor": EVIL}, "directory": EVIL,
        "lesson": {"shown": False, "shows": [{"figure": EVIL, "value": None, "at_most": 3.0, "holds": False}]},
        "figures": {f"evaluation/{EVIL}/1": 1.0, f"generator/{EVIL}": 1.0}, "git_revision": EVIL, "started": EVIL,
        "states": [{"batches": 1, "game": EVIL, "state": EVIL, "quantity": EVIL, "value": 1.0, "threshold": 2.0}],
        "status": EVIL, "choices": {"experiment": EVIL},
    }  # fmt: skip
    text = run_page(**facts).read_text()
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    run = tmp_path / "evil" / "<b>&bold"
    write_run(told_run(run, series=("<i>", "")), tmp_path / "evil.html")
    text = (tmp_path / "evil.html").read_text()
    assert "<b>" not in text
    assert "&lt;b&gt;&amp;bold" in text


def test_no_script_ends_early(run_page: Callable[..., Path]) -> None:
    text = run_page().read_text()
    assert len(re.findall(r"<script", text)) == len(re.findall(r"</script>", text))


def test_a_page_of_many_large_pictures_is_below_8_mb(tmp_path: Path) -> None:
    run = told_run(tmp_path / "run")
    for at in range(60):
        noise = np.random.default_rng(at).integers(0, 255, (700, 700, 3), dtype=np.uint8)
        Image.fromarray(noise).save(run.samples / f"{at:08d}.png", compress_level=1)
    write_run(run, tmp_path / "report.html")
    assert (tmp_path / "report.html").stat().st_size < MOST


def test_numbers_of_readers() -> None:
    assert [counted(1500, language) for language in ("en", "es")] == ["1,500", "1500"]
    assert counted(15_000, "es") == "15\u202f000"
    assert [duration(seconds) for seconds in (None, 0.5, 21.04, 192, 7500)] == [
        "–", "0.5 s", "21 s", "3 min 12 s", "2 h 5 min",
    ]  # fmt: skip
    assert (day("2026-03-01T12:05:00+00:00"), day("once")) == ("2026-03-01 12:05", "once")


# ---- in a browser ---------------------------------------------------------------------------------------------------


def opened(page: Any, path: Path) -> list[str]:  # noqa: F811
    """Open a page from disk. What it asks for besides itself goes to the list."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if not request.url.startswith("data:") else None)
    page.goto(path.as_uri())
    return asked


def test_a_page_asks_for_nothing(page: Any, run_page: Callable[..., Path]) -> None:  # noqa: F811
    path = run_page()
    asked = opened(page, path)
    page.wait_for_selector("#charts canvas")
    assert page.locator("#charts canvas").count() == 2
    assert asked == [path.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") == 1280


def test_the_slider_moves_through_time(page: Any, run_page: Callable[..., Path]) -> None:  # noqa: F811
    opened(page, run_page())
    image, slider = page.locator("#series-1 img.shown"), page.locator("#series-1 input")
    last = image.get_attribute("src")
    assert page.locator("#series-1 output").inner_text() == "after 100 batches"
    slider.focus()
    slider.press("ArrowLeft")
    assert page.locator("#series-1 output").inner_text() == "after 50 batches"
    assert image.get_attribute("src") != last
    assert image.get_attribute("alt").endswith("after 50 batches")
    page.locator("#series-1 .play").click()
    page.locator("#series-1 output", has_text="after 100 batches").wait_for()
    assert image.get_attribute("src") == last


def test_curves_are_smoothed_zoomed_and_hidden(page: Any, run_page: Callable[..., Path]) -> None:  # noqa: F811
    opened(page, run_page())
    assert page.locator("#bands").inner_text().endswith("collapsed")
    chart = page.locator(".chart .u-over").first
    chart.hover(position={"x": 150, "y": 50})
    assert page.locator(".chart .u-value").nth(1).inner_text() != "–"
    box = chart.bounding_box()

    def axis() -> bytes:
        return page.locator(".chart canvas").nth(1).screenshot()

    before = axis()
    page.mouse.move(box["x"] + 50, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 60, steps=4)
    page.mouse.up()
    page.mouse.move(5, 5)
    page.wait_for_timeout(100)
    assert axis() != before  # the other chart too
    page.locator("#whole").click()
    page.wait_for_timeout(100)
    page.locator("#smoothing").press("End")
    assert page.locator("output[for=smoothing]").inner_text() == "10 %"
    page.locator(".chart .u-series th").nth(1).click()
    assert "u-off" in page.locator(".chart .u-series").nth(1).get_attribute("class")


def test_a_sweep_is_sorted_by_a_click(page: Any, sweep_page: Path) -> None:  # noqa: F811
    opened(page, sweep_page)
    rows, heading = page.locator("#table tbody th"), page.locator("#table thead button").nth(2)
    assert rows.all_inner_texts() == ["loss=hinge", "loss=minimax"]
    heading.click()
    assert rows.all_inner_texts() == ["loss=hinge", "loss=minimax"]
    heading.press("Enter")
    assert rows.all_inner_texts() == ["loss=minimax", "loss=hinge"]
    assert page.locator("#table thead th").nth(2).get_attribute("aria-sort") == "descending"
    page.locator("#jobs thead button").nth(3).click()
    assert "no number" not in page.locator("#jobs tbody tr").first.inner_text()


def test_commands_are_copied(page: Any, run_page: Callable[..., Path]) -> None:  # noqa: F811
    opened(page, run_page())
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#played button[data-copy]").first.click()
    page.locator("#played button", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "gan-train model=vanilla data=ring"


def test_on_paper_there_are_moments_in_the_place_of_sliders(page: Any, run_page: Callable[..., Path]) -> None:  # noqa: F811
    opened(page, run_page())
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("#series-1 .strip img").count() == 3
    assert page.locator("#series-1 .strip").is_visible()
    assert not page.locator("#series-1 .slider").is_visible()
    assert not page.locator("nav").is_visible()


def test_markup_of_a_run_runs_nothing(page: Any, tmp_path: Path, run_page: Callable[..., Path]) -> None:  # noqa: F811
    spoken: list[str] = []
    page.on("dialog", lambda dialog: (spoken.append(dialog.message), dialog.dismiss()))
    opened(page, run_page(why=EVIL, notes=[EVIL], states=[{"batches": 1, "game": "gan", "state": EVIL}]))
    page.wait_for_timeout(200)
    assert not spoken
    assert EVIL in page.locator(".why").inner_text()
    assert page.locator("#bands").inner_text().endswith(EVIL)
