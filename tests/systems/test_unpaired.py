"""CycleGAN: what each game is dealt, and the terms that join the two."""

from typing import Any

import pytest
import torch

from fixtures.translations import Scaled, a_batch, rounds_of, system_of


def test_unpaired_games_are_dealt_each_others_domain(composed: Any) -> None:
    system, batch = system_of(composed, "cyclegan", "data.channels=1"), a_batch(channels=1)
    hands = system.hands(batch)
    assert torch.equal(hands["a2b"].source, batch.source)
    assert torch.equal(hands["a2b"].real, batch.real)
    assert torch.equal(hands["b2a"].source, batch.real)
    assert torch.equal(hands["b2a"].real, batch.source)


def test_cycle_and_identity_by_hand(composed: Any) -> None:
    """G = 2·, F = 3·: what comes back is 6 times what left."""
    system = system_of(composed, "cyclegan", "system.cycle_a=10", "system.cycle_b=7", "system.identity=0.25")
    system.games["a2b"].generator, system.games["b2a"].generator = Scaled(2.0), Scaled(3.0)
    batch = a_batch()
    terms = system.joint_terms("generator", rounds_of(system, batch))
    a, b = batch.source.abs().mean().item(), batch.real.abs().mean().item()
    assert {name: value.item() for name, value in terms.items()} == {
        "cycle_a": pytest.approx(10 * 5 * a),
        "cycle_b": pytest.approx(7 * 5 * b),
        "identity_a": pytest.approx(0.25 * 10 * 2 * a),  # F(a) − a
        "identity_b": pytest.approx(0.25 * 7 * 1 * b),  # G(b) − b
    }
    assert system.joint_terms("discriminator", rounds_of(system, batch, "discriminator")) == {}
    sum(terms.values()).backward()
    # d/dG of 10|FG − 1|a + 7|GF − 1|b + 1.75|G − 1|b, and so for F
    assert system.games["a2b"].generator.factor.grad.item() == pytest.approx(30 * a + 21 * b + 1.75 * b, rel=1e-5)
    assert system.games["b2a"].generator.factor.grad.item() == pytest.approx(20 * a + 14 * b + 2.5 * a, rel=1e-5)


@pytest.mark.parametrize(
    ("overrides", "names"),
    [
        (["system.identity=0"], {"cycle_a", "cycle_b"}),
        (["system.cycle_a=0"], {"cycle_b", "identity_b"}),
        (["system.cycle_a=0", "system.cycle_b=0"], set()),
    ],
)
def test_a_weight_of_0_leaves_its_terms_out(composed: Any, overrides: list[str], names: set[str]) -> None:
    system = system_of(composed, "cyclegan", *overrides)
    assert set(system.joint_terms("generator", rounds_of(system, a_batch()))) == names


def test_identity_is_left_out_with_a_sentence_where_channels_differ(composed: Any, caplog: Any) -> None:
    system = system_of(composed, "cyclegan", "data.channels=1")
    assert [record.message for record in caplog.records if "system.identity=0.5 is left out" in record.message]
    assert set(system.joint_terms("generator", rounds_of(system, a_batch(channels=1)))) == {"cycle_a", "cycle_b"}
    assert system.translator("a2b")(torch.zeros(1, 3, 8, 8)).shape == (1, 1, 8, 8)
    assert system.translator("b2a")(torch.zeros(1, 1, 8, 8)).shape == (1, 3, 8, 8)


def test_the_published_losses(composed: Any) -> None:
    """½ of both squares for the discriminator, the whole one for the generator, over patches that are not averaged."""
    loss = system_of(composed, "cyclegan").all_games[0].loss
    real, fake = torch.tensor([[[[1.0, 3.0]]]]), torch.tensor([[[[0.0, 2.0]]]])
    assert loss.discriminator(real, fake).item() == pytest.approx(0.5 * (0 + 4) / 2 + 0.5 * (0 + 4) / 2)
    assert loss.generator(fake, None).item() == pytest.approx((1 + 1) / 2)
