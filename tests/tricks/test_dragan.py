"""DRAGAN: the cloud it looks at, closed forms, a loop over samples."""

import pytest
import torch
from torch import nn

from fixtures.linear_discriminator import Linear
from gan_runner.losses.non_saturating import NonSaturating
from gan_runner.networks import dcgan, mlp
from gan_runner.tricks.dragan import DRAGAN, perturbed
from gan_runner.types import Round


def round_of(discriminator: nn.Module, real: torch.Tensor, label=None) -> Round:
    nothing = torch.full_like(real, torch.nan)  # the fakes have no say
    return Round(nn.Identity(), discriminator, NonSaturating(), real, nothing, nothing, label, step=0)


@pytest.mark.parametrize(
    ("discriminator", "norms"),
    [
        (Linear([[3.0, -4.0]]), [5]),
        (Linear([[0.3, -0.4]]), [0.5]),  # two-sided
        (Linear([[3.0, -4.0], [0.0, 2.0]]), [5, 2]),  # members of an ensemble add up
        (Linear([[1.0, 2.0, 2.0, 4.0]], pack=2), [5]),
    ],
)
def test_closed_form_on_linear_discriminators(discriminator, norms):
    term = DRAGAN(weight=3, target=1.5).discriminator_term(round_of(discriminator, torch.randn(6, 2)))
    assert term.item() == pytest.approx(3 * sum((norm - 1.5) ** 2 for norm in norms))


@pytest.mark.parametrize("shape", [(2,), (3, 16, 16)])
def test_the_cloud_spans_half_a_standard_deviation_upwards(shape):
    torch.manual_seed(0)
    real = 3 * torch.randn(512, *shape) + 1
    lift = (perturbed(real, 0.5) - real) / real.numpy().std()
    assert lift.min() >= -1e-6
    assert lift.max() <= 0.5 + 1e-6
    assert lift.mean().item() == pytest.approx(0.25, abs=0.02)
    assert lift.std().item() == pytest.approx(0.5 / 12**0.5, rel=0.05)  # a uniform's, fresh for each value


def test_without_radius_it_is_taken_at_the_reals():
    seen = []

    class Watching(Linear):
        def forward(self, image, label=None):
            seen.append(image.detach())
            return super().forward(image, label)

    real = torch.randn(6, 2)
    DRAGAN(radius=0).discriminator_term(round_of(Watching([[1.0, 2.0]]), real))
    DRAGAN(radius=0.5).discriminator_term(round_of(Watching([[1.0, 2.0]]), real))
    assert seen[0].equal(real)
    assert (seen[1] >= real).all()
    assert not seen[1].equal(real)


def test_against_a_loop_over_samples_with_labels():
    torch.manual_seed(0)
    discriminator = mlp.Discriminator((2,), num_classes=3, hidden=[16, 8], activation="tanh")
    real, label = torch.randn(4, 2), torch.tensor([0, 2, 1, 0])
    torch.manual_seed(1)
    u, a = torch.rand(4, 2), torch.rand(4, 1)
    expected = torch.zeros(())
    for x, y in zip(real + a * 0.5 * real.std(correction=0) * u, label, strict=True):
        (slope,) = torch.autograd.functional.jacobian(lambda x, y=y: discriminator(x[None], y[None]).logits[0], x)
        expected += 10 * (slope.pow(2).sum().sqrt() - 1) ** 2 / 4
    torch.manual_seed(1)
    torch.testing.assert_close(DRAGAN().discriminator_term(round_of(discriminator, real, label)), expected)


def test_autocast_changes_nothing():
    torch.manual_seed(0)
    discriminator, real = dcgan.Discriminator((1, 16, 16), width=4, norm="layer"), torch.randn(4, 1, 16, 16)
    terms = []
    for enabled in (False, True):
        torch.manual_seed(1)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            terms.append(DRAGAN().discriminator_term(round_of(discriminator, real)))
    assert terms[0].equal(terms[1])


def test_a_flat_discriminator_and_a_batch_of_one_value_have_finite_gradients():
    discriminator = Linear([[0.0, 0.0]])
    DRAGAN().discriminator_term(round_of(discriminator, torch.ones(6, 2))).backward()
    assert discriminator.weight.grad.isfinite().all()
