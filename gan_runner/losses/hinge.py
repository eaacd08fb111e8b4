"""A margin instead of a probability."""

from torch import Tensor
from torch.nn.functional import relu


class Hinge:
    """Stop pushing a sample once it is on its own side by a margin of 1.

    discriminator: E[max(0, 1 − D(x))] + E[max(0, 1 + D(x̂))];  generator: −E[D(x̂)].
    Source: Lim & Ye 2017, Geometric GAN (arXiv:1705.02894).
    """

    needs_real = False
    boundary: float | None = 0.0
    is_critic = False

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return relu(1 - real).mean() + relu(1 + fake).mean()

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        return -fake.mean()
