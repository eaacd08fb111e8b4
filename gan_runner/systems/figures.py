"""What a round tells about the state of the game."""

from collections.abc import Mapping

import torch
from torch import Tensor

from gan_runner.types import Player, Round


@torch.no_grad()
def figures_of_round(player: Player, rounds: Mapping[str, Round]) -> dict[str, Tensor]:
    """How the discriminator judged, before it learned from the batch: `discriminator/<game>/<figure>`, scalars.

    D_real and D_fake are means of sigmoid(logit − boundary), 1/2 each at the equilibrium of the minimax game (where
    the boundary is 0 they are probabilities); accuracy_real and accuracy_fake are the shares of logits on their own
    side of the loss's boundary. A critic, whose loss has no boundary, has logit_real and logit_fake instead, the
    means whose gap estimates a distance.
    """
    if player != "discriminator":
        return {}
    figures: dict[str, Tensor] = {}
    for name, round in rounds.items():
        real, fake = round.real_score.logits, round.fake_score.logits
        found = _judged(real, fake, round.loss.boundary)
        figures |= {f"discriminator/{name}/{figure}": value for figure, value in found.items()}
    return figures


def _judged(real: Tensor, fake: Tensor, boundary: float | None) -> dict[str, Tensor]:
    if boundary is None:
        return {"logit_real": real.mean(), "logit_fake": fake.mean()}
    return {
        "D_real": (real - boundary).sigmoid().mean(),
        "D_fake": (fake - boundary).sigmoid().mean(),
        "accuracy_real": (real > boundary).float().mean(),
        "accuracy_fake": (fake < boundary).float().mean(),
    }
