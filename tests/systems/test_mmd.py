"""The discrepancy against its definition, loop by loop; without bias where both samples are of one distribution."""

import pytest
import torch
from torch import Tensor

from gan_runner.systems.mmd import SCALES, mmd


def by_loops(one: Tensor, other: Tensor, squared_distance: float) -> float:
    def kernel(a: Tensor, b: Tensor) -> float:
        widths = [s * squared_distance for s in (0.1, 0.2, 0.5, 1, 2, 5, 10)]
        return sum(c / (c + ((a - b) ** 2).sum().item()) for c in widths)

    def among(rows: Tensor) -> float:
        pairs = [kernel(a, b) for i, a in enumerate(rows) for j, b in enumerate(rows) if i != j]
        return sum(pairs) / len(pairs)

    cross = [kernel(a, b) for a in one for b in other]
    return among(one) + among(other) - 2 * sum(cross) / len(cross)


def drawn(count: int, seed: int, dim: int = 3) -> Tensor:
    return torch.randn(count, dim, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("n", "m", "squared_distance"), [(2, 2, 6.0), (7, 5, 6.0), (5, 9, 0.5)])
def test_against_a_double_loop(n, m, squared_distance):
    one, other = 2 * drawn(n, 0).double() + 1, drawn(m, 1).double()
    assert mmd(one, other, squared_distance).item() == pytest.approx(by_loops(one, other, squared_distance), abs=1e-5)


def test_it_is_zero_in_the_mean_of_samples_of_one_distribution():
    """Of 400 pairs of samples of 10 the mean is 0 within three standard errors; with its bias it would be 0.66."""
    found = torch.stack([mmd(drawn(10, 2 * i), drawn(10, 2 * i + 1), 6.0) for i in range(400)])
    assert found.mean().abs() < 3 * found.std() / 20
    assert found.std() / 20 < 0.02
    assert found.min() < 0 < found.max()


@pytest.mark.parametrize("change", [lambda x: x + 1, lambda x: 0.3 * x, lambda x: x.abs()])
def test_it_tells_a_shift_a_scale_and_a_shape(change):
    assert mmd(change(drawn(300, 0)), drawn(300, 1), 6.0) > 10 * mmd(drawn(300, 2), drawn(300, 1), 6.0).abs()


def test_its_gradient_leads_codes_to_the_prior():
    code = (drawn(64, 0) * 0.1 + 3).requires_grad_()
    before = mmd(code, drawn(64, 1), 6.0)
    before.backward()
    assert code.grad is not None
    assert (code.grad.mean(dim=0) > 0).all()  # down this slope the codes move to the prior's middle
    assert mmd(code.detach() - 20 * code.grad, drawn(64, 1), 6.0) < before


def test_it_is_computed_in_float32():
    one, other = drawn(8, 0), drawn(8, 1)
    with torch.autocast("cpu", torch.bfloat16):
        found = mmd(one.bfloat16(), other, 6.0)
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(by_loops(one.bfloat16().float(), other, 6.0), abs=1e-5)


def test_near_and_equal_rows_have_exact_distances_and_gradients():
    """Codes that have collapsed lie on each other, far from the centre."""
    near = (100 + 1e-3 * drawn(6, 0)).repeat(2, 1).requires_grad_()
    plain = near.detach().double().requires_grad_()
    mmd(near, drawn(5, 1), 6.0).backward()
    distances = [(a[:, None] - b[None]).square().sum(dim=2) for a in (plain,) for b in (plain, drawn(5, 1).double())]
    kernels = [sum(s * 6.0 / (s * 6.0 + d) for s in SCALES) for d in distances]
    ((kernels[0].sum() - kernels[0].diagonal().sum()) / (12 * 11) - 2 * kernels[1].mean()).backward()
    torch.testing.assert_close(near.grad, plain.grad.float(), rtol=1e-3, atol=1e-7)
    assert near.grad.isfinite().all()
    assert near.grad.any()
