import os
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch

from gan_runner.data.cifar10 import CIFAR10, NAMES


def write_batches(root: Path) -> Path:
    """Files of 4 images; pixels of image i: red 10 i, green 10 i + 1, blue 10 i + 2."""
    folder = root / "cifar-10-batches-py"
    folder.mkdir()
    planes = 10 * np.arange(4)[:, None] + np.arange(3)
    data = np.repeat(planes, 1024, axis=1).astype(np.uint8)
    for name in (*NAMES["train"], *NAMES["test"]):
        with (folder / name).open("wb") as stream:
            pickle.dump({"data": data, "labels": [0, 1, 2, 3]}, stream, protocol=2)
    return folder


def test_reads_the_folder(tmp_path):
    write_batches(tmp_path)
    data = CIFAR10(root=str(tmp_path), download=False)
    data.check()
    train, test = data.read("train"), data.read("test")
    assert (len(train), len(test)) == (20, 4)
    batch = train[torch.tensor([6])]
    assert batch.real.shape == (1, 3, 32, 32)
    assert batch.real[0, :, 5, 5].tolist() == [20, 21, 22]
    assert batch.label.tolist() == [2]


@pytest.mark.filterwarnings("error")
def test_reads_pickles_of_older_numpy(tmp_path):
    path = write_batches(tmp_path) / "test_batch"
    path.write_bytes(path.read_bytes().replace(b"numpy._core.", b"numpy.core."))
    assert CIFAR10(root=str(tmp_path)).read("test").labels.tolist() == [0, 1, 2, 3]


def test_reads_the_archive_as_it_comes(tmp_path):
    folder = write_batches(tmp_path)
    with tarfile.open(tmp_path / "cifar-10-python.tar.gz", "w:gz") as archive:
        archive.add(folder, folder.name)
    for path in folder.iterdir():
        path.unlink()
    data = CIFAR10(root=str(tmp_path), download=False, image_size=(16, 24), channels=1)
    data.check()
    image = data.read("test")[torch.tensor([1])].real
    assert image.shape == (1, 1, 16, 24)
    assert image.unique().tolist() == [11]


def test_a_pickle_that_asks_for_more_is_refused(tmp_path):
    class Malicious:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "harm"),)

    folder = write_batches(tmp_path)
    (folder / "test_batch").write_bytes(pickle.dumps({"data": Malicious()}, protocol=2))
    with pytest.raises(ValueError, match=r"test_batch is damaged.*mkdir"):
        CIFAR10(root=str(tmp_path)).read("test")
    assert not (tmp_path / "harm").exists()


def test_truncated_file_is_named(tmp_path):
    folder = write_batches(tmp_path)
    (folder / "data_batch_3").write_bytes((folder / "data_batch_3").read_bytes()[:100])
    with pytest.raises(ValueError, match="data_batch_3 is damaged"):
        CIFAR10(root=str(tmp_path)).read("train")


def test_missing_files_without_download(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"data_batch_1.*cifar-10-batches-py, or set data\.root"):
        CIFAR10(root=str(tmp_path), download=False).check()


def test_its_classes_have_the_names_of_the_published_set():
    assert list(CIFAR10.class_names) == sorted(CIFAR10.class_names)  # as in batches.meta
    assert CIFAR10.class_names[3] == "cat"
    assert len(set(CIFAR10.class_names)) == CIFAR10.num_classes
