"""What the discriminator believes of every place of a plane."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gan_runner.game import Game

AT_ONCE = 512
"""Places in a batch: minibatch_discrimination compares each with each."""


@torch.no_grad()
def decision_surface(game: Game, places: Tensor) -> Tensor:
    """(N,) in [0, 1]: how real each place (N, F) looks, sigmoid(logit − boundary) in evaluation mode.

    A critic's logits have no boundary: they count from their mean, in standard deviations. A discriminator of packs
    gets packs of copies of one place; of an ensemble the mean counts. One that compares the samples of a batch sees
    each place among others from all over the plane.
    """
    discriminator = game.discriminator
    was_training = discriminator.training
    discriminator.eval()
    batches = math.ceil(len(places) / AT_ONCE)
    logits = torch.empty(len(places), device=places.device)
    for start in range(batches):
        copies = places[start::batches].repeat_interleave(game.pack, dim=0)
        logits[start::batches] = discriminator(copies).logits.float().flatten(1).mean(1)
    discriminator.train(was_training)
    boundary = game.loss.boundary
    if boundary is None:
        return ((logits - logits.mean()) / logits.std().clamp_min(1e-9)).sigmoid()
    return (logits - boundary).sigmoid()
