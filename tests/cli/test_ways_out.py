import pytest

from gan_runner.cli.ways_out import of_command


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("data.root=x is not there: set data.root to a folder", "root=x is not there: set root to a folder"),
        ("1.png is in none: move it, or set data.labels=false", "1.png is in none: move it"),
        (
            "data.labels=true takes folders, and x has none: set data.labels=false, or data.splits=none if it does",
            "data.labels=true takes folders, and x has none: give root=<a folder or file as the run was trained on>",
        ),
        (
            "x may be (N, H, W, C) or (N, C, H, W): say which by data.array=:nhwc or data.array=:nchw",
            "x may be (N, H, W, C) or (N, C, H, W): give root=<a folder or file as the run was trained on>",
        ),
        ("the run is gone: gan-train resume=x data.root=y", "the run is gone: gan-train resume=x data.root=y"),
        (
            "no colon, data.limit alone",
            "no colon, data.limit alone: give root=<a folder or file as the run was trained on>",
        ),
        ("a: b", "a: b"),
    ],
)
def test_ways_out_that_a_command_lacks_are_left_out(text, said):
    assert of_command(text, "evaluate") == said
    assert of_command(text, "train") == of_command(text, "data") == text


@pytest.mark.parametrize("command", ["translate", "detect"])
def test_where_images_lie_is_called_as_the_command_calls_it(command):
    assert of_command("x has two: set data.array=a, say", command) == (
        "x has two: give input=<an image file, or a folder of images>"
    )
    assert of_command("encrypted: set data.root to the folder", command) == "encrypted: set input to the folder"
