"""An encoder and a decoder as one network."""

import torch
from torch import nn

from gan_runner.likelihoods.gaussian import Gaussian
from gan_runner.networks.vae import Decoder, Encoder
from gan_runner.systems.coder import Coder, Decoding, Encoding, Returning

SHAPE = (1, 4, 4)


def test_moments_are_parted_and_the_first_is_the_code() -> None:
    coder = Coder(Encoder(SHAPE, 3, 2), Decoder(SHAPE, 3), Gaussian(SHAPE), moments=2)
    image = torch.rand(5, *SHAPE) * 2 - 1
    mean, log_variance = coder.describe(image)
    assert mean.shape == log_variance.shape == (5, 3)
    assert torch.equal(coder.encode(image), mean)
    assert torch.equal(coder(image), coder.decode(mean))
    assert torch.equal(Decoding(coder)(mean), coder.decode(mean))


def test_its_answers_are_float32_whatever_the_precision() -> None:
    coder = Coder(Encoder(SHAPE, 3), Decoder(SHAPE, 3), Gaussian(SHAPE))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        code = coder.encode(torch.zeros(2, *SHAPE))
        assert code.dtype == coder.output(code).dtype == coder.decode(code).dtype == torch.float32


def test_what_decodes_has_the_mode_of_its_coder() -> None:
    coder = Coder(Encoder(SHAPE, 3), Decoder(SHAPE, 3), Gaussian(SHAPE)).eval()
    assert not Decoding(coder).training


def test_a_generator_with_an_encoder_answers_as_a_coder_does() -> None:
    encoding = Encoding(nn.Linear(3, 5), Encoder((5,), 3, 2), moments=2)
    encoding.generator.forward = lambda code, label: nn.functional.linear(code, encoding.generator.weight)  # type: ignore
    returning, points = Returning(encoding), torch.randn(4, 5)
    mean, _ = encoding.describe(points)
    assert torch.equal(returning.encode(points), mean)
    assert torch.equal(returning.posterior(points), torch.stack(encoding.describe(points), dim=1))
    assert torch.equal(returning(points), encoding(mean))


def test_a_generator_that_stands_still_is_never_put_into_training_mode() -> None:
    seen: list[bool] = []

    class Watched(nn.Identity):
        def train(self, mode: bool = True) -> "Watched":
            seen.append(mode)
            return super().train(mode)

    encoding = Encoding(Watched(), Encoder((5,), 3), still=True)
    encoding.train().eval()
    assert not any(seen)
    assert len(seen) == 3
    assert Encoding(Watched(), Encoder((5,), 3)).generator.training
