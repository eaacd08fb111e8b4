"""The base trick changes nothing, and tricks wrap in the order of their scopes."""

import torch
from torch import nn

from gan_runner.losses.hinge import Hinge
from gan_runner.tricks.base import Scope, Trick, in_scope_order
from gan_runner.types import Round


def test_every_moment_is_the_identity():
    trick, network, image = Trick(), nn.Linear(2, 2), torch.randn(3, 2)
    round = Round(network, network, Hinge(), image, image, image, None, step=0)

    def make(shape):
        return network

    assert trick.wrap_discriminator(make) is make
    assert trick.wrap_generator(make) is make
    assert trick.on_real(image) is image
    assert trick.on_fake(image) is image
    assert trick.judge(network, round) is network
    assert trick.discriminator_term(round) is None
    assert trick.generator_term(round) is None
    assert trick.after_step("generator", round) is None
    assert trick.sampler(network) is network
    assert trick.every == 1
    assert list(trick.state_dict()) == []


def test_scope_order_whatever_the_order_of_the_configuration():
    def trick(scope):
        made = Trick()
        made.scope = scope
        return made

    given = {"a": trick(Scope.WHOLE), "b": trick(Scope.INPUT), "c": trick(Scope.HEAD), "d": trick(Scope.INPUT)}
    assert list(in_scope_order(given)) == ["c", "b", "d", "a"]  # equal scopes keep their order
    assert Scope.HEAD < Scope.WEIGHTS < Scope.SHAPE < Scope.INPUT < Scope.WHOLE
