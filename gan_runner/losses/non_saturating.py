"""The game of 2014 as it is played in practice."""

from torch import Tensor
from torch.nn.functional import softplus

from gan_runner.losses.minimax import Minimax


class NonSaturating(Minimax):
    """The minimax discriminator; the generator maximises log D(x̂), whose gradient is strongest when it loses.

    discriminator: −E[log D(x)] − E[log(1 − D(x̂))];  generator: −E[log D(x̂)].
    Source: Goodfellow et al. 2014, §3 (arXiv:1406.2661).
    """

    saturates = False

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        return softplus(-fake).mean()
