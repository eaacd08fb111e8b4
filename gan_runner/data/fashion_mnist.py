"""Fashion-MNIST: articles of clothing in MNIST's format."""

from gan_runner.data.fetching.downloads import File
from gan_runner.data.fetching.packages import DebianPackage
from gan_runner.data.mnist import MNIST


class FashionMNIST(MNIST):
    """60,000 + 10,000 articles of clothing, grey, 28 × 28 pixels; 10 classes. Settings as MNIST's.

    `root` is laid out as torchvision's: <root>/FashionMNIST/raw/train-images-idx3-ubyte, plain or .gz.
    Source: Xiao, Rasul & Vollgraf 2017, Fashion-MNIST (arXiv:1708.07747).
    """

    class_names = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
                   "Ankle boot")  # fmt: skip
    title = "FashionMNIST"
    package = DebianPackage("dataset-fashion-mnist")
    files = (
        File(
            "train-images-idx3-ubyte",
            47_040_016,
            "sha256:c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        ),
        File(
            "train-labels-idx1-ubyte",
            60_008,
            "sha256:bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        ),
        File(
            "t10k-images-idx3-ubyte",
            7_840_016,
            "sha256:5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        ),
        File(
            "t10k-labels-idx1-ubyte",
            10_008,
            "sha256:0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
    )
