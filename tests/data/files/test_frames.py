"""How many images the frames of an animation stand for, by the times that Pillow writes."""

import pytest
from PIL import Image

from fixtures.animations import animation
from gan_runner.data.files.frames import Frames, frames_of


@pytest.mark.parametrize("duration", [40, 80, 100])
@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_equal_neighbours_are_one_frame_that_is_shown_longer(tmp_path, name, duration):
    assert frames_of(animation(tmp_path / name, duration=duration)) == Frames(4, 8)
    assert frames_of(animation(tmp_path / name, [0, 80, 160], duration=duration)) == Frames(3, 3)


@pytest.mark.parametrize(
    ("saving", "expected"),
    [
        ({}, Frames(4, 4)),  # without times nothing is known
        ({"duration": [70, 50, 50, 60, 60, 60, 110, 110]}, Frames(4, 4)),  # times of their own
    ],
)
def test_times_that_tell_nothing(tmp_path, saving, expected):
    assert frames_of(animation(tmp_path / "a.gif", **saving)) == expected


def test_one_image_and_none(tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    (tmp_path / "bad.gif").write_bytes(b"GIF89a")
    assert frames_of(tmp_path / "a.png") == Frames(1, 1)
    assert frames_of(tmp_path / "bad.gif") == Frames(0, 0)
