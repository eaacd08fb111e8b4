"""Samples and translations: arrays that show themselves."""

import re
from base64 import b64decode
from io import BytesIO

import numpy as np
import torch
from PIL import Image

from gan_runner.api.images import Samples, Translations

TENSOR = torch.linspace(-1, 1, 20 * 64).reshape(20, 1, 8, 8)
ARRAY = ((TENSOR + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()


def shown(html: str) -> Image.Image:
    found = re.search(r'src="data:image/\w+;base64,([^"]+)"', html)
    assert found
    return Image.open(BytesIO(b64decode(found[1])))


def test_samples_are_an_array() -> None:
    samples = Samples(
        ARRAY, np.arange(20) % 10, tuple("0123456789"), "20 samples", TENSOR, 10, False, tuple("0123456789")
    )
    assert np.asarray(samples) is ARRAY
    assert np.array(samples, copy=True) is not ARRAY
    assert np.asarray(samples, np.float32).dtype == np.float32
    assert len(samples) == len([*samples]) == 20
    assert (samples[3] == ARRAY[3]).all()
    assert repr(samples) == "Samples(20×8×8×1 uint8: 20 samples)"


def test_a_notebook_shows_a_picture_within_its_page() -> None:
    samples = Samples(ARRAY, None, (), "20 <samples>", TENSOR)
    html = samples._repr_html_()
    assert shown(html).size == samples.picture().size
    assert "20 &lt;samples&gt;" in html
    assert "http" not in html
    columns = Samples(ARRAY, None, (), "", TENSOR, 10, False, tuple("0123456789"))
    assert columns.picture().width > columns.picture().height


def test_of_many_the_first_are_shown_in_whole_rows() -> None:
    many = TENSOR.repeat(10, 1, 1, 1)
    html = Samples(ARRAY.repeat(10, 0), None, (), "200 samples", many, 30)._repr_html_()
    assert "200 samples; the first 90" in html


def test_points_are_a_plot() -> None:
    points = torch.randn(300, 2)
    samples = Samples(points.numpy(), None, (), "300 samples", points)
    assert "the first" not in samples._repr_html_()
    assert repr(samples).startswith("Samples(300×2 float32")


def test_bands_that_no_picture_has_are_shown_in_colour() -> None:
    bands = torch.rand(4, 5, 8, 8) * 2 - 1
    assert Samples(np.zeros((4, 8, 8, 5), np.uint8), None, (), "", bands).picture().mode == "RGB"


def test_translations_show_a_row_for_each_image() -> None:
    columns = {"input": ARRAY[:9], "translated": ARRAY[9:18]}
    made = Translations(ARRAY[9:18], columns, "9 images", {"input": TENSOR[:9], "translated": TENSOR[9:18]})
    assert np.asarray(made) is made.array
    assert len(made) == len([*made]) == 9
    assert (made[0] == ARRAY[9]).all()
    assert repr(made) == "Translations(9×8×8×1 uint8: 9 images)"
    assert "9 images; the first 8" in made._repr_html_()
    assert shown(made._repr_html_()).height < made.picture().height
