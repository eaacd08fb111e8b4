"""Which weights a layer takes: by name and shape, through wrappers, up to what labels and widened heads add."""

import pytest
import torch
from torch import Tensor, nn

from gan_runner.layers.heads import widen
from gan_runner.networks.dcgan import Discriminator as Convolutions
from gan_runner.networks.mlp import Discriminator
from gan_runner.networks.progan import Discriminator as Growing
from gan_runner.training.matching import Saved, common, layer_of, player_of
from gan_runner.tricks.base import Trick
from gan_runner.tricks.discriminator_ensemble import DiscriminatorEnsemble
from gan_runner.tricks.instance_noise import InstanceNoise
from gan_runner.tricks.minibatch_stddev import MinibatchStddev, Variation
from gan_runner.tricks.pacgan import PacGAN
from gan_runner.tricks.spectral_norm import SpectralNorm

PLAYER = "games.gan.discriminator"


@pytest.mark.parametrize(
    ("key", "player", "layer"),
    [
        ("games.gan.generator.body.0.weight", "games.gan.generator", "games.gan.generator.body.0"),
        ("games.gan.generator.bias", "games.gan.generator", "games.gan.generator.bias"),
        ("games.a2b.tricks.ema.average.0.bias", "games.a2b.tricks.ema.average", "games.a2b.tricks.ema.average.0"),
        (f"{PLAYER}.head.parametrizations.weight.original", PLAYER, f"{PLAYER}.head"),
        (f"{PLAYER}.head.parametrizations.weight.0._u", PLAYER, f"{PLAYER}.head"),
        ("encoder.0.weight", "encoder", "encoder.0"),
    ],
)  # fmt: skip
def test_names_tell_players_and_layers(key: str, player: str, layer: str) -> None:
    assert (player_of(key), layer_of(key)) == (player, layer)


@pytest.mark.parametrize(
    ("there", "here", "added", "part"),
    [
        ((3, 4), (3, 4), (0, 0), (3, 4)),
        ((), (), (0, 0), ()),
        ((3, 4), (3, 5), (0, 0), None),
        ((7, 4, 2), (8, 4, 2), (3, 4), (4, 4, 2)),  # three classes beside four numbers of a latent, then four
        ((4, 7), (4, 4), (3, 0), (4, 4)),  # no labels any more
        ((4, 4), (4, 7), (0, 3), (4, 4)),
        ((3, 6), (4, 6), (3, 4), None),  # an embedding has nothing but labels
        ((7, 4), (8, 5), (3, 4), None),
        ((7, 4), (9, 4), (3, 4), None),
        ((1, 6), (1, 9), None, (1, 6)),
        ((1, 9), (1, 6), None, (1, 6)),
        ((6, 1), (9, 1), None, None),
        ((3,), (3, 1), (0, 0), None),
    ],
)
def test_the_common_part_of_two_shapes(there: tuple, here: tuple, added: tuple | None, part: tuple | None) -> None:
    found = common(torch.zeros(there), torch.zeros(here), added)
    assert (None if found is None else tuple(torch.zeros(here)[found].shape)) == part


def test_counts_are_no_weights() -> None:
    assert common(torch.zeros(2, dtype=torch.int64), torch.zeros(2), (0, 0)) is None


def built(*tricks: Trick, kind: type = Discriminator, shape: tuple[int, ...] = (2,), **settings: object) -> nn.Module:
    def make(shape: tuple[int, ...]) -> nn.Module:
        return kind(shape, **settings)

    for trick in tricks:
        make = trick.wrap_discriminator(make)
    return make(shape)


def state_of(network: nn.Module) -> dict[str, Tensor]:
    return {f"{PLAYER}.{name}": value for name, value in network.state_dict(keep_vars=True).items()}


def taken(there: nn.Module, here: nn.Module, gain: float | None = None) -> dict[str, list[bool] | None]:
    """Give each layer of `here` what fits it of `there`."""
    layers: dict[str, dict[str, Tensor]] = {}
    for key, value in state_of(here).items():
        if isinstance(value, Tensor):
            layers.setdefault(layer_of(key).removeprefix(f"{PLAYER}."), {})[key] = value
    saved = Saved(there.state_dict(prefix=f"{PLAYER}."))
    return {name: saved.give(tensors, gain) for name, tensors in layers.items()}


POINTS = torch.randn(12, 2, generator=torch.Generator().manual_seed(0))


