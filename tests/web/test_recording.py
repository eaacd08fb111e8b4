"""A recording is one file: nothing in it is fetched from anywhere."""

import re

from gan_runner.web.recording import FRAMES, shell


def test_the_page_holds_all_it_needs_and_one_place_for_frames() -> None:
    page = shell()
    assert page.count(FRAMES) == 1
    assert not re.search(r"^(import|export) ", page, re.MULTILINE)
    assert not re.search(r"(?:src|href)=", page)
    assert "function showRecording" in page
    assert "game_player.showRecording(" in page
