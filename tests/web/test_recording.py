"""A recording is one file: nothing in it is fetched from anywhere."""

import re

from gan_runner.web.recording import FRAMES, MODULES, STATIC, joined, shell


def test_the_page_holds_all_it_needs_and_one_place_for_frames() -> None:
    page = shell()
    assert page.count(FRAMES) == 1
    assert not re.search(r"^(import|export) ", page, re.MULTILINE)
    assert not re.search(r"(?:src|href)=", page)
    assert "function showRecording" in page


def test_joined_modules_have_names_of_their_own() -> None:
    named = re.findall(r"^(?:async )?(?:function|const|let|class) (\w+)", joined(MODULES), re.MULTILINE)
    assert len(named) == len(set(named))


def test_each_module_comes_after_those_that_it_imports() -> None:
    for place, name in enumerate(MODULES):
        needed = re.findall(r'from "(?:\.\./|\./)([\w/]+\.js)"', (STATIC / name).read_text(encoding="utf-8"))
        assert all(one in MODULES[:place] for one in needed), name
