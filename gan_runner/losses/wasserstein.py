"""The distance the earth has to move."""

from torch import Tensor


class Wasserstein:
    """The discriminator is a critic whose gap between real and fake estimates W₁, if it is kept 1-Lipschitz.

    discriminator: E[D(x̂)] − E[D(x)];  generator: −E[D(x̂)].
    Alone it is unbounded: add weight clipping, a gradient penalty or spectral normalisation.
    Source: Arjovsky et al. 2017, eq. 2 (arXiv:1701.07875).
    """

    needs_real = False
    boundary: float | None = None
    is_critic = True

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return fake.mean() - real.mean()

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        return -fake.mean()
