"""DINOv2: timm's architecture with the authors' names, at the 224 pixels that published figures take."""

import pytest
import torch

from gan_runner.data.synthetic import Synthetic
from gan_runner.features.dinov2 import DinoV2, interpolated
from gan_runner.features.timm_nets import facts_of

timm = pytest.importorskip("timm", reason="pip install 'gan-runner[features]'")
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return timm.create_model("vit_small_patch14_dinov2", img_size=224).eval()


def test_the_authors_file_gives_the_class_token(network, tmp_path):
    path = tmp_path / "dinov2_vits14_pretrain.pth"
    torch.save({**network.state_dict(), "mask_token": torch.zeros(1, 384)}, path)  # as theirs has
    extractor = DinoV2(weights=str(path)).extractor(Synthetic(), CPU)
    assert extractor.name.startswith("dinov2_small_")
    assert extractor.name.endswith("_224px")
    image = torch.rand(2, 3, 224, 224)
    mean, deviation = torch.tensor((0.485, 0.456, 0.406)), torch.tensor((0.229, 0.224, 0.225))
    with torch.no_grad():
        expected = network.forward_features((image - mean.view(3, 1, 1)) / deviation.view(3, 1, 1))[:, 0]
        torch.testing.assert_close(extractor(image * 2 - 1).features, expected, rtol=1e-3, atol=1e-4)


def test_positions_learned_at_518_pixels_are_brought_to_224(network, tmp_path):
    state = network.state_dict()
    state["pos_embed"] = torch.randn(1, 1 + 37**2, 384)
    torch.save(state, tmp_path / "large.pth")
    made = DinoV2(weights=str(tmp_path / "large.pth")).extractor(Synthetic(), CPU)
    assert made.network.network.network.pos_embed.equal(interpolated(state["pos_embed"], 16))


def test_positions_are_interpolated_by_the_authors_factor():
    """Cubic interpolation nearly keeps a slope, so each patch tells where it was taken from: up to 0.2 elsewhere by a
    factor of 16 / 37.
    """
    across = torch.arange(37.0).expand(37, 37)
    positions = torch.stack([across, across.T], -1).view(1, 37**2, 2)
    found = interpolated(torch.cat([torch.tensor([[[7.0, 8.0]]]), positions], 1), 16)
    assert found[0, 0].tolist() == [7, 8]
    places = (torch.arange(16) + 0.5) * 37 / 16.1 - 0.5
    columns, rows = found[0, 1:].view(16, 16, 2)[1:-1, 1:-1].unbind(-1)
    torch.testing.assert_close(columns, places[1:-1].expand(14, 14), rtol=0, atol=0.06)
    torch.testing.assert_close(rows, places[1:-1].expand(14, 14).T, rtol=0, atol=0.06)
    assert interpolated(found, 16) is found


@pytest.mark.parametrize("size", ["small", "base", "large"])
def test_each_size_is_the_authors_net_from_either_cache(size, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    made = DinoV2(size)
    assert made.called == f"dinov2_{size}"
    assert facts_of(made.net).input_size == (3, 518, 518)
    theirs = tmp_path / "checkpoints" / f"dinov2_vit{size[0]}14_pretrain.pth"
    with pytest.raises(FileNotFoundError, match=r"features=dinov2 needs weights and .*lvd142m\.safetensors is not"):
        made.meet(Synthetic())
    theirs.parent.mkdir(exist_ok=True)
    theirs.touch()  # as torch.hub leaves it
    made.meet(Synthetic())
    assert made.own() == theirs
