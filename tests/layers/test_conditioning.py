"""Labels beside vectors and images."""

import pytest
import torch
from torch import nn

from gan_runner.layers.conditioning import beside_image, beside_vector, drawn_rows, is_conditional
from gan_runner.networks import mlp
from gan_runner.types import Conditions


def test_beside_a_vector():
    out = beside_vector(torch.tensor([[5.0], [6.0]]), torch.tensor([2, 0]), 3)
    assert out.tolist() == [[5, 0, 0, 1], [6, 1, 0, 0]]


def test_beside_an_image():
    image = torch.randn(2, 3, 4, 5, dtype=torch.float64)
    out = beside_image(image, torch.tensor([1, 0]), 2)
    assert out.dtype == torch.float64
    torch.testing.assert_close(out[:, :3], image)
    assert out[0, 3:].mean((1, 2)).tolist() == [0, 1]
    assert out[1, 3:].mean((1, 2)).tolist() == [1, 0]


def test_numbers_enter_as_they_are():
    label = torch.tensor([[0.5, -2.0], [1.0, 0.0]])
    assert beside_vector(torch.tensor([[5.0], [6.0]]), label, 2).tolist() == [[5, 0.5, -2], [6, 1, 0]]
    out = beside_image(torch.zeros(2, 1, 3, 3), label, 2)
    assert out[:, 1:].mean((2, 3)).tolist() == label.tolist()
    assert out[:, 1:].var().item() > 0
    assert out[0, 1].unique().tolist() == [0.5]


def test_rows_are_drawn_from_those_of_the_training_set():
    conditions = Conditions(("a", "b"), (0.0, 3.0), (1.0, 2.0), ((0.0, 1.0), (1.0, -1.0)))
    rows = drawn_rows(conditions, 50, torch.Generator().manual_seed(0))
    assert {tuple(row) for row in rows.tolist()} == {(0, 1), (1, -1)}
    assert torch.equal(rows, drawn_rows(conditions, 50, torch.Generator().manual_seed(0)))


def test_without_classes_nothing_is_added():
    image = torch.randn(2, 3, 4, 4)
    assert beside_image(image, torch.tensor([0, 1]), None) is image


def test_a_missing_label_is_told():
    with pytest.raises(ValueError, match=r"network.conditional=true needs a label for each sample \(0 to 9\)"):
        beside_vector(torch.randn(2, 3), None, 10)


def test_a_network_is_conditional_through_any_wrapper():
    plain, conditional = mlp.Discriminator((2,)), mlp.Discriminator((2,), num_classes=3)
    assert not is_conditional(nn.Sequential(plain))
    assert is_conditional(nn.Sequential(nn.Sequential(conditional)))
