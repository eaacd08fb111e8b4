"""Groups and options, read from their files."""

from gan_runner.cli.groups import complete, page_of_choices
from gan_runner.config.options import CONFIGS, options


def test_options_in_folders_come_last():
    found = options(CONFIGS / "experiment")
    assert {"digits", "ring/gan", "grid/gan"} <= set(found)
    assert [option.count("/") for option in found] == sorted(option.count("/") for option in found)
    assert all((CONFIGS / "experiment" / f"{option}.yaml").is_file() for option in found)


def test_the_page_gathers_the_options_of_a_folder():
    (line,) = (line for line in page_of_choices("train").splitlines() if line.startswith("  experiment "))
    assert line.count(" ring/") == 1
    assert "ring/{ensemble, " in line


def test_options_in_folders_are_completed():
    assert complete("train", "gan-train experiment=ring/g") == ["experiment=ring/gan"]
