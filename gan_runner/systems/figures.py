"""What a round tells about the state of the game."""

from collections.abc import Mapping

import torch
from torch import Tensor

from gan_runner.types import Player, Round


@torch.no_grad()
def figures_of_round(player: Player, rounds: Mapping[str, Round]) -> dict[str, Tensor]:
    """How the discriminator judged, before it learned from the batch: `discriminator/<game>/<figure>`.

    D_real and D_fake are mean probabilities sigmoid(logit), 1/2 each at the equilibrium of the minimax game;
    accuracy_real and accuracy_fake are the shares of logits on their own side of 0. All are scalars.
    """
    if player != "discriminator":
        return {}
    figures: dict[str, Tensor] = {}
    for name, round in rounds.items():
        real, fake = round.real_score.logits, round.fake_score.logits
        figures |= {
            f"discriminator/{name}/D_real": real.sigmoid().mean(),
            f"discriminator/{name}/D_fake": fake.sigmoid().mean(),
            f"discriminator/{name}/accuracy_real": (real > 0).float().mean(),
            f"discriminator/{name}/accuracy_fake": (fake < 0).float().mean(),
        }
    return figures