def judged(network: nn.Module) -> Tensor:
    return network.eval()(POINTS).logits


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ((), (InstanceNoise(),)),
        ((InstanceNoise(),), ()),
        ((), (SpectralNorm(),)),
        ((SpectralNorm(),), (SpectralNorm(),)),
        ((SpectralNorm(),), ()),
        ((), (MinibatchStddev(),)),
        ((MinibatchStddev(),), (MinibatchStddev(),)),
        ((MinibatchStddev(),), (MinibatchStddev(), InstanceNoise())),
        ((PacGAN(),), (PacGAN(), InstanceNoise())),
    ],
    ids=lambda tricks: "+".join(type(trick).__name__ for trick in tricks) or "plain",
)
def test_wrapped_discriminators_judge_as_before(before: tuple[Trick, ...], now: tuple[Trick, ...]) -> None:
    torch.manual_seed(0)
    there, here = built(*before, hidden=(6, 5)), built(*now, hidden=(6, 5))
    for _ in range(40 if SpectralNorm in map(type, before) else 1):  # power iteration comes to its end
        there(POINTS)
    expected = judged(there)
    assert not torch.allclose(judged(here), expected)
    assert None not in taken(there, here).values()
    if SpectralNorm in map(type, now) and not before:  # spectral norm divides what had no norm
        for module in here.train().modules():
            for _ in range(60 if hasattr(module, "parametrizations") else 0):
                _ = module.weight
        for module, plain in zip(
            (m for m in here.modules() if isinstance(m, nn.Linear)),
            (m for m in there.modules() if isinstance(m, nn.Linear)),
            strict=True,
        ):
            slope = torch.linalg.matrix_norm(plain.weight, ord=2)
            torch.testing.assert_close(module.weight, plain.weight / slope, rtol=1e-3, atol=1e-4)
    else:
        torch.testing.assert_close(judged(here), expected, rtol=1e-4, atol=1e-5)


def test_spectral_norm_over_equalized_weights_is_divided_out() -> None:
    torch.manual_seed(0)
    settings = {"kind": Growing, "shape": (1, 8, 8), "max_channels": 4, "base_channels": 16}
    there, here = built(SpectralNorm(), **settings), built(**settings)
    image = torch.randn(4, 1, 8, 8)
    for _ in range(30):
        there(image)
    from gan_runner.layers.equalized import gain_of

    saved = Saved(there.state_dict(prefix=f"{PLAYER}."))
    layers: dict[str, dict[str, Tensor]] = {}
    for key, value in state_of(here).items():
        if isinstance(value, Tensor):
            layers.setdefault(layer_of(key), {})[key] = value
    for layer, tensors in layers.items():
        assert saved.give(tensors, gain_of(here.get_submodule(layer.removeprefix(f"{PLAYER}."))))
    torch.testing.assert_close(here.eval()(image).logits, there.eval()(image).logits, rtol=1e-4, atol=1e-5)


def test_what_does_not_fit_stays_new_and_is_told() -> None:
    torch.manual_seed(0)
    there, here = built(hidden=(6, 5)), built(PacGAN(), hidden=(6, 5))
    first = here.get_parameter("discriminator.body.0.weight").clone()
    found = taken(there, here)
    assert found == {
        "discriminator.body.0": None,
        "discriminator.body.2": [True, True],
        "discriminator.head": [True, True],
    }
    assert torch.equal(here.get_parameter("discriminator.body.0.weight"), first)
    widened = built(hidden=(6, 5))
    widen(widened, Variation(2), 1, "other")
    assert taken(there, widened)["head.linear"] == [False, True]
    torch.testing.assert_close(judged(widened), judged(there))


def test_a_layer_is_taken_whole_or_not_at_all() -> None:
    """A bias without its weights would be nobody's."""
    there, here = built(hidden=(6, 5)), built(hidden=(6, 5), shape=(3,))
    bias = here.get_parameter("body.0.bias").clone()
    assert taken(there, here)["body.0"] is None
    assert torch.equal(here.get_parameter("body.0.bias"), bias)


def test_of_an_ensemble_the_first_member_stands_for_one_alone() -> None:
    torch.manual_seed(0)
    one, three = built(hidden=(6,)), built(DiscriminatorEnsemble(count=3), hidden=(6,))
    found = taken(one, three)
    assert {name for name, filled in found.items() if filled} == {"members.0.body.0", "members.0.head"}
    torch.testing.assert_close(judged(three)[:, :1], judged(one))
    other = built(hidden=(6,))
    assert None not in taken(three, other).values()
    torch.testing.assert_close(judged(other), judged(one))


def test_statistics_of_batches_are_taken_with_their_layer() -> None:
    torch.manual_seed(0)
    settings = {"kind": Convolutions, "shape": (1, 16, 16), "width": 2}
    there, here = built(**settings), built(**settings)
    there(torch.randn(8, 1, 16, 16))
    assert None not in taken(there, here).values()
    for name, value in there.state_dict().items():
        assert torch.equal(here.state_dict()[name], value), name


def test_numbers_that_are_not_finite_are_refused() -> None:
    there, here = built(hidden=(6,)), built(hidden=(6,))
    with torch.no_grad():
        there.get_parameter("head.weight")[0, 0] = torch.nan
    with pytest.raises(ValueError, match=r"head\.weight is not finite"):
        taken(there, here)
