"""CMMD: the distance by a Gaussian kernel between CLIP's features, as it was published."""

from gan_runner.metrics.rbf_mmd import RbfMMD

SIGMA, SCALE = 10.0, 1000.0


class CMMD(RbfMMD):
    """MMD² of features of length 1 under a Gaussian kernel of σ 10, times 1,000, as the published code has it.

    The estimate is the biased one (a V-statistic), so never below 0: N samples as good as N reals have 1000/σ²N
    times the mean of |x − y|², which the control shows. With features=clip it is CMMD; its figures are of
    CLIP ViT-L/14 at 336 pixels, and other weights have others. Vectors of length 1 are at most 2 apart, a fifth of σ:
    the kernel is nearly flat, so that the figure is nearly 1000/σ² times the squared distance of the means.
    Source: Jayasumana et al. 2024 (arXiv:2401.09603), and its code (google-research/cmmd, distance.py).
    """

    gives = ("cmmd",)

    def __init__(self) -> None:
        super().__init__(bandwidth=SIGMA, scale=SCALE, biased=True, unit_length=True)
