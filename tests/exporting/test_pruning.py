"""What is not needed goes, what is needed stays, and the answers are the same to the bit."""

import torch
from torch import Tensor, nn

from gan_runner.exporting.pruning import prune


class Both(nn.Module):
    """Two ways, of which one is gone."""

    def __init__(self, still: bool = False) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))
        self.stages = nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 3)])
        self.scale = nn.Parameter(torch.zeros(3))
        self.still = still

    def forward(self, latent: Tensor) -> Tensor:
        with torch.set_grad_enabled(not self.still):
            made: Tensor = self.stages[0](latent) + self.scale * self.stages[2](latent)
            return made


def test_what_has_no_way_to_the_answer_goes() -> None:
    network, latent = Both().eval(), torch.rand(2, 3)
    before = network(latent)
    prune(network, [latent])
    assert torch.equal(network(latent), before)
    assert {name.rpartition(".")[0] for name, _ in network.named_parameters()} == {"", "stages.0", "stages.2"}
    assert "encoder.1.running_mean" not in network.state_dict()
    assert not any(one.requires_grad for one in network.parameters())


class Grown(Both):
    """Which way is gone, its state says."""

    def get_extra_state(self) -> int:
        return 1

    def set_extra_state(self, state: int) -> None: ...


def test_a_network_that_grows_stays_whole() -> None:
    network = nn.ModuleDict({"generator": Grown(), "other": nn.Linear(1, 1)}).eval()
    network.forward = network["generator"].forward  # type: ignore[method-assign]
    names = [*network["generator"].state_dict()]
    prune(network, [torch.rand(2, 3)])
    assert [*network["generator"].state_dict()] == names
    assert not [*network["other"].parameters()]


def test_a_network_that_lets_no_gradient_through_stays_whole() -> None:
    network = Both(still=True).eval()
    names = [*network.state_dict()]
    prune(network, [torch.rand(2, 3)])
    assert [*network.state_dict()] == names
