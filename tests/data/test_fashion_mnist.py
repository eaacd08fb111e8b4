import torch
from torchvision import datasets

from gan_runner.data.fashion_mnist import FashionMNIST
from gan_runner.data.mnist import MNIST


def test_reads_its_own_folder(mnist_root):
    data = FashionMNIST(root=str(mnist_root("FashionMNIST")), image_size=28, channels=3)
    data.check()
    assert data.shape == (3, 28, 28)
    assert data.num_classes == 10
    batch = data.read("test")[torch.tensor([7])]
    assert batch.real.unique().tolist() == [71]
    assert batch.label.tolist() == [7]


def test_files_are_not_those_of_mnist():
    for ours, theirs in zip(FashionMNIST.files, MNIST.files, strict=True):
        assert ours.name == theirs.name
        assert ours.checksum != theirs.checksum
    for mirror in FashionMNIST(root="data")._mirrors():
        assert set(mirror.md5) == {f"{file.name}.gz" for file in FashionMNIST.files}


def test_its_classes_have_the_names_of_torchvision():
    assert list(FashionMNIST.class_names) == datasets.FashionMNIST.classes
    assert list(MNIST.class_names) == [name[0] for name in datasets.MNIST.classes]  # there "7 - seven"
