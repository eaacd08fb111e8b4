"""Hold the discriminator's slope."""

from typing import Annotated

from pydantic import Field
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_runner.tricks.base import Scope, Trick
from gan_runner.types import Make, Shape


class SpectralNorm(Trick):
    """Divide each discriminator weight by its largest singular value: W / σ(W), so every layer is 1-Lipschitz.

    σ is followed by power iteration, `power_iterations` per forward pass while training.
    Source: Miyato et al. 2018, eq. 8 (arXiv:1802.05957).
    """

    scope = Scope.WEIGHTS

    def __init__(self, power_iterations: Annotated[int, Field(ge=1)] = 1) -> None:
        super().__init__()
        self.power_iterations = power_iterations

    def wrap_discriminator(self, make: Make) -> Make:
        def normalised(shape: Shape) -> nn.Module:
            discriminator = make(shape)
            for module in list(discriminator.modules()):
                if isinstance(module, nn.Linear | nn.Conv2d | nn.Embedding):
                    spectral_norm(module, n_power_iterations=self.power_iterations, eps=1e-12)
            return discriminator

        return normalised
