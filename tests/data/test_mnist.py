import os
import stat

import pytest
import torch

from gan_runner.data.mnist import MNIST


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_reads_a_read_only_root(mnist_root, suffix):
    root = mnist_root(suffix=suffix)
    for path in (*root.rglob("*"), root):
        path.chmod(stat.S_IRUSR | (stat.S_IXUSR if path.is_dir() else 0))
    try:
        data = MNIST(root=str(root), image_size=28)
        data.check()
        data.prepare_data()
        train, test = data.read("train"), data.read("test")
    finally:
        for path in (root, *root.rglob("*")):
            path.chmod(stat.S_IRWXU)
    assert (len(train), len(test)) == (40, 20)
    batch = train[torch.tensor([3, 14])]
    assert batch.label.tolist() == [3, 4]
    assert batch.label.dtype == torch.int64
    assert batch.real.dtype == torch.uint8
    assert batch.real.unique().tolist() == [31, 41]


def test_32_pixels_are_a_border_and_nothing_is_interpolated(mnist_root):
    data = MNIST(root=str(mnist_root()))
    image = data.read("train")[torch.tensor([5])].real[0, 0]
    assert data.shape == (1, 32, 32)
    assert image[2:30, 2:30].unique().tolist() == [51]
    image[2:30, 2:30] = 0
    assert image.sum() == 0


@pytest.mark.parametrize(("image_size", "channels"), [(64, 1), (16, 3), ((28, 40), 3), (32, 3)])
def test_other_sizes_and_colour(mnist_root, image_size, channels):
    data = MNIST(root=str(mnist_root()), image_size=image_size, channels=channels)
    image = data.read("test")[torch.arange(6)].real
    assert image.shape == (6, *data.shape)
    assert torch.equal(image[:, 0], image[:, -1])
    assert image[5].max() == 51


def test_without_download_one_sentence_says_where_the_files_go(tmp_path):
    data = MNIST(root=str(tmp_path), download=False)
    expected = r"data\.download=false.*train-images-idx3-ubyte.*MNIST/raw, or set data\.root"
    with pytest.raises(FileNotFoundError, match=expected):
        data.check()
    with pytest.raises(FileNotFoundError, match=expected):
        data.read("train")


def test_download_into_a_folder_that_cannot_be_written_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # a mode bit would not stop root
    with pytest.raises(FileNotFoundError, match=r"cannot be written.*data\.root"):
        MNIST(root=str(tmp_path)).check()


def test_root_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileNotFoundError, match=r"cannot be written.*data\.root"):
        MNIST(root=str(tmp_path / "file")).check()


def test_damaged_file_is_named(mnist_root):
    root = mnist_root()
    path = root / "MNIST/raw/train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte\.gz is damaged.*delete it"):
        MNIST(root=str(root)).read("train")


def test_images_and_labels_must_agree(mnist_root):
    root = mnist_root(suffix="")
    raw = root / "MNIST/raw"
    (raw / "train-labels-idx1-ubyte").write_bytes((raw / "t10k-labels-idx1-ubyte").read_bytes())
    with pytest.raises(ValueError, match=r"\(40, 28, 28\).*\(20,\).*data\.root"):
        MNIST(root=str(root)).read("train")


def test_mirrors_have_a_checksum_for_every_file():
    for mirror in MNIST(root="data")._mirrors():
        assert set(mirror.md5) == {f"{file.name}.gz" for file in MNIST.files}
