"""gan-play as a user starts it."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gan_runner.cli import play as command
from gan_runner.cli.play import NEEDED, Request
from gan_runner.config.errors import ConfigError


@pytest.fixture
def gan_play(run_command: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: run_command("gan-play", *arguments)


def test_help_tells_the_keys_and_how_to_begin(gan_play: Callable[..., Any]) -> None:
    done = gan_play("--help")
    assert done.code == 0
    assert "gan-play explore=last" in done.out
    for key in command.OWN:
        assert f"  {key}: " in done.out


def test_own_keys_are_told_from_what_the_game_begins_with() -> None:
    request = Request.of(["data=ring", "lang=es", "port=8123", "open=false", "tricks=[ema]", "run=null"])
    assert request == Request(("data=ring", "tricks=[ema]"), lang="es", port=8123, open=False)


@pytest.mark.parametrize(
    ("argument", "told"),
    [("lang=fr", "en or es"), ("port=70000", "65535"), ("port=x", "65535"), ("open=yes", "true or false"),
     ("--port", "key=value"), ("ring", "key=value"), ("data=digits", "deals images, and this page plays points"),
     ("tricks=[nonsense]", "tricks=nonsense does not exist"), ("optimizer.lr=-1", "greater than or equal to 0")],
)  # fmt: skip
def test_a_mistake_is_answered_by_one_sentence(gan_play: Callable[..., Any], argument: str, told: str) -> None:
    done = gan_play(argument)
    assert done.code == 1
    assert done.err.startswith("gan-play: ")
    assert told in done.err
    assert done.err.count("\n") == 1


def test_a_run_and_its_latent_space_are_two_pages() -> None:
    with pytest.raises(ConfigError, match="one of them"):
        Request.of(["run=last", "explore=last"])


def test_a_run_that_is_not_there_is_told(gan_play: Callable[..., Any]) -> None:
    for key in ("run", "explore"):
        done = gan_play(f"{key}=last", "open=false")
        assert done.code == 1
        assert "no run lies below outputs" in done.err


def test_a_port_that_is_taken_is_told(gan_play: Callable[..., Any]) -> None:
    from gan_runner.web.server import listening

    with listening(0) as taken:
        done = gan_play(f"port={taken.getsockname()[1]}", "open=false")
    assert done.code == 1
    assert "is taken" in done.err
    assert done.err.count("\n") == 1


def test_what_is_not_installed_is_told(gan_play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in NEEDED else found(name))
    done = gan_play("open=false")
    assert done.code == 1
    assert "pip install 'gan-runner[web]'" in done.err
    assert done.err.count("\n") == 1


def test_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    script = [sys.executable, "-m", "gan_runner.cli.play", "open=false"]
    with subprocess.Popen(
        script, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().partition("127.0.0.1:")[2].partition("/")[0])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all that were started
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "has ended" in out
    assert err == ""
