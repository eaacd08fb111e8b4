"""The game's page in a real browser, clicked and drawn on as a person would."""

import re
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.fake_game import FakeGame

SMALL = ("network.generator.hidden=[32,32]", "network.discriminator.hidden=[32,32]", "optimizer.lr=5e-3")


@pytest.fixture(scope="module")
def played(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """gan-play with small players, as a shell starts it: its address and the folder that it was started in."""
    folder = tmp_path_factory.mktemp("played")
    script = [sys.executable, "-m", "gan_runner.cli.play", "open=false", *SMALL]
    with subprocess.Popen(script, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None
        yield found[0], folder
        process.terminate()


@pytest.fixture
def staged(browser: Any, tmp_path: Path) -> Iterator[str]:
    """The page with a game that costs nothing: its address."""
    import uvicorn

    from gan_runner.web import command, server

    listener = server.listening(0)
    app = server.application(server.Context(command.start([]), tmp_path, FakeGame))
    running = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    running.should_exit = True
    thread.join(5)


def told(page: Any, fact: str, side: str = "left") -> float:
    """A number of a game's head."""
    text = page.inner_text(f"[data-side={side}] [data-fact={fact}]")
    return float(re.sub(r"[^\d.].*", "", text.replace(",", "")))


def wait_until(page: Any, holds: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "this did not come about"
        page.wait_for_timeout(100)


def seen(page: Any, *layers: str) -> str:
    """What the plane shows with these layers alone, once nothing moves."""
    for box in page.query_selector_all("[data-side=left] [data-layer]"):
        box.set_checked(box.get_attribute("data-layer") in layers)
    last, rests = picture(page), 0
    for _ in range(50):
        page.wait_for_timeout(300)
        before, last = last, picture(page)
        rests = rests + 1 if last == before else 0
        if rests == 3:  # a last picture may be on its way from a busy machine
            break
    return last


def picture(page: Any) -> str:
    return str(page.evaluate("document.querySelector('.plane canvas').toDataURL()"))


def opened(page: Any, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("[data-fact=batches]", timeout=40_000)


# ---- a game that is played ------------------------------------------------------------------------------------------


def test_points_move_and_the_distance_falls_and_one_player_alone_moves_its_own(
    page: Any, played: tuple[str, Path]
) -> None:
    opened(page, played[0])
    wait_until(page, lambda: page.locator("[data-fact=kl]").count() > 0)
    begun, first = seen(page, "fakes"), told(page, "kl")
    page.click("#play")
    wait_until(page, lambda: told(page, "kl") < 0.8 * first)
    page.click("#play")
    page.wait_for_timeout(500)
    fakes, surface = seen(page, "fakes"), seen(page, "surface")
    assert fakes != begun
    batch = told(page, "batches")
    page.click("#step-d")
    wait_until(page, lambda: told(page, "batches") == batch + 1)
    assert seen(page, "fakes") == fakes
    after_d = seen(page, "surface")
    assert after_d != surface
    page.click("#step-g")
    wait_until(page, lambda: told(page, "batches") == batch + 2)
    assert seen(page, "surface") == after_d
    assert seen(page, "fakes") != fakes


def test_a_trick_is_added_with_its_settings_and_a_refused_one_is_taken_back(
    page: Any, played: tuple[str, Path]
) -> None:
    opened(page, played[0])
    page.check("[data-key=trick-weight_clipping]")
    page.wait_for_selector("[data-key='tricks.weight_clipping.limit']")
    page.fill("[data-key='tricks.weight_clipping.limit']", "0.5")
    page.press("[data-key='tricks.weight_clipping.limit']", "Enter")
    wait_until(page, lambda: "tricks.weight_clipping.limit=0.5" in page.inner_text("#command"))
    wait_until(page, lambda: told(page, "batches") == 0)
    page.wait_for_timeout(300)
    page.check("[data-key=trick-spectral_norm]")
    page.wait_for_selector(".refusal:visible")
    assert "weight_clipping" in page.inner_text(".refusal")
    page.click(".refusal button")
    page.wait_for_selector(".refusal", state="hidden")
    wait_until(page, lambda: not page.is_checked("[data-key=trick-spectral_norm]"))
    assert page.is_checked("[data-key=trick-weight_clipping]")


def test_a_rate_acts_while_the_game_goes_on(page: Any, played: tuple[str, Path]) -> None:
    opened(page, played[0])
    page.click("#play")
    wait_until(page, lambda: told(page, "batches") > 20)
    before = told(page, "batches")
    page.fill("[data-key=rate-generator]", "0.002")
    wait_until(page, lambda: "optimizer.generator.lr=0.002" in page.inner_text("#command"))
    wait_until(page, lambda: told(page, "batches") > before)
    page.click("#play")


def test_a_drawing_is_played_and_its_address_shared(page: Any, browser: Any, played: tuple[str, Path]) -> None:
    address, folder = played
    opened(page, address)
    page.click("[data-key=data-draw]")
    board = page.locator("canvas.board").bounding_box()
    for height in (0.35, 0.65):
        page.mouse.move(board["x"] + 0.25 * board["width"], board["y"] + height * board["height"])
        page.mouse.down()
        page.mouse.move(board["x"] + 0.75 * board["width"], board["y"] + height * board["height"], steps=20)
        page.mouse.up()
    page.get_by_role("button", name="Use this drawing").click()
    wait_until(page, lambda: "data=points" in page.inner_text("#command"))
    assert len(list((folder / "outputs" / "points").glob("drawn-*.csv"))) == 1
    wait_until(page, lambda: page.locator("[data-fact=kl]").count() > 0 and told(page, "batches") == 0)
    first = told(page, "kl")
    page.click("#play")
    wait_until(page, lambda: told(page, "kl") < 0.9 * first)
    page.click("#play")
    shared, command = page.url, page.inner_text("#command")
    page.click("[data-key=data-grid]")
    wait_until(page, lambda: "data=grid" in page.inner_text("#command"))
    page.goto("about:blank")
    opened(page, shared)
    wait_until(page, lambda: page.inner_text("#command") == command)


def test_two_games_keep_step_and_the_command_is_one_for_gan_train(
    page: Any, played: tuple[str, Path], run_command: Callable[..., Any]
) -> None:
    opened(page, played[0])
    page.click("[data-key=data-ring]")
    wait_until(page, lambda: "data=ring" in page.inner_text("#command"))
    page.click("#compare")
    page.wait_for_selector("[data-side=right] [data-fact=batches]", timeout=40_000)
    page.check("[data-key=trick-ema]")
    wait_until(page, lambda: "ema" in page.inner_text("[data-side=right] .name"))
    page.wait_for_timeout(500)
    page.click("#play")
    wait_until(page, lambda: told(page, "batches", "left") > 60 and told(page, "batches", "right") > 60)
    assert abs(told(page, "batches", "left") - told(page, "batches", "right")) < 200
    page.click("#play")
    program, *arguments = shlex.split(page.inner_text("#command"))
    assert any(one.startswith("tricks=[") and "ema" in one for one in arguments)
    done = run_command(program, *arguments, "trainer.max_steps=2", "callbacks=none", "logger=none", "trainer=cpu")
    assert (done.code, done.err) == (0, "")
    page.click("#compare")
    page.wait_for_selector("[data-side=right]", state="detached")


# ---- the page alone -------------------------------------------------------------------------------------------------


def test_slow_motion_tells_every_stage_and_moves_at_the_last(page: Any, staged: str) -> None:
    opened(page, staged)
    page.click("#slow")
    current = page.locator(".caption [aria-current=step]")
    for stage in range(1, 6):
        wait_until(page, lambda stage=stage: current.inner_text().startswith(f"{stage} "))
        assert told(page, "batches") == 0 or stage == 5
    wait_until(page, lambda: told(page, "batches") == 1)
    page.click("#slow")
    assert current.count() == 0


def test_a_recording_opens_from_disk(page: Any, staged: str, tmp_path: Path) -> None:
    opened(page, staged)
    page.click("#record")
    wait_until(page, lambda: told(page, "batches") > 300)
    with page.expect_download() as download:
        page.click("#record")
    path = tmp_path / "recording.html"
    download.value.save_as(path)
    page.goto(path.as_uri())
    first = page.evaluate("document.querySelector('section canvas').toDataURL()")
    page.locator("input[type=range]").press("End")
    assert page.evaluate("document.querySelector('section canvas').toDataURL()") != first
    assert "gan-train model=vanilla" in page.inner_text("main > code")


@pytest.mark.parametrize(
    ("locale", "theme", "word"), [("es-ES", "dark", "Jugar"), ("en-GB", "light", "Play"), ("fr", "dark", "Play")]
)
def test_the_page_speaks_the_readers_language_and_fits(
    browser: Any, staged: str, locale: str, theme: str, word: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale=locale, color_scheme=theme)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened(page, staged)
    assert word in page.inner_text("#play")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.evaluate("document.documentElement.scrollHeight") <= 720
    unnamed = page.evaluate(
        "[...document.querySelectorAll('input, select, button')].filter((one) => !one.labels?.length"
        " && !one.getAttribute('aria-label') && !one.textContent.trim()).map((one) => one.outerHTML)"
    )
    assert not unnamed
    context.close()
    assert not errors


def test_keys_play_and_step(page: Any, staged: str) -> None:
    opened(page, staged)
    page.keyboard.press("d")
    wait_until(page, lambda: told(page, "batches") == 1)
    page.keyboard.press("Space")
    wait_until(page, lambda: told(page, "batches") > 20)
    page.keyboard.press("Space")
    page.keyboard.press("r")
    wait_until(page, lambda: told(page, "batches") == 0)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ('{"left":["model=vanilla"],"right":5}', ""),
        ('{"left":["model=vanilla"],"shared":{"a":1},"layers":5,"lang":[]}', ""),
        ('{"left":[{}],"unknown":1}', "cannot be read"),
        (f'{{"left":["model=vanilla"],"drawn":[{",".join(["[0.1,0.2]"] * 60_000)}]}}', "at most 2000 items"),
    ],
    ids=["right", "layers", "lists", "drawing"],
)
def test_an_address_that_makes_no_sense_leaves_the_page_whole(page: Any, staged: str, address: str, said: str) -> None:
    page.goto(f"{staged}#{address}")
    page.locator("#games > *").wait_for()
    page.locator("#said", has_text=said).wait_for(state="attached")
    assert page.inner_text("#command").startswith("gan-train ")
