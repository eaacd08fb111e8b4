"""What a page draws of a game of points in the plane, as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_runner.data.base import DataFamily
from gan_runner.figures import build, logged
from gan_runner.game import Game
from gan_runner.latents import Gaussian, Prior, Uniform
from gan_runner.metrics.modes import Modes
from gan_runner.monitoring.decision_surface import decision_surface
from gan_runner.rng import kept
from gan_runner.systems.base import evaluating, generate
from gan_runner.systems.capabilities import Samples
from gan_runner.web.divergences import Histogram

REALS, FAKES, NEEDLES = 1000, 256, 150
"""How many are drawn."""
TILES = 40
"""Of the surface, a side."""
CELLS, ALONG = 20, 400
"""Of the latent grid, a side, in the plane; and along a line."""
MARGIN = 0.35
"""Around the reals, as a share of half the longer side."""
LOOKED_AT, EVERY = 2500, 0.5
"""Samples by which modes (customarily) and divergences are measured; and seconds between two looks."""
LONGEST = 0.15
"""Of a needle, as a share of the box."""

Arrays = list[tuple[str, str, np.ndarray[Any, Any]]]
"""Name, kind and values of each."""


class View:
    """One game as it is looked at: always by the same box, reals and latents, which `seed` draws.

    Nothing here draws from the run's random numbers, and no network is left in another mode.
    """

    def __init__(self, data: DataFamily, system: Samples, seed: int = 0) -> None:
        draws = torch.Generator().manual_seed(seed % 2**32)
        self.real = data.examples(REALS).real.float()
        reals = data.examples(len(data.deck("train"))).real.float()
        self.box = box_around(reals)
        self.histogram = Histogram(reals, self.box)
        self.latent_dim = system.latent.latent_dim
        self._fixed = system.latent.sample(FAKES, generator=draws)
        self._many = system.latent.sample(LOOKED_AT, generator=draws)
        self._grid = latent_grid(system.latent)
        self._modes = Modes() if getattr(data, "centres", None) is not None else None
        self.measured: dict[str, float] = {}
        """Modes as evaluations tell them, with what as many reals cover."""
        if self._modes is not None:
            self._modes.meet(data)
            self._of_reals = self._counted(reals[:LOOKED_AT], "real")
        self._tiles = tiles(self.box)
        self._looked_at = -EVERY
        self._covered: dict[str, Any] = {"covered": None, "of": None, "on_mode": None}

    def began(self) -> tuple[dict[str, Any], list[bytes]]:
        """What stays as it is: the box, the reals, the modes."""
        x, y, side = self.box
        header = {
            "box": [x, x + side, y, y + side],
            "real": len(self.real),
            "latent_dim": self.latent_dim,
            "modes": None if self._modes is None else self._modes.centres.tolist(),
        }
        return header, [self.real.numpy().astype("<f4").tobytes()]

    def frame(self, system: Any, now: bool = False) -> tuple[dict[str, Any], list[bytes]]:
        """The game as it is. KL, JS and modes are measured twice a second, or `now`."""
        with kept(system.device):
            arrays = self.arrays(system)
            told: dict[str, Any] = {"kl": None, "js": None}
            if now or perf_counter() - self._looked_at >= EVERY:
                told |= self._look(system.all_games[0])
                self._looked_at = perf_counter()
        header = {**told, **self._covered, "arrays": [[name, kind, list(array.shape)] for name, kind, array in arrays]}
        return header, [array.tobytes() for _, _, array in arrays]

    def arrays(self, system: Any) -> Arrays:
        """fakes (256, 2) of fixed latents; surface (40, 40) of bytes, from the bottom row to the top one; needles (150,
        2), which begin at the first fakes; manifold (21, 21, 2) or (401, 2) where latents have at most two numbers.
        """
        game: Game = system.all_games[0]
        latents = self._fixed if self._grid is None else torch.cat([self._fixed, self._grid.flatten(0, -2)])
        made = generate(game.generator, latents.to(system.device), batch_size=len(latents))
        fakes = made[:FAKES]
        surface = decision_surface(game, self._tiles.to(system.device)).nan_to_num(0.5)
        arrays: Arrays = [
            ("fakes", "f4", _floats(fakes)),
            ("surface", "u1", (255 * surface).round().byte().cpu().numpy().reshape(TILES, TILES)),
            ("needles", "f4", _floats(needles(game, fakes[:NEEDLES], self.box[2]))),
        ]
        if self._grid is not None:
            arrays.append(("manifold", "f4", _floats(made[FAKES:]).reshape(*self._grid.shape[:-1], 2)))
        return arrays

    def _look(self, game: Game) -> Mapping[str, float | None]:
        """KL and JS in bits; and how many modes are covered, which is kept until the next look."""
        device = next(game.generator.parameters()).device
        fakes = generate(game.generator, self._many.to(device), batch_size=len(self._many)).cpu()
        if self._modes is not None:
            found = self._counted(fakes)
            covered, on_mode = found.values()
            self._covered = {"covered": int(covered), "of": len(self._modes.centres), "on_mode": on_mode}
            self.measured = found | self._of_reals
        return self.histogram.divergences(fakes)

    def _counted(self, points: Tensor, *control: str) -> dict[str, float]:
        """Covered modes, and the share of points that are on one."""
        assert self._modes is not None
        found = self._modes.compare(self.real, points)
        names = ("modes_covered", "modes_high_quality")
        return {logged(build(name, "points", LOOKED_AT, *control)): float(found[name]) for name in names}


def box_around(reals: Tensor) -> tuple[float, float, float]:
    """The left and lower edge and the side of a square around points (N, 2), with a margin."""
    low, high = reals.double().aminmax(dim=0)
    half = (high - low).max().clamp_min(1e-6) / 2 * (1 + MARGIN)
    x, y = ((low + high) / 2 - half).tolist()
    return x, y, 2 * float(half)


def tiles(box: tuple[float, float, float]) -> Tensor:
    """(TILES², 2): the middles of the tiles of a box, row by row from the bottom."""
    x, y, side = box
    middles = (torch.arange(TILES) + 0.5) / TILES * side
    rows, columns = torch.meshgrid(y + middles, x + middles, indexing="ij")
    return torch.stack([columns.flatten(), rows.flatten()], dim=1)


def latent_grid(latent: Prior) -> Tensor | None:
    """Latents in rows and columns, (21, 21, 2) or (401, 1), whose cells are all as likely; None of more numbers, or of
    a prior that fills no square.
    """
    if latent.latent_dim > 2 or not isinstance(latent, Gaussian | Uniform):
        return None
    count = ALONG if latent.latent_dim == 1 else CELLS
    shares = torch.linspace(0.01, 0.99, count + 1)
    line: Tensor = torch.special.ndtri(shares) if isinstance(latent, Gaussian) else 2 * shares - 1
    if latent.latent_dim == 1:
        return line[:, None]
    rows, columns = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([columns, rows], dim=2)


def needles(game: Game, places: Tensor, side: float) -> Tensor:
    """(N, 2): where the discriminator's answer rises from each place (N, 2), .15 of its slope in a box of this side.

    The answer is sigmoid(logit − boundary), as GAN Lab has it (Kahng et al. 2018, arXiv:1809.01587). A critic's logits
    have no boundary, and no scale: their slopes count in shares of the usual one. No needle is longer than LONGEST.
    """
    boundary = game.loss.boundary
    with evaluating(game.discriminator), torch.enable_grad():
        at = places.detach().clone().requires_grad_()
        logits = game.discriminator(at.repeat_interleave(game.pack, dim=0)).logits.float().flatten(1).mean(1)
        answer = logits if boundary is None else (logits - boundary).sigmoid()
        (slope,) = torch.autograd.grad(answer.sum(), at)
    slope = slope.nan_to_num(0.0, 0.0, 0.0) * side  # of the answer, along the whole box
    length = slope.norm(dim=1, keepdim=True)
    if boundary is None:
        slope = slope / length.median().clamp_min(1e-12) / 2
        length = slope.norm(dim=1, keepdim=True)
    shown = LONGEST * length.tanh()
    needle: Tensor = slope / length.clamp_min(1e-12) * shown * side
    return needle


def _floats(values: Tensor) -> np.ndarray[Any, Any]:
    return values.detach().float().cpu().numpy().astype("<f4")
