"""What a page draws: shapes, places, directions; and that looking leaves no trace."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gan_runner.data.gaussians import Gaussians
from gan_runner.latents import Gaussian, GaussianMixture, Uniform
from gan_runner.monitoring.decision_surface import decision_surface
from gan_runner.web.frames import FAKES, LONGEST, NEEDLES, TILES, View, box_around, latent_grid, needles, tiles
from gan_runner.web.player import prepare

POINTS = (
    "model=vanilla", "data=ring", "data.num_samples=3000", "network.generator.hidden=[8]",
    "network.discriminator.hidden=[8]", "latent.latent_dim=2", "trainer.accelerator=cpu",
)  # fmt: skip


def experiment(folder: Path, *overrides: str) -> Any:
    return prepare([*POINTS, *overrides], folder)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return experiment(tmp_path_factory.mktemp("ring"))


def arrays(header: dict[str, Any], found: list[bytes]) -> dict[str, np.ndarray]:
    """As a page reads them."""
    told = header["arrays"]
    assert len(told) == len(found)
    return {
        name: np.frombuffer(content, np.dtype(f"<{kind}")).reshape(shape)
        for (name, kind, shape), content in zip(told, found, strict=True)
    }


def test_a_frame_has_the_shapes_that_are_stated(ring: Any) -> None:
    header, found = View(ring.data, ring.system).frame(ring.system)
    shapes = {name: (array.shape, array.dtype.str) for name, array in arrays(header, found).items()}
    assert shapes == {
        "fakes": ((256, 2), "<f4"),
        "surface": ((40, 40), "|u1"),
        "needles": ((150, 2), "<f4"),
        "manifold": ((21, 21, 2), "<f4"),
    }
    assert 0 < header["js"] <= 1
    assert header["kl"] > 0
    assert (header["of"], 0 <= header["covered"] <= 8, 0 <= header["on_mode"] <= 1) == (8, True, True)


@pytest.mark.parametrize(
    ("overrides", "shape"),
    [
        (("latent=uniform", "latent.latent_dim=1"), (401, 2)),
        (("latent.latent_dim=1",), (401, 2)),
        (("latent.latent_dim=3",), None),
        (("latent=swiss_roll", "latent.latent_dim=2"), None),
    ],
    ids=str,
)
def test_the_manifold_of_other_latents(tmp_path: Path, overrides: tuple[str, ...], shape: Any) -> None:
    game = experiment(tmp_path, *overrides)
    header, found = View(game.data, game.system).frame(game.system)
    manifold = arrays(header, found).get("manifold")
    assert (None if manifold is None else manifold.shape) == shape


def test_what_stays_as_it_is(ring: Any) -> None:
    header, (reals,) = View(ring.data, ring.system).began()
    points = np.frombuffer(reals, "<f4").reshape(header["real"], 2)
    x0, x1, y0, y1 = header["box"]
    assert x0 < points[:, 0].min() < points[:, 0].max() < x1
    assert y0 < points[:, 1].min() < points[:, 1].max() < y1
    assert x1 - x0 == pytest.approx(y1 - y0)
    assert np.allclose(header["modes"], ring.data.centres)
    assert header["latent_dim"] == 2


def test_points_without_modes_have_none_to_count(tmp_path: Path) -> None:
    game = experiment(tmp_path, "data=spiral", "data.num_samples=500")
    view = View(game.data, game.system)
    header, _ = view.frame(game.system)
    assert (header["covered"], header["of"], header["on_mode"]) == (None, None, None)
    assert view.began()[0]["modes"] is None
    assert view.measured == {}
    assert header["js"] > 0


def test_divergences_are_measured_now_and_then(ring: Any) -> None:
    view = View(ring.data, ring.system)
    first, second, asked = (view.frame(ring.system, now=now)[0] for now in (False, False, True))
    assert first["kl"] is not None
    assert second["kl"] is second["js"] is None
    assert (asked["kl"], asked["js"]) == (first["kl"], first["js"])
    assert second["covered"] == first["covered"], "modes are kept in between"


def test_modes_are_told_as_evaluations_tell_them(ring: Any) -> None:
    view = View(ring.data, ring.system)
    view.frame(ring.system)
    assert set(view.measured) == {
        f"evaluation/{name}/points/2500{control}"
        for name in ("modes_covered", "modes_high_quality")
        for control in ("", "/real")
    }
    assert view.measured["evaluation/modes_covered/points/2500/real"] == 8


def test_looking_leaves_no_trace(tmp_path: Path) -> None:
    """No network is in another mode or has another weight or buffer, and no random number is drawn."""
    game = experiment(tmp_path, "network.generator.batch_norm=true", "tricks=[spectral_norm,instance_noise]")
    system, view = game.system, View(game.data, game.system)
    system.train()
    before = {name: value.clone() for name, value in system.state_dict().items() if isinstance(value, torch.Tensor)}
    drawn = torch.get_rng_state()
    frames = [view.frame(system, now=True)[1] for _ in range(2)]
    assert frames[0] == frames[1]
    assert torch.equal(torch.get_rng_state(), drawn)
    assert all(module.training for module in system.modules())
    after = system.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert all(p.grad is None for p in system.parameters())


def test_the_surface_is_what_the_discriminator_says_of_each_tile_from_the_bottom(ring: Any) -> None:
    view = View(ring.data, ring.system)
    header, found = view.frame(ring.system)
    surface = arrays(header, found)["surface"]
    x, y, side = view.box
    for row, column in ((0, 0), (0, TILES - 1), (TILES - 1, 3)):
        place = torch.tensor([[x + (column + 0.5) * side / TILES, y + (row + 0.5) * side / TILES]])
        said = float(decision_surface(ring.system.all_games[0], place.float()))
        assert abs(int(surface[row, column]) - 255 * said) <= 1
    assert tiles(view.box).shape == (TILES**2, 2)


def test_needles_are_slopes_of_the_answer(ring: Any) -> None:
    """By differences: a step along the needle raises the answer by as much as its length says."""
    game, side = ring.system.all_games[0], 2.8
    places = torch.randn(NEEDLES, 2, generator=torch.Generator().manual_seed(1))
    found = needles(game, places, side).double()
    game.discriminator.double()
    try:
        slopes = []
        for axis in (0, 1):
            change = torch.zeros(2, dtype=torch.float64)
            change[axis] = 1e-5
            up, down = (decision_answer(game, places.double() + sign * change) for sign in (1, -1))
            slopes.append((up - down) / 2e-5)
    finally:
        game.discriminator.float()
    slope = torch.stack(slopes, dim=1) * side
    length = slope.norm(dim=1, keepdim=True)
    expected = slope / length * LONGEST * length.tanh() * side
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-6)
    assert found.norm(dim=1).max() <= LONGEST * side


def decision_answer(game: Any, places: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return (game.discriminator(places).logits.flatten() - game.loss.boundary).sigmoid()


def test_needles_of_a_critic_and_of_packs(tmp_path: Path) -> None:
    for overrides in (("loss=wasserstein", "tricks=[weight_clipping]"), ("tricks=[pacgan]",)):
        system = experiment(tmp_path, *overrides).system
        found = needles(system.all_games[0], torch.randn(NEEDLES, 2), 3.0)
        assert found.shape == (NEEDLES, 2)
        assert 0 < found.norm(dim=1).max() <= LONGEST * 3.0


def test_fakes_are_of_fixed_latents(ring: Any) -> None:
    first, second = (View(ring.data, ring.system, seed=3).frame(ring.system)[1][0] for _ in range(2))
    assert first == second
    assert first != View(ring.data, ring.system, seed=4).frame(ring.system)[1][0]
    assert len(first) == FAKES * 2 * 4


def test_cells_of_the_latent_grid_are_as_likely() -> None:
    grid = latent_grid(Gaussian(2))
    assert grid is not None
    shares = torch.special.ndtr(grid)
    assert torch.allclose(shares[:, 1:, 0] - shares[:, :-1, 0], torch.tensor(0.98 / 20), atol=1e-5)
    line = latent_grid(Uniform(1))
    assert line is not None
    assert line.shape == (401, 1)
    assert line.abs().max() < 1
    assert latent_grid(Gaussian(3)) is None
    assert latent_grid(GaussianMixture(2)) is None


def test_a_box_is_square_and_has_a_margin_even_around_one_point() -> None:
    x, y, side = box_around(torch.tensor([[0.0, 0.0], [4.0, 1.0]]))
    assert x < 0 < 4 < x + side
    assert (x + side / 2, y + side / 2) == pytest.approx((2.0, 0.5))
    assert box_around(torch.zeros(3, 2))[2] > 0
    data = Gaussians(num_samples=50)
    assert box_around(data.examples(50).real)[2] == pytest.approx(2.7, abs=0.2)
