"""What a browser that looks costs a live game, and how smoothly the page draws.

    python benchmarks/page.py [--rounds 3] [override …]

Starts gan-play with the overrides (by default the ring, between players of 128), plays, and takes turns: a stretch
without a browser, a stretch with the page open in a headless Chromium, which paints by the processor. Batches a second
are counted from the pictures that the server sends; frames a second are those in which the browser lets the page draw,
over five seconds; a rate is the time from the field of the page to the command line that shows it. Needs what `make
browser` installs.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from os import environ
from time import perf_counter, sleep
from typing import Any

from playwright.sync_api import sync_playwright
from websockets.sync.client import connect

STRETCH, SETTLING = 6.0, 3.0
"""Seconds of a stretch, and before the first one."""
FRAMES = """() => new Promise(done => {
  let count = 0; const begun = performance.now();
  const next = () => { count++; const taken = performance.now() - begun;
    taken > 5000 ? done(count / taken * 1000) : requestAnimationFrame(next); };
  requestAnimationFrame(next); })"""
RATE = """value => new Promise(done => {
  const field = document.querySelector("[data-key=rate-generator]"), told = document.querySelector("#command");
  const begun = performance.now(); field.value = value; field.dispatchEvent(new Event("input"));
  new MutationObserver((_, watch) => { if (told.textContent.includes(value)) { watch.disconnect();
    done(performance.now() - begun); } }).observe(told, {childList: true, characterData: true, subtree: true}); })"""


@contextmanager
def playing(overrides: list[str]) -> Iterator[str]:
    """The address of a server whose game plays."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "gan_runner", "play", "open=false", f"outputs={folder}", *overrides]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                found = re.search(r"http://\S+", server.stdout.readline())
                assert found is not None, "gan-play has not begun"
                batch(found[0])
                say(found[0], {"do": "play"})
                sleep(SETTLING)
                yield found[0]
            finally:
                server.send_signal(signal.SIGINT)
                server.communicate()


def socket(address: str) -> Any:
    """A connection to a server, as a browser makes it."""
    return connect(f"ws{address.removeprefix('http')}ws", max_size=None)


def say(address: str, message: dict[str, Any]) -> None:
    """Send a command."""
    with socket(address) as one:
        one.send(json.dumps(message))
        one.recv()


def batch(address: str) -> tuple[int, float]:
    """The batch of the newest picture, and when it came; the first that a socket brings is an old one."""
    with socket(address) as one:
        pictures = (message for message in one if isinstance(message, bytes))
        seen = [header(next(pictures))["batch"] for _ in range(1)]
        if seen[0]:
            seen.append(header(next(pictures))["batch"])
    return seen[-1], perf_counter()


def header(message: bytes) -> dict[str, Any]:
    """What stands before the arrays of a picture."""
    (length,) = struct.unpack_from("<I", message)
    return json.loads(message[4 : 4 + length])


def speed(address: str) -> float:
    """Batches a second, over a stretch."""
    first, begun = batch(address)
    sleep(STRETCH)
    last, ended = batch(address)
    return (last - first) / (ended - begun)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("overrides", nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    chromium = environ.get("GAN_BROWSER") or shutil.which("chromium") or shutil.which("google-chrome")
    rows: list[tuple[float, float, float, float]] = []
    with playing(arguments.overrides) as address, sync_playwright() as api:
        browser = api.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for index in range(arguments.rounds):
            without = speed(address)
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(address)
            page.wait_for_selector("[data-fact=batches]")
            sleep(SETTLING)
            rows.append((without, speed(address), page.evaluate(FRAMES), page.evaluate(RATE, f"0.00{11 + index}")))
            page.close()
        browser.close()
    columns = [("batches/s without a page", [row[0] for row in rows]), ("batches/s with it", [row[1] for row in rows]),
               ("share that is kept", [row[1] / row[0] for row in rows]), ("frames/s", [row[2] for row in rows]),
               ("a rate, ms", [row[3] for row in rows])]  # fmt: skip
    print("| what | median | range |\n|---|---|---|")
    for name, values in columns:
        print(f"| {name} | {statistics.median(values):.3g} | {min(values):.3g}–{max(values):.3g} |")


if __name__ == "__main__":
    main()
