import numpy as np
import pytest

from gan_runner.data.containers.layouts import LAYOUTS, Layout, layout_of, matlab_layout_of


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((60000, 28, 28), "nhw"),
        ((5, 32, 32, 3), "nhwc"),
        ((5, 3, 32, 32), "nchw"),
        ((5, 32, 32, 1), "nhwc"),
        ((5, 1, 28, 28), "nchw"),
        ((5, 8, 8, 3), "nhwc"),
        ((5, 64, 64, 13), "nhwc"),
        ((5, 13, 64, 64), "nchw"),
        ((5, 3, 64, 2), "nchw"),
        ((5, 28, 28, 28), "ndhw"),
        ((3, 20, 64, 64), "ndhw"),
    ],
)
def test_the_shape_tells_the_layout(shape, axes):
    assert layout_of(shape).axes == axes


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((5, 3, 64, 3), "may be .* data.array=:nhwc or data.array=:nchw"),
        ((5, 1, 1, 4), "data.array=:nhwc or data.array=:nchw"),
        ((5, 8, 8, 8), "data.array=:ndhw"),
        ((64, 64, 3), "is one image"),
        ((5, 784), "has 2 axes"),
        ((5, 4, 28, 28, 3), "has 5 axes"),
        ((5,), "has 1 axes"),
    ],
)
def test_what_it_leaves_open_is_said(shape, said):
    with pytest.raises(ValueError, match=said):
        layout_of(shape)


@pytest.mark.parametrize(
    ("shape", "count", "axes"),
    [
        ((32, 32, 3, 100), 100, "hwcn"),
        ((32, 32, 3, 3), 3, "hwcn"),
        ((32, 32, 3, 100), None, "hwcn"),
        ((100, 32, 32, 3), 100, "nhwc"),
        ((100, 3, 32, 32), 100, "nchw"),
        ((28, 28, 100), None, "hwn"),
        ((100, 28, 28), None, "nhw"),
        ((28, 27, 100), 100, "hwn"),
        ((100, 27, 28), 100, "nhw"),
    ],
)
def test_matlab_has_the_images_last(shape, count, axes):
    assert matlab_layout_of(shape, count).axes == axes


@pytest.mark.parametrize(
    ("shape", "count", "said"),
    [
        ((28, 27, 100), None, "data.array=:hwn or data.array=:nhw"),
        ((28, 28, 28), 28, "data.array=:hwn"),
        ((28, 28, 9, 9), None, "data.array=:hwcn"),
        ((28, 28), 28, "has 2 axes"),
    ],
)
def test_what_matlab_leaves_open_is_said(shape, count, said):
    with pytest.raises(ValueError, match=said):
        matlab_layout_of(shape, count)


@pytest.mark.parametrize("axes", LAYOUTS)
def test_an_image_has_rows_columns_and_bands(axes):
    sizes = {"n": 5, "h": 6, "w": 7, "c": 3, "d": 2}
    whole = np.arange(np.prod([sizes[axis] for axis in axes])).reshape([sizes[axis] for axis in axes])
    layout = Layout(axes, whole.shape)
    assert (layout.rows, layout.slices) == (5, 2 if "d" in axes else 1)
    image = layout.image(whole.take(4, layout.row_axis), layout.slices - 1)
    assert image.shape == ((6, 7, 3) if "c" in axes else (6, 7))
    at = {"n": 4, "h": 5, "w": 2, "c": 1, "d": 1}
    assert image[(5, 2, 1)[: image.ndim]] == whole[tuple(at[axis] for axis in axes)]


def test_a_layout_has_as_many_letters_as_there_are_axes():
    with pytest.raises(ValueError, match="has 3 axes, and nchw are 4"):
        Layout("nchw", (5, 6, 7))
