"""Make every sample tell which latent it came from."""

from torch import Tensor

from gan_runner.tricks.feature_heads import FeatureHead
from gan_runner.types import NonNegative, PositiveInt, Round


class LatentRegression(FeatureHead):
    """A linear head on the discriminator's features predicts the latent of a fake; both players want it to succeed.

    weight · E‖z − R(G(z))‖² / Z in both players' losses, R(x) = A f(x) + b, f the penultimate layer, Z = latent_dim:
    up to constants −E[log Q(z|G(z))] for a Gaussian Q of fixed width, InfoGAN's lower bound on what a sample tells
    about its latent. A generator that gives many latents one sample cannot be told apart and pays for it. The head
    belongs to the discriminator, moves with its optimizer, and stays out of tricks that change other layers' weights
    (weight clipping, which bounds every parameter, bounds it too). An ensemble listed before it has one head on the
    joined features; one listed after it has a head for each member, and the error is their mean.

    Source: Chen et al. 2016, eq. 5 (arXiv:1606.03657), there for a code beside the noise; for the whole latent, as a
    cure of collapse: Srivastava et al. 2017, §3 (arXiv:1705.07761).
    Raises ValueError for packed samples and for fakes that are not this batch's.
    """

    name = "latent_regression"
    predicts = "the latent of each fake"
    needs_latent = True

    def __init__(self, latent_dim: PositiveInt = 100, weight: NonNegative = 1.0) -> None:
        super().__init__()
        self.latent_dim, self.weight = latent_dim, weight

    def numbers(self) -> int:
        return self.latent_dim

    def discriminator_term(self, round: Round) -> Tensor:
        return self.weight * self._error(round)

    def generator_term(self, round: Round) -> Tensor:
        return self.weight * self._error(round)

    def _error(self, round: Round) -> Tensor:
        latent = self.predict(round.fake_score)  # (K, N, Z)
        if latent.shape[1:] != round.source.shape:
            raise ValueError(
                f"tricks.{self.name}.latent_dim={self.latent_dim} is not what the generator starts from, which is of "
                f"shape {tuple(round.source.shape[1:])}: leave it at ${{latent.latent_dim}}"
            )
        return (latent - round.source).square().mean()
