"""Flatten the discriminator around the data."""

from __future__ import annotations

from gan_runner.tricks.slope_penalty import SlopePenalty


class R1(SlopePenalty):
    """Charge the discriminator for its squared slope at the reals, so that it rests once the generator is there.

    γ/2 · E‖∇D(x)‖² on reals, summed over a sample's dimensions and over the members of an ensemble, averaged over the
    batch. The ½ is part of the paper's formula; its published code leaves it out, so that its reg_param 10 is gamma=20
    here. every=16 is StyleGAN2's lazy rhythm: the term, evaluated on each 16th update, counts 16 times.

    BatchNorm in the discriminator is refused: the paper's networks have none, and the gradient of one sample's logit
    is not defined with it. Source: Mescheder et al. 2018, eq. 9 (arXiv:1801.04406).
    """

    side = "real"
