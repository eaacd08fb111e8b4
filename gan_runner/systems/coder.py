"""An encoder beside what makes images of codes, as one network: what is trained, and what is asked of it afterwards."""

from __future__ import annotations

from typing import Any, Self

import torch
from torch import Tensor, nn

from gan_runner.likelihoods.base import Likelihood


class Coding(nn.Module):
    """What finds the codes of images. All answers are float32.

    moments: numbers that the encoder gives of each number of a code: 1, the code itself; 2, its mean and log variance.
    Labels (B,) or None, as the encoder takes them.
    """

    def __init__(self, encoder: nn.Module, moments: int = 1) -> None:
        super().__init__()
        self.encoder, self.moments = encoder, moments

    def describe(self, image: Tensor, label: Tensor | None = None) -> tuple[Tensor, ...]:
        """Of images (B, *shape) the moments of their codes, each (B, Z)."""
        answer: Tensor = self.encoder(image, label)
        return answer.float().chunk(self.moments, dim=1)

    def encode(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        """The code of each image, (B, Z): the mean, where it is a distribution."""
        return self.describe(image, label)[0]

    def posterior(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        """All moments of codes in one, (B, moments, Z)."""
        return torch.stack(self.describe(image, label), dim=1)


class Coder(Coding):
    """An encoder gives the moments of a code, a decoder what a likelihood reads."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, likelihood: Likelihood, moments: int = 1) -> None:
        super().__init__(encoder, moments)
        self.decoder, self.likelihood = decoder, likelihood

    def output(self, code: Tensor, label: Tensor | None = None) -> Tensor:
        """What the likelihood reads, (B, *shape), of codes (B, Z)."""
        answer: Tensor = self.decoder(code, label)
        return answer.float()

    def decode(self, code: Tensor, label: Tensor | None = None) -> Tensor:
        """The image that is expected of each code, (B, C, H, W) in [-1, 1], or points."""
        return self.likelihood.mean(self.output(code, label))

    def forward(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        """What comes back of images through their codes."""
        return self.decode(self.encode(image, label), label)


class CodeMaker(Coder):
    """A coder that is called as a generator of codes."""

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        return self.encode(source, label)

    def coder(self) -> Coder:
        """Its networks as a coder, which is called with images for images."""
        coder = Coder(self.encoder, self.decoder, self.likelihood, self.moments)
        return coder.train(self.training)  # whoever puts the mode back finds the one there was


class Encoding(Coding):
    """A generator of codes beside an encoder that finds them: it is called as a generator.

    still: the generator is trained already, and stays in evaluation mode for good.
    """

    def __init__(self, generator: nn.Module, encoder: nn.Module, moments: int = 1, still: bool = False) -> None:
        super().__init__(encoder, moments)
        self.generator, self.still = generator, still
        self.train(encoder.training)

    def train(self, mode: bool = True) -> Self:
        self.training = mode
        self.encoder.train(mode)
        self.generator.train(mode and not self.still)
        return self

    def decode(self, code: Tensor, label: Tensor | None = None) -> Tensor:
        """The image of each code, (B, C, H, W) in [-1, 1], or points."""
        image: Tensor = self.generator(code, label)
        return image.float()

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        return self.decode(source, label)


class Returning(nn.Module):
    """A generator with an encoder as a coder: it is called with images, and gives what comes back of them."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network: Any = network
        self.train(network.training)  # whoever puts the mode back finds the one there was

    def encode(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        code: Tensor = self.network.encode(image, label)
        return code

    def posterior(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        moments: Tensor = self.network.posterior(image, label)
        return moments

    def decode(self, code: Tensor, label: Tensor | None = None) -> Tensor:
        image: Tensor = self.network.decode(code, label)
        return image

    def forward(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        return self.decode(self.encode(image, label), label)


class Decoding(nn.Module):
    """A coder as a generator: codes and labels to images."""

    def __init__(self, coder: nn.Module) -> None:
        super().__init__()
        self.coder = coder
        self.train(coder.training)  # whoever puts the mode back finds the one there was

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        image: Tensor = self.coder.decode(source, label)  # type: ignore[operator]
        return image
