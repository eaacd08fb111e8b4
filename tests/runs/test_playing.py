"""Whether a run is being played now."""

import os
import platform

import pytest

from gan_runner.runs.playing import alive, is_playing

HERE = {"status": "running", "host": platform.node(), "process": os.getpid()}
NOBODY = 2**22 + 1
"""Above the largest number of a process."""


@pytest.mark.parametrize(
    ("facts", "plays"),
    [
        ({}, True),
        ({"status": "finished"}, False),
        ({"host": "elsewhere"}, False),
        ({"process": NOBODY}, False),
        ({"process": 0}, False),
    ],
)
def test_a_run_plays_while_its_process_is_there(facts: dict[str, object], plays: bool) -> None:
    assert is_playing(HERE | facts) is plays


def test_processes() -> None:
    assert alive(os.getpid())
    assert alive(1)  # of somebody else, perhaps
    assert not alive(NOBODY)
