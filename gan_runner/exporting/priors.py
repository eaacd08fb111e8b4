"""What latents are drawn from, in words and in code that others run: of torch as gan-sample draws, of numpy for any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gan_runner.latents import Gaussian, GaussianMixture, SwissRoll, Uniform
from gan_runner.systems.mixture import Mixture


@dataclass(frozen=True)
class Drawing:
    """words: the prior. torch: lines that give `latent` (count, latent_dim), from names count and seed, equal to those
    of gan-sample; with truncation, `truncated`. numpy: the same prior in lines for any runtime, of other numbers.
    Empty where a prior is of one's own.
    """

    words: str
    torch: str = ""
    truncated: str = ""
    numpy: str = ""


GENERATOR = "generator = torch.Generator().manual_seed(seed)\n"
NUMPY = "rng = np.random.default_rng(seed)\n"


def drawing(prior: Any) -> Drawing:
    """How latents are drawn of a prior."""
    size = int(prior.latent_dim)
    for kind, told in TOLD.items():
        if type(prior) is kind:
            return told(prior, size)
    return Drawing(f"{type(prior).__module__}.{type(prior).__qualname__}, {size} numbers")


def limits(prior: Any) -> str:
    """What the input `truncation` means for a prior, or how latents are truncated where there is none."""
    if isinstance(prior, Gaussian):
        return "standard deviations, inf for the whole prior: each number is drawn in, none is further out"
    if isinstance(prior, Mixture):
        return "standard deviations within a component, inf for the whole mixture"
    if isinstance(prior, Uniform):
        return "half the width, at most 1, which is the whole prior, as inf is"
    if isinstance(prior, SwissRoll):
        return "the share of the roll about its middle, at most 1, which is all of it, as inf is"
    if hasattr(prior, "within"):
        return "one number, inf for the whole prior"
    return "no input: where a latent lies does not tell how it was drawn; draw truncated latents"


def _gaussian(prior: Any, size: int) -> Drawing:
    return Drawing(
        f"standard normal, {size} independent numbers",
        f"{GENERATOR}latent = torch.randn(count, {size}, generator=generator)",
        _truncated(size),
        f"{NUMPY}latent = rng.standard_normal((count, {size}), dtype=np.float32)",
    )


def _truncated(size: int) -> str:
    return (
        f"{GENERATOR}tail = torch.special.ndtr(torch.tensor(-truncation, dtype=torch.float64))\n"
        f"uniform = torch.rand(count, {size}, dtype=torch.float64, generator=generator)\n"
        "latent = torch.special.ndtri(tail + uniform * (1 - 2 * tail)).float()"
    )


def _uniform(prior: Any, size: int) -> Drawing:
    drawn = f"{GENERATOR}latent = 2 * torch.rand(count, {size}, generator=generator) - 1"
    return Drawing(
        f"uniform from -1 to 1, {size} independent numbers",
        drawn,
        f"{drawn}\nlatent = latent * min(truncation, 1)",
        f"{NUMPY}latent = rng.uniform(-1, 1, (count, {size})).astype(np.float32)",
    )


def _mixture(prior: Any, size: int) -> Drawing:
    noise = f"noise = torch.randn(count, {size - 1}, generator=generator)"
    choice = "latent = torch.cat([noise, torch.randn(count, 1, generator=generator)], dim=1)"
    return Drawing(
        f"standard normal, {size} independent numbers, of which the last chooses a component of a mixture in the file",
        f"{GENERATOR}{noise}\n{choice}",
        f"{_truncated(size - 1).replace('latent =', 'noise =')}\n{choice}",
        f"{NUMPY}latent = rng.standard_normal((count, {size}), dtype=np.float32)",
    )


def _wheel(prior: Any, size: int) -> Drawing:
    along = f"along, across = torch.randn(count * {size // 2}, 2, generator=generator).unbind(1)"
    place = (
        f"spoke = torch.randint({prior.components}, along.shape, generator=generator)\n"
        f"turned = torch.polar(torch.ones_like(along), 2 * math.pi * spoke / {prior.components})\n"
        f"place = torch.complex({prior.radius} + {prior.length} * along, {prior.breadth} * across) * turned\n"
        f"latent = torch.view_as_real(place).reshape(count, {size})"
    )
    truncated = _truncated(2).replace("(count, 2", f"(count * {size // 2}, 2").replace("latent =", "drawn =")
    return Drawing(
        f"{size // 2} pair(s) of numbers, each a wheel of {prior.components} narrow normals about a centre, "
        f"{prior.radius} away, of standard deviations {prior.length} outwards and {prior.breadth} across",
        f"{GENERATOR}{along}\n{place}",
        f"{truncated}\nalong, across = drawn.unbind(1)\n{place}",
        f"{NUMPY}along, across = rng.standard_normal((2, count, {size // 2}))\n"
        f"angle = 2 * np.pi * rng.integers({prior.components}, size=along.shape) / {prior.components}\n"
        f"x, y = {prior.radius} + {prior.length} * along, {prior.breadth} * across\n"
        "turned = [x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)]\n"
        f"latent = np.stack(turned, axis=2).reshape(count, {size}).astype(np.float32)",
    )


def _roll(prior: Any, size: int) -> Drawing:
    drawn = f"{GENERATOR}uniform = torch.rand(count, {size // 2}, generator=generator)\n"
    rolled = f"latent = torch.view_as_real(torch.polar({prior.radius} * s, 2 * math.pi * {prior.turns} * s)).flatten(1)"
    return Drawing(
        f"{size // 2} pair(s) of numbers, each on a line rolled up, {prior.turns} turns and {prior.radius} wide",
        f"{drawn}s = uniform.sqrt()\n{rolled}",
        f"{drawn}s = (0.5 + (uniform - 0.5) * min(truncation, 1)).sqrt()\n{rolled}",
        f"{NUMPY}s = np.sqrt(rng.random((count, {size // 2})))\nangle = 2 * np.pi * {prior.turns} * s\n"
        f"pairs = np.stack([np.cos(angle), np.sin(angle)], axis=2) * ({prior.radius} * s)[..., None]\n"
        f"latent = pairs.reshape(count, {size}).astype(np.float32)",
    )


TOLD = {Gaussian: _gaussian, Uniform: _uniform, Mixture: _mixture, GaussianMixture: _wheel, SwissRoll: _roll}
"""Class of a prior -> how it is told of."""
