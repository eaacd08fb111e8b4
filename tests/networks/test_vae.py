"""The fully connected encoder and decoder."""

import pytest
import torch

from gan_runner.networks.vae import Decoder, Encoder


def test_of_28_pixels_they_have_the_published_number_of_parameters() -> None:
    both = [Encoder((1, 28, 28), 20, moments=2), Decoder((1, 28, 28), 20)]
    assert sum(p.numel() for network in both for p in network.parameters()) == 652_824


def test_the_decoder_has_the_encoder_s_widths_in_reverse() -> None:
    encoder, decoder = Encoder((1, 4, 4), 3, hidden=(9, 7)), Decoder((1, 4, 4), 3, hidden=(9, 7))
    assert [tuple(p.shape) for p in encoder.parameters() if p.ndim == 2] == [(9, 16), (7, 9), (3, 7)]
    assert [tuple(p.shape) for p in decoder.parameters() if p.ndim == 2] == [(7, 3), (9, 7), (16, 9)]


@pytest.mark.parametrize("shape", [(3, 5, 7), (2,)])
@pytest.mark.parametrize("classes", [None, 4])
def test_any_shape_goes_in_and_comes_out_with_its_label(shape: tuple[int, ...], classes: int | None) -> None:
    label = None if classes is None else torch.tensor([0, 3])
    encoder, decoder = Encoder(shape, 6, 2, classes), Decoder(shape, 6, classes)
    assert encoder(torch.zeros(2, *shape), label).shape == (2, 12)
    output = decoder(torch.zeros(2, 6), label)
    assert output.shape == (2, *shape)
    if classes is not None:
        assert not torch.equal(output[0], output[1])
        with pytest.raises(ValueError, match=r"network\.conditional=true needs a label"):
            encoder(torch.zeros(2, *shape))


def test_pixels_may_enter_from_zero_and_points_never_do() -> None:
    image = torch.rand(5, 1, 4, 4) * 2 - 1
    torch.manual_seed(0)
    plain, point = Encoder((1, 4, 4), 3, 2, hidden=(6,)), Encoder((16,), 3, hidden=(6,), from_zero=True)
    from_zero = Encoder((1, 4, 4), 3, 2, hidden=(6,), from_zero=True)
    from_zero.load_state_dict(plain.state_dict())
    torch.testing.assert_close(from_zero(image), plain((image + 1) / 2))
    assert not point.from_zero
