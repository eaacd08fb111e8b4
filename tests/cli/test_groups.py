"""Groups and options, as a page shows and a shell completes them."""

import pytest

from gan_runner.cli.groups import complete, page_of_choices, page_of_keys
from gan_runner.config.options import CONFIGS


def test_the_page_gathers_the_options_of_a_folder():
    page = " ".join(page_of_choices("train").split())
    assert page.count(" ring/") == 1
    assert "ring/{ensemble, " in page


@pytest.mark.parametrize(("columns", "widest"), [("60", 60), ("300", 120)])
def test_no_line_of_the_page_is_wider_than_the_terminal(monkeypatch, columns, widest):
    monkeypatch.setenv("COLUMNS", columns)
    lines = page_of_choices("train").splitlines()
    assert max(map(len, lines)) <= widest
    assert {len(line) - len(line.lstrip()) for line in lines} == {2, 14}


def test_options_in_folders_are_completed():
    assert complete("train", "gan-train experiment=ring/g") == ["experiment=ring/gan"]


def test_options_of_a_group_in_another_place_are_completed():
    assert complete("train", "gan-train data=degraded data@data.of=dig") == ["data@data.of=digits"]
    assert complete("train", "gan-train +tricks@tricks.ema=em") == ["+tricks@tricks.ema=ema"]


def test_what_options_share_is_not_offered():
    shared = {path.stem for path in CONFIGS.rglob("_*.yaml")} | {path.name for path in CONFIGS.rglob("_*/")}
    assert {"_adversarial", "_restoring", "_memory", "_player"} <= shared
    words = page_of_choices("train").replace(",", " ").split()
    for group in ("system", "model", "data", "optimizer", "schedule"):
        words += [word.partition("=")[2] for word in complete("train", f"gan-train {group}=") or ()]
    assert not {part for word in words for part in word.split("/")} & shared


@pytest.mark.parametrize("command", ["sample", "evaluate", "translate", "detect"])
def test_the_page_of_a_command_has_the_keys_that_it_shares_with_others(command):
    page = page_of_keys(command)
    for line in (
        "run: null  ",
        "a run folder: its last checkpoint",
        "accelerator: auto  ",
        "auto | cpu | gpu",
        "seed: 0",
    ):
        assert line in page
    assert "hydra" not in page
    assert complete(command, f"gan-{command} overw") == ["overwrite="]
