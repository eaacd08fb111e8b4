"""What tricks draw at a discriminator's input, and how it is kept out of a comparison."""

import torch
from torch import Tensor, nn

from gan_runner.layers.disturbed import Disturbed, undisturbed
from gan_runner.types import Score


class Flat(nn.Module):
    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        return Score(image.sum(dim=1, keepdim=True), image)


def test_images_are_changed_in_training_alone() -> None:
    discriminator, image = Disturbed(Flat(), lambda image: image + 1), torch.zeros(2, 3)
    assert discriminator(image).features.equal(torch.ones(2, 3))
    assert discriminator.eval()(image).features.equal(image)


def test_within_undisturbed_images_are_as_they_are_and_modes_come_back() -> None:
    inner = Disturbed(nn.Sequential(nn.BatchNorm1d(3)), lambda image: image + 1)
    outer = nn.ModuleList([Disturbed(inner, lambda image: image * 0), Disturbed(Flat(), lambda image: image)])
    outer[1].eval()
    with undisturbed(outer):
        assert outer[0].change is not None
        assert not outer[0].training
        assert inner.discriminator.training  # statistics of a batch go on
    assert [module.training for module in (outer[0], inner, outer[1])] == [True, True, False]
