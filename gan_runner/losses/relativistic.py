"""Which of two looks more real."""

from torch import Tensor
from torch.nn.functional import softplus


class Relativistic:
    """Judge pairs: the discriminator separates each real from the fake beside it, the generator turns the order round.

    discriminator: E[softplus(−(D(x) − D(x̂)))];  generator: E[softplus(−(D(x̂) − D(x)))].
    A generator that drops a mode still loses against the reals of that mode, so that the landscape has no minima
    with fewer of them; but alone it need not converge: add R1 and R2.
    Source: Jolicoeur-Martineau 2018, §4.2 (arXiv:1807.00734); Huang et al. 2025, eq. 2 (arXiv:2501.05441).

    Raises ValueError when there is not one fake for each real.
    """

    needs_real = True
    boundary: float | None = None
    is_critic = False

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        _pairs(real, fake)
        return softplus(fake - real).mean()

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        assert real is not None  # needs_real
        return self.discriminator(fake, real)


def _pairs(real: Tensor, fake: Tensor) -> None:
    """Logits of other shapes would be broadcast, each real against all fakes."""
    if real.shape != fake.shape:
        raise ValueError(
            f"loss=relativistic compares each real with one fake, and there are logits {tuple(real.shape)} for reals "
            f"and {tuple(fake.shape)} for fakes: leave out what changes their number, or take loss=relativistic_average"
        )
