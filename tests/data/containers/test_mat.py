import numpy as np
import pytest
from scipy.io import savemat

from gan_runner.data.containers import memory
from gan_runner.data.containers.mat import Mat

h5py = pytest.importorskip("h5py")
X = np.random.default_rng(0).integers(0, 256, (32, 32, 3, 12), dtype=np.uint8)
Y = np.array([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 1]], np.uint8).T


def newer(path, **arrays):
    """As MATLAB's save -v7.3 does: HDF5 with the axes reversed, behind a header of its own."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, values in arrays.items():
            file[name] = values.T
            file[name].attrs["MATLAB_class"] = np.bytes_(values.dtype.name)
        file["#refs#/a"] = np.zeros((4, 8, 8))
    with path.open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64, HDF5 schema 1.00 .".ljust(116) + bytes(8) + b"\0\2IM")
    return path


@pytest.fixture(params=["5", "5, compressed", "7.3"])
def saved(request, tmp_path):
    def save(**arrays):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))} set.mat"
        if request.param == "7.3":
            return Mat(newer(path, **arrays))
        savemat(path, arrays, do_compression="compressed" in request.param)
        return Mat(path)

    return save


def test_svhn_has_the_images_last_and_calls_zero_ten(saved):
    container = saved(X=X, y=Y)
    assert list(container.names) == [f"{label % 10}/{place:02d}" for place, label in enumerate(Y[:, 0])]
    assert np.array_equal(container.read(7), X[..., 7])
    assert container.plain


def test_one_image_keeps_its_axis(saved):
    container = saved(X=X[..., :1], y=Y[:1])
    assert list(container.names) == ["1/0"]
    assert np.array_equal(container.read(0), X[..., 0])


def test_matlab_drops_a_last_axis_of_one(saved):
    container = saved(X=X[..., 0], y=np.array([[10.0]]))
    assert list(container.names) == ["0/0"]
    assert np.array_equal(container.read(0), X[..., 0])


def test_labels_of_other_sets_keep_their_numbers(saved):
    container = saved(images=X, labels=Y)
    assert container.names[9] == "10/09"
    assert saved(X=X[..., :3], y=np.array([[0, 10, 2]])).names[1] == "10/1"


def test_images_may_lie_first(saved):
    first = X.transpose(3, 0, 1, 2)
    container = saved(images=first, labels=Y)
    assert len(container.names) == 12
    assert np.array_equal(container.read(7), X[..., 7])


def test_a_folder_of_svhns_files_is_a_set(tmp_path):
    for split in ("train", "test", "extra"):
        savemat(tmp_path / f"{split}_32x32.mat", {"X": X, "y": Y})
    assert Mat.recognises(tmp_path)
    container = Mat(tmp_path)
    assert [container.names[at] for at in (0, 12)] == ["train/1/00", "test/1/00"]
    assert len(container.names) == 24  # the extra ones are no split
    assert container.file_of(12) == tmp_path / "test_32x32.mat"
    assert np.array_equal(container.read(13), X[..., 1])


def test_matlabs_truths_are_black_and_white(tmp_path):
    shapes = X[..., 0, :] > 99
    savemat(tmp_path / "set.mat", {"images": shapes, "names": np.array(["a"], object), "s": {"a": 1}})
    container = Mat(tmp_path / "set.mat")
    assert container.read(3).dtype == bool
    assert np.array_equal(container.read(3), shapes[..., 3])


def test_it_is_known_by_its_bytes(tmp_path):
    savemat(tmp_path / "set", {"X": X}, appendmat=False)
    assert Mat.recognises(tmp_path / "set")
    assert Mat.recognises(newer(tmp_path / "newer", X=X))
    assert not Mat.recognises(tmp_path)


def test_what_it_would_take_is_asked_before(tmp_path, monkeypatch):
    savemat(tmp_path / "set.mat", {"X": X}, do_compression=True)
    monkeypatch.setattr(memory, "free_bytes", lambda: 10_000)
    with pytest.raises(ValueError, match=r"set\.mat: X takes 0 MB of memory and 0 MB are free: save it with -v7\.3"):
        Mat(tmp_path / "set.mat").list_names()


@pytest.mark.parametrize("length", [2, 150])
def test_what_is_damaged_is_said(tmp_path, length):
    savemat(tmp_path / "set.mat", {"X": X, "y": Y}, do_compression=True)
    content = (tmp_path / "set.mat").read_bytes()
    (tmp_path / "set.mat").write_bytes(content[: len(content) // 2 if length == 2 else length])
    with pytest.raises(ValueError, match=r"set\.mat cannot be read as a file of MATLAB, it is damaged or cut off"):
        Mat(tmp_path / "set.mat").list_names()


def test_what_leaves_it_open_is_said(saved):
    with pytest.raises(ValueError, match=r"images \(28, 27, 9\) uint8 may be \(H, W, N\) or \(N, H, W\): say which"):
        saved(images=np.zeros((28, 27, 9), np.uint8)).list_names()
