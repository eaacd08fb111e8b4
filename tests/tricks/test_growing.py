from types import SimpleNamespace
from typing import Any

import pytest
import torch

from gan_runner.game import Game
from gan_runner.losses.non_saturating import NonSaturating
from gan_runner.networks.dcgan import Discriminator as Fixed
from gan_runner.networks.progan import Discriminator, Generator
from gan_runner.tricks.ema import EMA
from gan_runner.tricks.growing import Growing

SHAPE = (1, 16, 16)


def game_with(growing: Growing, **tricks: Any) -> Game:
    torch.manual_seed(0)
    small = {"max_channels": 4, "base_channels": 8}
    return Game(
        SHAPE,
        lambda shape: Generator(shape, latent_dim=3, **small),
        lambda shape: Discriminator(shape, **small),
        NonSaturating(),
        {"growing": growing, **tricks},
    )


def levels(growing: Growing, images: range) -> list[float]:
    found = []
    for seen in images:
        growing.on_batch(seen)
        found.append(growing.level)
    return found


def test_sizes_are_played_and_faded_in_by_turns():
    growing = Growing(stable_images=4, fade_images=4)
    game_with(growing)
    expected = [0, 0, 0, 0, 0, 0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1.25, 1.5, 1.75, 2, 2, 2]
    assert levels(growing, range(19)) == expected


def test_growth_may_begin_later():
    growing = Growing(stable_images=4, fade_images=4, first_size=8)
    game = game_with(growing)
    assert game.generator.level == 1
    assert levels(growing, range(10)) == [1, 1, 1, 1, 1, 1.25, 1.5, 1.75, 2, 2]
    assert growing.batches_to_top(2, 1) == 4
    whole = Growing(first_size=16)
    game_with(whole)
    assert levels(whole, range(2)) == [2, 2]
    assert whole.batches_to_top(2, 1) == 0


@pytest.mark.parametrize("size", [1, 6, 12, 32])
def test_growth_begins_at_a_size_of_its_own(size):
    with pytest.raises(ValueError, match=rf"first_size={size} is no size on the way to 16 pixels: choose 4, 8, 16"):
        game_with(Growing(first_size=size))


def test_batches_that_jump_over_phases_change_nothing_of_the_schedule():
    growing = Growing(stable_images=4, fade_images=4)
    game_with(growing)
    assert levels(growing, range(0, 21, 5)) == [0, 0.25, 1, 1.75, 2]


def test_no_phase_may_be_empty_of_images():
    growing = Growing(stable_images=0, fade_images=0)
    game_with(growing)
    assert levels(growing, range(1)) == [2]


def test_players_and_average_stand_at_the_level():
    growing = Growing(stable_images=4, fade_images=4)
    game = game_with(growing, ema=EMA())
    networks = [game.generator, game.discriminator, game.sampler()[0]]
    assert [network.level for network in networks] == [0, 0, 0]
    growing.on_batch(13)
    assert [network.level for network in networks] == [1.25, 1.25, 1.25]


