"""How many nats held-out images cost an autoencoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from gan_runner.figures import build
from gan_runner.metrics.base import Answer
from gan_runner.metrics.held_out import HeldOut
from gan_runner.metrics.oddness import scored


class Likelihood(HeldOut):
    """Nats per held-out image, or point, all constants included, in float32; of codes that are drawn by one draw.

    nats: −log p(x | code); of codes that are distributions also kl_nats, KL(q(z | x) ‖ N(0, I)), and nelbo, the sum of
    both, which is the test loss of tutorials: a bound on −log p(x), whatever weights the system trains with. Figures
    have the likelihood's name, nelbo/bernoulli/10000: those of different likelihoods do not compare. A Bernoulli's of
    grey images is the cross-entropy that is published for them, and no density.
    Source: Kingma & Welling 2013, eq. 3 (arXiv:1312.6114).
    """

    key = "metrics.likelihood"

    @property
    def asks(self) -> dict[str, dict[str, Any]]:
        return {"nats": {}}

    def probe(self, answers: Mapping[str, Answer], device: torch.device) -> dict[str, float]:
        deck, at = self.held_out()
        found = scored(answers["nats"], deck, at, device, labelled=True)
        return {build(name, len(at)): float(values.double().mean()) for name, values in found.items()}
