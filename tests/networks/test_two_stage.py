"""Two stages of a generator: what each answers, what learns in it, and what stays."""

from typing import Any

import pytest
import torch
from torch import Tensor

from gan_runner.networks import pix2pix
from gan_runner.networks.two_stage import Generator, Stage


def a_generator(stage: Stage = "both", **settings: Any) -> Generator:
    torch.manual_seed(0)
    generator = Generator((3, 8, 8), (2, 8, 8), width=2, norm="batch", **settings)
    torch.nn.init.normal_(generator.refine.head.weight)  # as if it had learned
    generator.set_stage(stage)
    return generator


def a_source() -> Tensor:
    return torch.rand(4, 2, 8, 8, generator=torch.Generator().manual_seed(1))


def test_two_u_nets_of_which_the_second_sees_the_first_ones_answer() -> None:
    alone = pix2pix.Generator((3, 256, 256), (3, 256, 256))
    whole = sum(p.numel() for p in Generator((3, 256, 256), (3, 256, 256)).parameters())
    assert whole == 2 * sum(p.numel() for p in alone.parameters()) + 3 * 64 * 16  # three channels more come in


def test_begins_at_the_coarse_answer() -> None:
    generator, source = Generator((3, 8, 8), (2, 8, 8), width=2), a_source()
    assert torch.equal(generator(source), generator.coarse(source))


def test_what_each_stage_answers() -> None:
    generator, source = a_generator().eval(), a_source()
    coarse = generator.coarse(source)
    whole = coarse + 2 * generator.refine(torch.cat([source, coarse], dim=1))
    for stage, expected in {"coarse": coarse, "refine": whole, "both": whole}.items():
        generator.set_stage(stage)  # type: ignore[arg-type]
        assert torch.equal(generator(source), expected)


def test_any_image_can_be_reached_from_any_other() -> None:
    generator, source = a_generator().eval(), a_source()
    for first, second in ((-1.0, 1.0), (1.0, -1.0)):
        torch.nn.init.zeros_(generator.coarse.head.weight)
        torch.nn.init.zeros_(generator.refine.head.weight)
        torch.nn.init.constant_(generator.coarse.head.bias, 20 * first)
        torch.nn.init.constant_(generator.refine.head.bias, 20 * second)
        assert torch.equal(generator(source), torch.full((4, 3, 8, 8), second))


@pytest.mark.parametrize(
    ("stage", "coarse", "refine"), [("coarse", True, False), ("refine", False, True), ("both", True, True)]
)
def test_what_learns_in_each_stage(stage: Stage, coarse: bool, refine: bool) -> None:
    generator = a_generator(stage)
    generator(a_source()).square().mean().backward()
    for part, learns in ((generator.coarse, coarse), (generator.refine, refine)):
        assert all((p.grad is not None) == learns for p in part.parameters())


def test_held_fixed_are_statistics_too() -> None:
    for stage, moves in (("coarse", True), ("refine", False)):
        generator = a_generator(stage).train()  # type: ignore[arg-type]
        before = [b.clone() for b in generator.coarse.buffers()]
        generator(a_source())
        assert all(torch.equal(a, b) != moves for a, b in zip(before, generator.coarse.buffers(), strict=True))
        assert before
        assert generator.training
        assert generator.coarse.training == moves


def test_the_stage_is_saved_with_the_weights() -> None:
    state = a_generator("refine").state_dict()
    again = a_generator("coarse")
    again.load_state_dict(state)
    assert again.stage == "refine"
    assert not again.coarse.training
    torch.testing.assert_close(again.eval()(a_source()), a_generator("refine").eval()(a_source()))
