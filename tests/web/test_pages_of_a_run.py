"""The pages of a run in a real browser: one that grows while it is looked at, and a latent space to walk through."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gan_runner.runs.folder import RunFolder

Serve = Callable[[Path], str]


@pytest.fixture
def served(browser: Any, tmp_path: Path) -> Iterator[Serve]:
    """served(run) -> the address of gan-play's server with the pages of a run. Tests name it before `page`, which is to
    close first.
    """
    import uvicorn

    from fixtures.fake_game import FakeGame
    from gan_runner.web import command, latent_space, server, watching

    started: list[tuple[Any, threading.Thread]] = []

    def serve(folder: Path) -> str:
        run = RunFolder(folder)
        pages = [*watching.routes(run, tmp_path, "en"), *latent_space.routes(latent_space.Opened(run), "en")]
        listener = server.listening(0)
        app = server.application(server.Context(command.start([]), tmp_path, FakeGame, "en", pages))
        running = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        started.append((running, thread))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    for running, thread in started:
        running.should_exit = True
        thread.join(5)


def test_a_run_is_followed_while_it_plays(served: Serve, page: Any, tmp_path: Path) -> None:
    from web.test_watching import PLAYING, ROWS

    run = tmp_path / "runs" / "vanilla-ring" / "first"
    (run / "samples").mkdir(parents=True)
    RunFolder(run).record.write_text(json.dumps(PLAYING))
    RunFolder(run).metrics.write_text(ROWS)
    for name in ("00000000", "00000100", "modes_00000100", "real"):
        Image.new("RGB", (64, 64), "teal").save(run / "samples" / f"{name}.png")
    page.goto(f"{served(run)}/run/")
    page.wait_for_selector("#charts canvas")
    assert page.text_content("#trouble") == ""
    assert "collapsing" in page.inner_text("#states")
    assert page.input_value("#moment") == "1"
    with RunFolder(run).metrics.open("a") as file:
        file.write("200,1.2,1.0,3,,\n")
    Image.new("RGB", (64, 64), "teal").save(run / "samples" / "00000200.png")
    page.wait_for_function("() => document.querySelector('#played').textContent.startsWith('200')")
    page.wait_for_function("() => document.querySelector('#moment').value === '2'")  # the newest is followed
    page.locator("#moment").fill("0")
    assert page.inner_text("#after") == "after 0 batches"
    RunFolder(run).record.write_text('{"status')  # half a file: what is known stays, and that is said
    page.wait_for_selector("#trouble:not([hidden])")
    assert page.inner_text("#played").startswith("200")
    page.select_option("#language", "es")
    page.wait_for_function("() => document.querySelector('#after').textContent.includes('lotes')")
    assert page.input_value("#moment") == "0"


def test_a_latent_space_is_walked_through(served: Serve, page: Any, saved: Any, tmp_path: Path) -> None:
    keys = ("model=vae", "data=digits", "data.image_size=8")
    page.goto(f"{served(saved(tmp_path / 'vae', (1, 8, 8), 10, *keys))}/explore/")
    page.wait_for_selector(".direction")
    page.wait_for_selector("#tiles .tile[aria-pressed=true]")
    first = page.get_attribute("#image", "src")
    slider = page.locator(".direction input").first
    slider.focus()
    slider.press("End")
    page.wait_for_function("(before) => document.querySelector('#image').src !== before", arg=first)
    page.wait_for_selector("#row-tiles .tile")
    page.select_option("#language", "es")
    page.wait_for_function("() => document.querySelector('#row-says').textContent.startsWith('En la')")
    assert slider.input_value() == "3"
    page.select_option("#language", "en")
    page.wait_for_function("() => document.querySelector('#row-says').textContent.startsWith('Along')")
    page.click("#still")
    page.wait_for_function("(before) => document.querySelector('#image').src === before", arg=first)
    page.click("#pin")
    page.click("#tiles .tile:nth-child(3)")
    page.click("#pin")
    page.wait_for_selector("#walk:not([hidden])")
    assert page.get_attribute("#frame", "max") == "12"
    page.click("#nearest")
    page.wait_for_function("() => document.querySelector('#near-says').textContent.includes('distance')")
    with page.expect_download() as download:
        page.click("#save-npz")
    assert download.value.suggested_filename == "latents.npz"
    digit = tmp_path / "digit.png"
    Image.linear_gradient("L").save(digit)
    page.set_input_files("#file", digit)
    page.wait_for_selector("#given:not([hidden])")
    page.fill("#seed", "5")
    page.wait_for_function("() => document.querySelector('#command').textContent.includes('seed=5')")
    assert re.search(r"gan-sample run=\S+ num_samples=24 seed=5", page.inner_text("#command"))
