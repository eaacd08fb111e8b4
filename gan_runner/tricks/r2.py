"""Flatten the discriminator around what the generator makes."""

from __future__ import annotations

from gan_runner.tricks.slope_penalty import SlopePenalty


class R2(SlopePenalty):
    """Charge the discriminator for its squared slope at the fakes; beside R1 it steadies relativistic losses.

    γ/2 · E‖∇D(x̂)‖² on detached fakes x̂, summed over a sample's dimensions and over the members of an ensemble,
    averaged over the batch; γ/2 as in R1. BatchNorm in the discriminator is refused, for R1's reason.
    Source: Mescheder et al. 2018, eq. 10 (arXiv:1801.04406); with R1: Huang et al. 2025, R3GAN (arXiv:2501.05441).
    """

    side = "fake"
