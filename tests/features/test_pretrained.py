"""What every net trained on photographs has in common: its preparation, its name, its refusals."""

import hashlib
import logging

import pytest
import torch
from torch import nn
from torch.nn import functional

from gan_runner.data.gaussians import Gaussians
from gan_runner.data.synthetic import Synthetic
from gan_runner.evaluation.kept_looks import key_of
from gan_runner.features import pretrained
from gan_runner.features.pretrained import HALF, Fetched, Photographs, Preparation
from gan_runner.features.weights import Published, state_of

CPU = torch.device("cpu")
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


class Means(Fetched):
    """Of each channel, times a weight: a net as small as can be."""

    option, holds, side = "means", "a net of means", 6

    def published(self):
        return Published("means.pth", self.address, 10_000)

    def build(self, path):
        layer = nn.Conv2d(3, 3, 1, groups=3, bias=False)
        layer.load_state_dict(state_of(path))
        network = nn.Sequential(layer, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        return network, Preparation(self.side, self.side, "bicubic")


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "state.pth"
    torch.save({"weight": torch.tensor([1.0, 2.0, 4.0]).view(3, 1, 1, 1)}, path)
    return path


def test_figures_are_called_by_net_weights_and_size(weights, caplog):
    made = Means(weights=str(weights))
    with caplog.at_level(logging.INFO):
        extractor = made.extractor(Synthetic(), CPU)
    known = hashlib.sha256(weights.read_bytes()).hexdigest()[:8]
    assert extractor.name == f"means_{known}_6px"
    assert f"images are seen through {extractor.name}: 6 × 6 pixels, bicubic, in [-1, 1], weights" in caplog.text
    assert made.extractor(Synthetic(), CPU) is extractor  # loaded once
    assert not extractor.network.training
    assert not any(weight.requires_grad for weight in extractor.parameters())


@pytest.mark.parametrize("channels", [1, 3])
def test_images_are_resized_as_pillow_does_and_grey_ones_become_colour(channels, weights):
    extractor = Means(weights=str(weights)).extractor(Synthetic(channels=channels), CPU)
    image = torch.rand(20, channels, 12, 12) * 2 - 1  # more than it looks at together
    small = functional.interpolate(image, (6, 6), mode="bicubic", antialias=True).clamp(-1, 1)
    expected = small.mean((2, 3)).expand(-1, 3) * torch.tensor([1.0, 2.0, 4.0])
    torch.testing.assert_close(extractor(image).features, expected)


def test_a_sharp_edge_goes_nowhere_beyond_black_and_white():
    photographs = Photographs(nn.Identity(), Preparation(20, 20, "bicubic"))
    edge = torch.cat([-torch.ones(1, 3, 10, 5), torch.ones(1, 3, 10, 5)], 3)
    assert photographs.shown(edge).abs().max() == 1


@pytest.mark.parametrize("statistics", [(HALF, HALF), IMAGENET])
def test_pixels_are_scaled_as_the_net_learned_them(statistics):
    photographs = Photographs(nn.Identity(), Preparation(4, 4, "bilinear", *statistics))
    image = torch.rand(2, 3, 4, 4)
    mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in statistics)
    torch.testing.assert_close(photographs(image * 2 - 1), (image - mean) / deviation)


def test_another_preparation_is_another_look_kept(weights):
    images = torch.zeros(1, 3, 4, 4, dtype=torch.uint8)
    one = Means(weights=str(weights)).extractor(Synthetic(), CPU)
    key = key_of(one, images)
    assert key == key_of(Means(weights=str(weights)).extractor(Synthetic(), CPU), images)
    one.prepared = one.prepared.replace("bicubic", "bilinear")
    assert key_of(one, images) != key


def test_sizes_are_told_by_one_number_or_two():
    assert Preparation(224, 224, "bicubic").size == "224px"
    assert Preparation(128, 256, "bicubic").size == "128x256px"


@pytest.mark.parametrize("data", [Gaussians(), Synthetic(channels=4)])
def test_points_and_four_channels_are_refused(data, weights):
    with pytest.raises(ValueError, match=r"features=means looks at images of 1 or 3 channels"):
        Means(weights=str(weights)).meet(data)


def test_a_package_that_is_missing_is_named_with_what_installs_it(weights, monkeypatch):
    monkeypatch.setattr(Means, "packages", ("torch", "no_such_package"))
    with pytest.raises(ValueError, match=r"needs no_such_package, not installed here: pip install 'gan-runner\[feat"):
        Means(weights=str(weights)).meet(Synthetic())


def test_weights_that_are_nowhere_are_missed_before_anything_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(Means, "address", "", raising=False)
    with pytest.raises(FileNotFoundError, match=r"features\.weights=.*cannot be read"):
        Means(weights=str(tmp_path / "none")).meet(Synthetic())
    with pytest.raises(FileNotFoundError, match=r"means\.pth is not there \(features\.download=false\)"):
        Means().meet(Synthetic())
    Means(download=True).meet(Synthetic())


def test_own_weights_are_fetched_once(weights, tmp_path, monkeypatch, serve):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(Means, "address", serve(everything=weights.read_bytes()) + "means.pth", raising=False)
    name = Means(download=True).extractor(Synthetic(), CPU).name
    assert name == Means(weights=str(weights)).extractor(Synthetic(), CPU).name
    monkeypatch.setattr(Means, "address", "")
    assert Means().extractor(Synthetic(), CPU).name == name


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"nonsense", ""), (None, r"Missing key.*weight"), ({"weight": torch.ones(2, 1, 1, 1)}, "size mismatch")],
)
def test_a_file_of_something_else_is_one_sentence(content, reason, tmp_path):
    path = tmp_path / "other.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content or {"a": torch.ones(1)}, path)
    with pytest.raises(ValueError, match=rf"other\.pth holds no weights of a net of means \(.*{reason}.*\): set it"):
        Means(weights=str(path)).extractor(Synthetic(), CPU)


def test_more_images_at_once_change_nothing(weights, monkeypatch):
    extractor = Means(weights=str(weights)).extractor(Synthetic(), CPU)
    image = torch.rand(5, 3, 7, 9) * 2 - 1
    few = extractor(image).features
    monkeypatch.setattr(pretrained, "AT_ONCE", 2)
    assert extractor(image).features.equal(few)
