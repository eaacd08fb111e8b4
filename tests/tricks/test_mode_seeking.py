"""Mode seeking: ratios by hand, with and without labels; a collapsed generator pays most."""

import pytest
import torch
from torch import nn

from gan_runner.networks import dcgan, mlp
from gan_runner.tricks.mode_seeking import ModeSeeking
from gan_runner.types import Round


class Scale(nn.Module):
    """G(z, y) = a z + offset of the class."""

    def __init__(self, a, num_classes=None):
        super().__init__()
        self.a, self.num_classes = nn.Parameter(torch.tensor(a)), num_classes

    def forward(self, source, label=None):
        return self.a * source + (0 if self.num_classes is None else 100.0 * label[:, None])


class Bent(nn.Module):
    """G(z) = tanh z."""

    def forward(self, source, label=None):
        return source.tanh()


def round_of(generator, source, label=None):
    fake = generator(source, label)
    return Round(generator, nn.Identity(), None, fake.detach(), source, fake, label, step=0)


def test_the_ratio_is_one_of_means():
    # pairs (z₁, z₃), (z₂, z₁), (z₃, z₂): the mean |z₂ − z₁| is (4 + 1 + 3) / 3; the samples are three times as far
    source = torch.tensor([[0.0], [1.0], [4.0]])
    for weight in (1.0, 2.5):
        value = ModeSeeking(weight).generator_term(round_of(Scale(3.0), source))
        assert value.item() == pytest.approx(weight / (3 + 1e-5), rel=1e-6)
    bent = round_of(Bent(), source)
    x = torch.tanh(source).flatten().tolist()
    mean = (abs(x[0] - x[2]) + abs(x[1] - x[0]) + abs(x[2] - x[1])) / 3
    assert ModeSeeking().generator_term(bent).item() == pytest.approx(1 / (mean / (8 / 3) + 1e-5), rel=1e-5)


def test_the_slope_pushes_samples_apart():
    generator = Scale(2.0)
    ModeSeeking().generator_term(round_of(generator, torch.randn(5, 3))).backward()
    assert generator.a.grad.item() == pytest.approx(-1 / 4, rel=1e-3)  # of 1 / a


def test_a_collapsed_generator_pays_most_and_stays_finite():
    generator = Scale(0.0)
    value = ModeSeeking().generator_term(round_of(generator, torch.randn(5, 3)))
    value.backward()
    assert value.item() == pytest.approx(1e5, rel=1e-5)
    assert generator.a.grad.isfinite()


def test_a_pair_is_of_one_class():
    # With classes 100 apart, pairs across them would make the ratio large whatever the latents do.
    source, label = torch.tensor([[0.0], [1.0], [4.0]]), torch.tensor([0, 1, 0])
    generator = Scale(3.0, num_classes=2)
    value = ModeSeeking().generator_term(round_of(generator, source, label))
    assert value.item() == pytest.approx(1 / (3 + 1e-5), rel=1e-6)
    value.backward()
    assert generator.a.grad.item() == pytest.approx(-1 / 9, rel=1e-3)


def test_without_labels_nothing_is_generated_anew():
    generator, label = mlp.Generator((2,), latent_dim=3, hidden=[8]), torch.tensor([0, 1, 0, 1])
    round = round_of(generator, torch.randn(4, 3), label)  # the data have labels, the network reads none
    passes = []
    generator.register_forward_hook(lambda *_: passes.append(1))
    ModeSeeking().generator_term(round)
    assert passes == []


def test_the_second_batch_is_not_counted_in_the_generators_statistics():
    generator = dcgan.Generator((1, 8, 8), latent_dim=3, num_classes=2, width=4)
    round = round_of(generator, torch.randn(4, 3), torch.tensor([0, 1, 0, 1]))
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    ModeSeeking().generator_term(round).backward()
    assert all(value.equal(before[name]) for name, value in generator.state_dict().items())
    assert all(p.grad.isfinite().all() for p in generator.parameters())


def test_a_single_sample_has_no_pair():
    assert ModeSeeking().generator_term(round_of(Scale(1.0), torch.randn(1, 3))) is None
