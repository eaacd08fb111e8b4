"""How many different samples the samples amount to."""

import math

import torch
from torch import Tensor

from gan_runner.metrics.base import Measure, exact
from gan_runner.types import NonNegative


class Vendi(Measure):
    """Vendi score: the effective number of different samples, from 1 (all alike) to N (no two alike at all).

    exp H of the eigenvalues λ of K/N, which sum to 1, with K the cosines between features (N, F). H is the entropy of
    order `q`: −Σ λ log λ for 1; log(Σ λ^q) / (1 − q) else; −log max λ for .inf. Orders below 1 count rare samples for
    more, orders above 1 for less; 0 counts the directions there are, N or F at most. A feature vector of zeros has no
    direction: it is taken for one of its own, like other zeros and unlike all else. Copies of samples, each as often,
    change nothing. It is of the samples alone, and depends on their number: held-out reals, as many, are its control,
    and samples that vary as the reals do come near it. Noise has more.
    Source: Friedman & Dieng 2023, def. 3.1 (arXiv:2210.02410); the order: Pasarkar & Dieng 2024 (arXiv:2310.12952).
    """

    needs = "features"
    gives = ("vendi",)
    compares = False

    def __init__(self, q: NonNegative = 1.0) -> None:
        super().__init__()
        self.q = q

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        return {"vendi": torch.tensor(math.exp(entropy(spectrum(fake), self.q)))}


def spectrum(samples: Tensor) -> Tensor:
    """The eigenvalues of the cosines of (N, F) over N that are not 0 but for rounding; they sum to 1."""
    samples = exact(samples)
    scaled = samples / samples.abs().amax(1, keepdim=True).clamp_min(torch.finfo(samples.dtype).tiny)
    length = scaled.norm(dim=1, keepdim=True)
    unit = torch.cat([scaled / length.where(length > 0, 1.0), (length == 0).to(samples)], dim=1)
    # X Xᵀ and Xᵀ X have the same eigenvalues but for zeros: the smaller is taken.
    product = unit @ unit.T if len(unit) < unit.shape[1] else unit.T @ unit
    found = torch.linalg.eigvalsh(product / len(unit))
    seen: Tensor = found[found > max(unit.shape) * torch.finfo(found.dtype).eps * found.max()]
    return seen


def entropy(share: Tensor, q: float) -> float:
    """Of order q, in nats, of shares above 0 that sum to 1."""
    if q == 1:
        return -float((share * share.log()).sum())
    if math.isinf(q):
        return -float(share.max().log())
    return float(share.pow(q).sum().log()) / (1 - q)