def test_reals_fade_as_fakes_do():
    growing = Growing(stable_images=4, fade_images=4)
    game = game_with(growing)
    real = torch.randn(2, *SHAPE)
    averaged = {size: torch.nn.functional.adaptive_avg_pool2d(real, size) for size in (4, 8)}
    full = {size: torch.kron(image, torch.ones(16 // size, 16 // size)) for size, image in averaged.items()}
    torch.testing.assert_close(growing.on_real(real), full[4])
    growing.on_batch(5)
    torch.testing.assert_close(growing.on_real(real), 0.75 * full[4] + 0.25 * full[8])
    growing.on_batch(8)
    torch.testing.assert_close(growing.on_real(real), full[8])
    torch.testing.assert_close(game.discriminator(full[8]), game.discriminator(real))  # which averages for itself
    growing.on_batch(16)
    assert growing.on_real(real) is real


def test_batch_sizes_follow_the_size_that_fades_in():
    growing = Growing(stable_images=4, fade_images=4, batch_sizes=[8, 4])
    game = game_with(growing)
    assert [game.on_batch(seen) for seen in (0, 4, 8, 12, 16)] == [8, 4, 4, 4, 4]
    assert game_with(Growing()).on_batch(0) is None


def test_optimizers_forget_when_a_fade_begins_and_when_it_ends():
    growing = Growing(stable_images=4, fade_images=4)
    game = game_with(growing)
    optimizers = {name: torch.optim.Adam(game.player(name).parameters()) for name in ("generator", "discriminator")}
    game.on_optimizers(optimizers)
    remembering = []
    for seen in range(10):
        growing.on_batch(seen)
        remembering.append([bool(optimizer.state) for optimizer in optimizers.values()])
        for optimizer in optimizers.values():
            for parameter in optimizer.param_groups[0]["params"]:
                parameter.grad = torch.zeros_like(parameter)
            optimizer.step()
    assert [all(one) for one in remembering] == [False, True, True, True, False, True, True, True, False, True]
    assert all(len(set(one)) == 1 for one in remembering)


def judged(growing: Growing, real: list[float], fake: list[float], step: int) -> None:
    """A discriminator's update with these logits."""
    scores = [SimpleNamespace(logits=torch.tensor(logits)[:, None]) for logits in (real, fake)]
    round: Any = SimpleNamespace(real_score=scores[0], fake_score=scores[1], step=step)
    growing.discriminator_term(round)
    growing.after_step("discriminator", round)


def test_the_generator_that_fools_moves_on_at_once():
    growing = Growing(when="fooled", stable_images=100, fade_images=4, fooled=0.4, memory=2)
    game_with(growing)
    judged(growing, real=[1.0, 1.0], fake=[2.0, 0.0], step=0)  # half of the pairs
    growing.on_batch(2)
    assert growing.level == 0  # not looked at yet
    judged(growing, real=[1.0, 1.0], fake=[0.0, 0.0], step=1)  # none
    assert growing.share == 0.25
    growing.on_batch(4)
    assert not growing.fading
    for step in (2, 3):
        judged(growing, real=[1.0, 1.0], fake=[1.0, 0.9], step=step)  # a tie is half a win
    assert growing.share == 0.25
    for step in (4, 5):
        judged(growing, real=[1.0, 1.0], fake=[1.0, 3.0], step=step)
    growing.on_batch(12)
    assert (growing.fading, growing.level) == (True, 0)
    assert levels(growing, range(13, 18)) == [0.25, 0.5, 0.75, 1, 1]  # and has to fool anew


def test_the_generator_that_never_fools_moves_on_at_the_latest():
    growing = Growing(when="fooled", stable_images=8, fade_images=4)
    game_with(growing)
    assert levels(growing, range(0, 13, 4)) == [0, 0, 0, 1]


def test_a_saved_growth_goes_on():
    growing = Growing(stable_images=4, fade_images=4)
    game = game_with(growing)
    growing.on_batch(13)
    again = game_with(Growing(stable_images=4, fade_images=4))
    again.load_state_dict(game.state_dict())
    assert again.generator.level == again.discriminator.level == 1.25
    trick: Any = again.tricks["growing"]
    trick.on_batch(14)
    assert trick.level == 1.5


def test_batches_to_the_top():
    growing = Growing(stable_images=600, fade_images=300, batch_sizes=[10, 5])
    game_with(growing)
    assert growing.batches_to_top(64, ranks=1) == 600 / 10 + 300 / 5 + 600 / 5 + 300 / 5
    assert growing.batches_to_top(64, ranks=2) == 150
    without = Growing(stable_images=600, fade_images=300)
    game_with(without)
    assert without.batches_to_top(3, ranks=1) == 600


def test_refusals():
    with pytest.raises(ValueError, match=r"tricks\.growing needs players that can grow: take network=progan"):
        Game(SHAPE, lambda shape: Generator(shape, 3), Fixed, NonSaturating(), {"growing": Growing()})


def test_it_knows_why_it_grows():
    growing = Growing(when="fooled", stable_images=100, fade_images=4, fooled=0.2)
    game_with(growing)
    growing.on_batch(0)
    assert growing.why == ""
    growing.share = 0.244
    growing.on_batch(8)
    assert growing.why == (
        "8 pixels fade in, since 24% of the fakes beat a real one (tricks.growing.fooled: 20% are enough)"
    )
    growing.on_batch(12)
    assert growing.why == "8 pixels are played alone, since they have faded in over 4 images"
    growing.on_batch(112)
    assert growing.why.startswith("16 pixels fade in, since 8 pixels were played for 100 images")
