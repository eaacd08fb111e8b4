"""Nets of timm's: filled from a file, strictly; found in caches; fetched from where timm says, or from a mirror."""

import logging

import pytest
import torch

from gan_runner.data.synthetic import Synthetic
from gan_runner.features.timm import Timm
from gan_runner.features.timm_nets import facts_of, filled

timm = pytest.importorskip("timm", reason="pip install 'gan-runner[features]'")
CPU = torch.device("cpu")
NET = "test_resnet"
"""A small one that timm has for tests."""


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return timm.create_model(NET).eval()


@pytest.fixture
def weights(network, tmp_path):
    path = tmp_path / "state.pth"
    torch.save(network.state_dict(), path)
    return path


@pytest.fixture
def caches(tmp_path, monkeypatch):
    """Torch's, empty; huggingface_hub's has nothing."""
    import huggingface_hub

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch"))
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *names: None)
    return tmp_path / "torch" / "checkpoints"


def test_a_net_is_filled_without_a_word_and_without_a_random_number(network, caplog):
    before = torch.get_rng_state()
    with caplog.at_level(logging.INFO):
        made = filled(NET, network.state_dict())
    assert torch.get_rng_state().equal(before)
    assert caplog.text == ""
    assert logging.getLogger("timm").level == logging.NOTSET
    assert all(made.state_dict()[name].equal(value) for name, value in network.state_dict().items())
    assert "state_dict" not in made.pretrained_cfg


@pytest.mark.parametrize("lacking", ["conv1.weight", "fc.weight"])
def test_a_state_that_lacks_anything_is_refused(lacking, network, tmp_path):
    state = {name: value for name, value in network.state_dict().items() if name != lacking}
    first = next(name for name in network.state_dict() if name.endswith("weight"))
    missing = lacking if lacking in network.state_dict() else first
    state.pop(missing, None)
    torch.save(state, tmp_path / "less.pth")
    with pytest.raises(ValueError, match=rf"less\.pth holds no weights of timm's {NET} \(.*{missing}"):
        Timm(NET, weights=str(tmp_path / "less.pth")).extractor(Synthetic(), CPU)


@pytest.mark.parametrize(
    ("net", "told"),
    [
        ("resnet_18", r"is no net of timm's \(did you mean .*resnet"),
        ("resnet18.none", r"is no net of timm's; there are: .*tv_in1k"),
        ("hf-hub:timm/resnet18", "is no net of timm's"),
        ("qqqqqqq", r"is no net of timm's: timm\.list_models\(\) lists them"),
    ],
)
def test_a_name_that_timm_has_not_is_refused(net, told):
    with pytest.raises(ValueError, match=f"features.net={net} {told}"):
        facts_of(net)


def test_its_own_weights_come_from_a_mirror_and_are_kept(weights, network, caches, serve, monkeypatch):
    from safetensors.torch import save

    asked = []

    def answer(handler, released):
        asked.append(handler.path)
        content = save(network.state_dict())
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    monkeypatch.setenv("HF_ENDPOINT", serve(answer))
    with pytest.raises(FileNotFoundError, match=r"test_resnet\..*safetensors is not there \(features\.download=false"):
        Timm(NET).meet(Synthetic())
    first = Timm(NET, download=True).extractor(Synthetic(), CPU)
    assert asked == [f"/{facts_of(NET).hf_hub_id}/resolve/main/model.safetensors"]
    assert Timm(NET).extractor(Synthetic(), CPU).name == first.name
    assert len(asked) == 1
    assert [path.name for path in caches.iterdir()] == [f"{facts_of(NET).hf_hub_id.rpartition('/')[2]}.safetensors"]


def test_what_the_hubs_own_cache_has_is_taken(weights, caches, monkeypatch):
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *names: str(weights))
    assert Timm(NET).extractor(Synthetic(), CPU).name == Timm(NET, str(weights)).extractor(Synthetic(), CPU).name


def test_a_net_that_nobody_has_published_needs_a_file(weights):
    unpublished = next(name for name in timm.list_models() if not (facts_of(name).hf_hub_id or facts_of(name).url))
    with pytest.raises(ValueError, match=rf"published weights of timm's {unpublished}: set features\.weights"):
        Timm(unpublished).meet(Synthetic())
