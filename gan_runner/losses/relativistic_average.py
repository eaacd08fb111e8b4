"""More real than the average of the others."""

from torch import Tensor
from torch.nn.functional import softplus


class RelativisticAverage:
    """Judge each sample against the mean of the other side: reals should lie above it, fakes below; the generator
    wants the opposite of both.

    discriminator: E[softplus(−(D(x) − E[D(x̂)]))] + E[softplus(D(x̂) − E[D(x)])];
    generator: the same with x and x̂ exchanged. The means are over the batch, for each further entry of the logits
    (a patch, a member of an ensemble) by itself.
    Source: Jolicoeur-Martineau 2018, §4.3, RaSGAN (arXiv:1807.00734).
    """

    needs_real = True
    boundary: float | None = None
    is_critic = False

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        above = real - fake.mean(dim=0, keepdim=True)  # (N, ...) − (1, ...)
        below = fake - real.mean(dim=0, keepdim=True)
        return softplus(-above).mean() + softplus(below).mean()

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        assert real is not None  # needs_real
        return self.discriminator(fake, real)
