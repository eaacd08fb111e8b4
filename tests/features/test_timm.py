"""Any net of timm's by its name: what it sees is what timm's own preparation and net see."""

import pytest
import torch

from gan_runner.data.synthetic import Synthetic
from gan_runner.features.timm import Timm

timm = pytest.importorskip("timm", reason="pip install 'gan-runner[features]'")
CPU = torch.device("cpu")


@pytest.mark.parametrize("net", ["test_resnet", "test_vit", "test_efficientnet.r160_in1k"])
def test_it_sees_what_timm_sees(net, tmp_path):
    torch.manual_seed(0)
    network = timm.create_model(net).eval()
    torch.save(network.state_dict(), tmp_path / "state.pth")
    extractor = Timm(net, str(tmp_path / "state.pth")).extractor(Synthetic(), CPU)
    facts = timm.data.resolve_model_data_config(network)
    side = facts["input_size"][-1]
    assert extractor.name.startswith(f"timm_{net.partition('.')[0]}_")
    assert extractor.name.endswith(f"_{side}px")
    image = torch.rand(2, 3, side, side)  # of its own size: resized by nothing
    mean, deviation = (torch.tensor(facts[name]).view(3, 1, 1) for name in ("mean", "std"))
    with torch.no_grad():
        shown = (image - mean) / deviation
        expected = network.forward_head(network.forward_features(shown), pre_logits=True)
        torch.testing.assert_close(extractor(image * 2 - 1).features, expected, rtol=1e-3, atol=1e-4)


def test_a_name_that_timm_has_not_is_refused_before_anything_is_read(tmp_path):
    (tmp_path / "state.pth").touch()
    with pytest.raises(ValueError, match=r"features\.net=resnet1x is no net of timm's \(did you mean resnet"):
        Timm("resnet1x", str(tmp_path / "state.pth")).meet(Synthetic())
