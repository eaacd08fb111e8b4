"""The game of 2014."""

from torch import Tensor
from torch.nn.functional import softplus

from gan_runner.types import Fraction


class Minimax:
    """Both players fight over one value: the discriminator raises it, the generator lowers it.

    discriminator: −E[log D(x)] − E[log(1 − D(x̂))];  generator: E[log(1 − D(x̂))],  D = sigmoid(logits).
    The generator's gradient vanishes when the discriminator rejects its samples with certainty (it saturates).
    label_smoothing s: the discriminator's target for reals is 1 − s, for fakes it stays 0 (one-sided).

    Source: Goodfellow et al. 2014, eq. 1 (arXiv:1406.2661); smoothing: Salimans et al. 2016, §3.4 (arXiv:1606.03498).
    """

    needs_real = False
    boundary: float | None = 0.0
    is_critic = False
    saturates = True  # what callbacks.monitor asks of a loss; one that says nothing does not

    def __init__(self, label_smoothing: Fraction = 0.0) -> None:
        self.label_smoothing = label_smoothing

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Binary cross-entropy on logits; log D = −softplus(−x) and log(1 − D) = −softplus(x) never overflow."""
        s = self.label_smoothing
        accept = softplus(-real) if s == 0 else (1 - s) * softplus(-real) + s * softplus(real)
        return accept.mean() + softplus(fake).mean()

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        return -softplus(fake).mean()
