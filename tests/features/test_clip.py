"""CLIP's image tower: the net of OpenAI, which has a quick GELU, its projection scaled to length 1."""

import pytest
import torch
from torch import nn

from gan_runner.data.synthetic import Synthetic
from gan_runner.features.clip import Clip, OfLengthOne
from gan_runner.features.timm_nets import facts_of

timm = pytest.importorskip("timm", reason="pip install 'gan-runner[features]'")
CPU = torch.device("cpu")


def test_the_net_is_openais():
    facts = facts_of(Clip().net)
    assert (facts.input_size, facts.num_classes, facts.tag) == ((3, 336, 336), 768, "openai")
    network = timm.create_model(Clip().net, depth=1)  # of 24 blocks
    assert type(network.blocks[0].mlp.act).__name__ == "QuickGELU"
    assert network.head.out_features == 768  # its projection


def test_rows_have_length_one():
    rows = OfLengthOne(nn.Identity())(torch.tensor([[3.0, 4.0], [0.0, 2.0]]))
    assert rows.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0.0, 1.0]]


def test_a_stand_in_gives_its_whole_answer(tmp_path):
    made = Clip(weights=str(tmp_path / "state.pth"))
    made.net = "test_vit"  # as large as tests can carry
    torch.manual_seed(0)
    network = timm.create_model(made.net).eval()
    torch.save(network.state_dict(), tmp_path / "state.pth")
    extractor = made.extractor(Synthetic(), CPU)
    assert extractor.name.startswith("clip_vit_l14_")
    image = torch.rand(2, 3, 160, 160)
    facts = facts_of(made.net)
    mean, deviation = torch.tensor(facts.mean), torch.tensor(facts.std)
    with torch.no_grad():
        answer = network((image - mean.view(3, 1, 1)) / deviation.view(3, 1, 1))
        expected = answer / answer.norm(dim=1, keepdim=True)
        torch.testing.assert_close(extractor(image * 2 - 1).features, expected, rtol=1e-3, atol=1e-4)


def test_weights_that_are_nowhere_are_said(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"features=clip needs weights and .*336\.openai\.safetensors is not"):
        Clip().meet(Synthetic())
