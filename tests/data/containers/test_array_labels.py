import numpy as np
import pytest

from gan_runner.data.containers.array_labels import columns, names_or_vectors


def test_labels_are_a_row_for_each_image():
    for shape in ((6,), (6, 1), (1, 6), (6, 1, 1, 1)):
        assert columns(np.arange(6).reshape(shape), 6).tolist() == [[0], [1], [2], [3], [4], [5]]
    assert columns(np.zeros((6, 14)), 6).shape == (6, 14)
    assert columns(np.array([[10]]), 1).shape == (1, 1)  # one image's label keeps its axis
    with pytest.raises(ValueError, match=r"of shape \(5,\) are not one for each of 6 images"):
        columns(np.zeros(5), 6)
    with pytest.raises(ValueError, match=r"of shape \(\) are not"):
        columns(np.array(1), 1)


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.array([0, 10, 2], np.uint8), ["0", "10", "2"]),
        (np.array([0.0, 10.0, 2.0]), ["0", "10", "2"]),
        (np.array([True, False]), ["1", "0"]),
        (np.array(["cat", "dog "]), ["cat", "dog"]),
        (np.array([b"cat", b"dog"], object), ["cat", "dog"]),
        (np.array(["a/b", ".x"]), ["a_b", "_x"]),
        (np.eye(3)[[2, 0]], ["2", "0"]),
    ],
)
def test_classes(labels, names):
    assert names_or_vectors([labels.reshape(len(labels), -1)]) == ([names], None)


@pytest.mark.parametrize(
    "labels", [[[0, 1, 1], [0, 0, 0]], [[0.5, 1.5], [1.0, 2.0]], [[0.25], [1.0]], [[3, 4], [5, 6]]]
)
def test_vectors(labels):
    names, vectors = names_or_vectors([np.array(labels)])
    assert names is None
    assert vectors.dtype == np.float32
    assert vectors.tolist() == labels


def test_what_one_split_says_holds_for_all():
    several, one_hot = np.array([[0, 1, 1]]), np.array([[0, 1, 0]])
    assert names_or_vectors([one_hot, one_hot])[0] == [["1"], ["1"]]
    assert names_or_vectors([one_hot, several])[1].tolist() == [[0, 1, 0], [0, 1, 1]]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([np.zeros((3, 1)), np.zeros((3, 2))], "have not as many columns"),
        ([np.array([[np.nan]])], "are no finite numbers"),
        ([np.array([[1j]])], "are no finite numbers"),
        ([np.array([["a", "b"]])], "are words in several columns"),
        ([np.array([[" "]])], "have an empty word"),
    ],
)
def test_what_is_neither_is_said(parts, said):
    with pytest.raises(ValueError, match=said):
        names_or_vectors(parts)
