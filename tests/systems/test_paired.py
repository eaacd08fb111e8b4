"""pix2pix: pairs are what the discriminator sees, and what tricks keep; the image alone is what is translated."""

from typing import Any

import pytest
import torch

from fixtures.noise_pairs import TRANSLATING
from fixtures.translations import QUIET, Scaled, a_batch, rounds_of, system_of
from gan_runner.systems.paired import Paired, Pairing, Second


def test_paired_games_are_dealt_pairs(composed: Any) -> None:
    system, batch = system_of(composed, "pix2pix", "data.channels=1"), a_batch(channels=1)
    (round,) = rounds_of(system, batch).values()
    assert system.all_games[0].shape == (4, 8, 8)
    assert torch.equal(round.real, torch.cat([batch.source, batch.real], dim=1))
    assert torch.equal(round.fake[:, :3], batch.source)
    assert round.fake.shape == (2, 4, 8, 8)
    assert round.fake_score.logits.shape == (2, 1, 2, 2)


def test_l1_by_hand(composed: Any) -> None:
    system, batch = system_of(composed, "pix2pix", "system.l1=10"), a_batch()
    system.games["a2b"].generator = Pairing(Scaled(2.0))
    terms = system.joint_terms("generator", rounds_of(system, batch))
    assert set(terms) == {"l1"}
    assert terms["l1"].item() == pytest.approx(10 * (2 * batch.source - batch.real).abs().mean().item())
    assert system.joint_terms("discriminator", rounds_of(system, batch, "discriminator")) == {}


def test_the_translator_of_pairs_gives_the_image_alone() -> None:
    source = torch.randn(2, 3, 4, 4)
    assert torch.equal(Second(Pairing(Scaled(2.0)), 3)(source), 2 * source)


def test_pairs_are_translated_one_way(composed: Any) -> None:
    system = system_of(composed, "pix2pix")
    assert system.directions == ("a2b",)
    with pytest.raises(ValueError, match="direction=b2a is not learned from pairs"):
        system.translator("b2a")


def test_the_pool_keeps_pairs(played: Any) -> None:
    game = played("model=pix2pix", *TRANSLATING, *QUIET, "tricks=[replay]", "data.channels=1").system.all_games[0]
    assert game.tricks["replay"].pool.shape == (50, 4, 8, 8)
    assert int(game.tricks["replay"].count) == 2 * 4
    sources = game.tricks["replay"].pool[:8, :3]
    assert (sources.abs() <= 1).all()
    assert sources.abs().sum() > 0


def test_pairs_of_other_sides_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shapes \(3, 4, 4\) and \(3, 8, 8\): give both the same sides"):
        Paired((3, 8, 8), (3, 4, 4), make_game=None, optimizers={}, schedules={})  # type: ignore[arg-type]
