"""Inception: only with weights, which its name identifies; never a stand-in."""

import hashlib

import pytest
import torch

from gan_runner.data.gaussians import Gaussians
from gan_runner.data.synthetic import Synthetic
from gan_runner.features.inception import Inception

CPU = torch.device("cpu")


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """torch's cache, empty."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    return tmp_path / "checkpoints"


def test_a_file_of_the_nets_state_gives_its_penultimate_layer(tmp_path):
    from torchvision.models import inception_v3

    torch.manual_seed(0)
    network = inception_v3(weights=None, init_weights=False).eval()
    path = tmp_path / "weights.pth"
    torch.save(network.state_dict(), path)
    extractor = Inception(weights=str(path)).extractor(Synthetic(channels=1), CPU)
    assert extractor.name == f"inception_{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}_299px"
    grey = torch.rand(1, 1, 299, 299) * 2 - 1  # of its own size: enlarged by nothing
    caught = []
    network.avgpool.register_forward_hook(lambda module, given, out: caught.append(out.flatten(1)))
    network(grey.expand(-1, 3, -1, -1))
    with torch.no_grad():
        torch.testing.assert_close(extractor(grey).features, caught[0], rtol=1e-4, atol=1e-5)


def test_without_weights_a_sentence_says_where_they_go(hub):
    with pytest.raises(FileNotFoundError, match=r"inception_v3_google.*\(features\.download=false\): put the file"):
        Inception().extractor(Synthetic(), CPU)


def test_what_is_fetched_must_have_the_sum_in_its_name(hub, serve, monkeypatch):
    from torchvision.models import Inception_V3_Weights

    address = serve(everything=b"other weights")
    monkeypatch.setattr(
        type(Inception_V3_Weights.IMAGENET1K_V1), "url", property(lambda _: f"{address}inception-0cc3c7bd.pth"), False
    )
    with pytest.raises(FileNotFoundError, match=r"expected 0cc3c7bd\): put the file there"):
        Inception(download=True).extractor(Synthetic(), CPU)
    assert list(hub.iterdir()) == []


def test_other_files_and_missing_files_are_refused(tmp_path):
    path = tmp_path / "weights.pth"
    with pytest.raises(FileNotFoundError, match=r"features\.weights=.* cannot be read"):
        Inception(weights=str(path)).extractor(Synthetic(), CPU)
    path.write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"holds no weights of torchvision's inception_v3 \(it is no file of torch's"):
        Inception(weights=str(path)).extractor(Synthetic(), CPU)


@pytest.mark.parametrize("data", [Gaussians(), Synthetic(channels=4)])
def test_points_and_four_channels_are_refused(data):
    with pytest.raises(ValueError, match=r"features=inception looks at images of 1 or 3 channels"):
        Inception().extractor(data, CPU)
