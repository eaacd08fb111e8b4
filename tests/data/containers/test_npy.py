import numpy as np
import pytest

from gan_runner.data.containers.npy import Npy, Rows

IMAGES = np.random.default_rng(0).integers(0, 256, (150, 8, 9, 3), dtype=np.uint8)


@pytest.mark.parametrize("order", ["C", "F"])
def test_it_is_mapped(tmp_path, order):
    np.save(tmp_path / "set.npy", np.asarray(IMAGES, order=order))
    container = Npy(tmp_path / "set.npy")
    assert isinstance(container.whole("images"), np.memmap)
    assert len(container.names) == 150
    for index in (0, 70, 149):
        assert np.array_equal(container.read(index), IMAGES[index])


def test_it_is_known_by_its_bytes(tmp_path):
    np.save(tmp_path / "set.npy", IMAGES)
    assert Npy.recognises((tmp_path / "set.npy").rename(tmp_path / "no suffix"))
    (tmp_path / "set.npy").write_text("words")
    assert not Npy.recognises(tmp_path / "set.npy")
    assert not Npy.recognises(tmp_path)


def test_rows_that_lie_apart_are_copied_together():
    turned = np.asfortranarray(IMAGES)
    copied = []

    class Counted(np.ndarray):
        def copy(self, *order):
            copied.append(self.shape)
            return super().copy(*order)

    rows = Rows()
    for index in range(150):
        assert np.array_equal(rows.of("x", turned.view(Counted), 0, index), IMAGES[index])
    assert copied == [(64, 8, 9, 3), (64, 8, 9, 3), (22, 8, 9, 3)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda content: content[: len(content) // 2],
            r"set\.npy is cut off: its header promises 32400 bytes of pixels",
        ),
        (lambda content: content[:20], r"set\.npy cannot be read as an array of numpy"),
        (lambda content: content[:6] + b"\7\0" + content[8:], r"set\.npy cannot be read as an array of numpy"),
    ],
)
def test_what_is_damaged_is_said(tmp_path, change, said):
    np.save(tmp_path / "set.npy", IMAGES)
    content = change((tmp_path / "set.npy").read_bytes())
    (tmp_path / "set.npy").write_bytes(content)
    with pytest.raises(ValueError, match=said):
        Npy(tmp_path / "set.npy").list_names()


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.array([{"a": 1}], object), r"images \(1,\) of objects, whose pickles are never read"),
        (np.zeros((8, 9, 3), np.uint8), r"images \(8, 9, 3\) uint8 is one image"),
        (np.zeros(3, [("名", int)]), "its version 3.0 is that of tables"),
    ],
)
def test_what_holds_no_set_is_said(tmp_path, array, said):
    np.save(tmp_path / "set.npy", array)
    with pytest.raises(ValueError, match=said):
        Npy(tmp_path / "set.npy").list_names()
