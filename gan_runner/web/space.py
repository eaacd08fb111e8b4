"""The latent space of a run's newest weights: what can be asked of it, in tensors."""

from __future__ import annotations

from functools import cached_property
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_runner.data.files.decoding import DecodeError
from gan_runner.images.ranges import to_unit_range
from gan_runner.inference import directions
from gan_runner.inference.directions import Directions
from gan_runner.inference.labels import choose_labels
from gan_runner.inference.nearest import Neighbour, TrainingImages
from gan_runner.inference.reading import Reader
from gan_runner.inference.rebuild import rebuild, weights_of
from gan_runner.inference.request import SampleRequest
from gan_runner.inference.sample import deal, draw
from gan_runner.systems.capabilities import Encodes, Samples
from gan_runner.systems.coder import Decoding
from gan_runner.systems.mixture import FromCodes

NEEDS = "gan-play explore=… walks through latents, so it needs a run that makes samples (a GAN, a VAE)"
BATCH = 64
"""Samples that are made at once, as gan-sample does: other numbers may differ in the last bit."""
STUDIED = 1000
"""Latents, or codes of training images, that directions are found from at the least."""
FAR = 1000.0
"""The largest number that a latent may have here."""


class Walked(NamedTuple):
    """Latents (N, Z), their labels (N,) where the network is told them, and the images (N, C, H, W) made of them."""

    latents: Tensor
    labels: Tensor | None
    images: Tensor


class Space:
    """What a run makes of which latent. Of autoencoders latents are codes, which images have too.

    The network is the one that gan-sample draws from (an average where the run keeps one), on the processor. trust:
    whether classes of one's own may be built, to read training images. Raises ValueError, one sentence, for a system
    that cannot be walked through.
    """

    def __init__(self, system: Samples, batches: int, trust: bool = False) -> None:
        self.system, self.batches, self.trust = system, batches, trust
        self.origin = system.origin
        if self.origin.kind != "images":
            raise ValueError("this run makes points, which gan-play shows while they are learned: explore needs images")
        if self.origin.conditions is not None:
            raise ValueError(
                "explore asks for classes, and the labels of this run are numbers: gan-sample takes them, label=[…]"
            )
        self.encoding = Encodes.of(self.system)
        self.sampler, chosen_by = self.system.sampler()
        self.weights = weights_of(chosen_by, self.origin.config.get("tricks") or ())
        self.network: nn.Module = self.sampler if self.encoding is None else Decoding(self.encoding.coder()[0])
        self.names = self.origin.called if self.origin.conditional else ()

    @classmethod
    def read(cls, checkpoint: Path, trust: bool = False) -> Space:
        """Of a checkpoint. Raises FileNotFoundError or ValueError, one sentence, for one that cannot be read, too."""
        return cls(*rebuild(Samples, checkpoint, NEEDS, trust), trust)  # type: ignore[type-abstract]

    @cached_property
    def size(self) -> int:
        """How many numbers a latent has."""
        return self._codes(self.system.latent.sample(1)).shape[1]

    # ---- to draw and to move ------------------------------------------------------------------------------------

    def drawn(self, seed: int, count: int, label: int | None = None, truncation: float | None = None) -> Walked:
        """What `gan-sample seed=… num_samples=… label=… truncation=…` draws, to the bit. label None: all in turn."""
        request = SampleRequest(seed=seed, num_samples=count, truncation=truncation)
        classes = choose_labels(None, self.names) if label is None or not self.names else [self._known(label)]
        source, labels = deal(request, self.system.latent, classes)
        images = torch.cat(list(draw(self.sampler, source, labels, BATCH, torch.device("cpu"))))
        return Walked(self._codes(source), labels, images)

    def made(self, latents: Tensor, label: int | None = None) -> Walked:
        """The images of latents (N, Z), all of one class where there are classes."""
        return self._made(latents, self._labels(label, len(latents)))

    def made_each(self, latents: Tensor, labels: list[int | None]) -> Walked:
        """The images of latents (N, Z), each of its own class where there are classes."""
        return self._made(latents, torch.tensor([self._known(one) for one in labels]) if self.names else None)

    def moved(self, latent: Tensor, label: int | None, along: Tensor) -> Walked:
        """One latent (Z,) after so many standard deviations (k,) along the first directions."""
        if len(along) > len(self.directions):
            raise ValueError(f"along has {len(along)} numbers, and this run {len(self.directions)} directions")
        self._check(latent[None])
        return self.made((latent + along @ self.directions.steps[: len(along)])[None], label)

    def row(self, latent: Tensor, label: int | None, direction: int, reach: float, count: int) -> Walked:
        """One latent (Z,) moved along one direction, from −reach to reach standard deviations in `count` steps."""
        if not 0 <= direction < len(self.directions):
            raise ValueError(f"direction={direction} is none: this run has {len(self.directions)}, from 0 on")
        self._check(latent[None])
        steps = torch.linspace(-reach, reach, count)[:, None] * self.directions.steps[direction]
        return self.made(latent + steps, label)

    def path(self, anchors: Tensor, labels: list[int | None], leg: int) -> Walked:
        """The way through anchors (K, Z), from the first to the last, in `leg` steps each; a step has the class of the
        anchor that is nearer.
        """
        self._check(anchors)
        frames = leg * (len(anchors) - 1) + 1
        if self.encoding is not None:
            latents = self.encoding.path(anchors, frames)
        else:
            latents = self.system.latent.path(anchors, leg * len(anchors))[:frames]  # without its way back
        return self.made_each(latents, [labels[(frame + leg // 2) // leg] for frame in range(frames)])

    def _codes(self, source: Tensor) -> Tensor:
        """What is walked through, of latents of the sampler: the codes that a mixture makes of them."""
        mixture = self.system.mixture if isinstance(self.system, FromCodes) else None
        return source if mixture is None else mixture(source).detach()

    def _made(self, latents: Tensor, labels: Tensor | None) -> Walked:
        self._check(latents)
        images = torch.cat(list(draw(self.network, latents, labels, BATCH, torch.device("cpu"))))
        return Walked(latents, labels, images)

    def _check(self, latents: Tensor) -> None:
        if latents.ndim != 2 or latents.shape[1] != self.size:
            raise ValueError(f"a latent of this run has {self.size} numbers, not {latents.shape[-1]}")
        if not (latents.isfinite().all() and latents.abs().max() <= FAR):
            raise ValueError(f"the numbers of a latent are finite here, and at most {FAR:g} from 0")

    def _labels(self, label: int | None, count: int) -> Tensor | None:
        return torch.tensor([self._known(label)] * count) if self.names else None

    def _known(self, label: int | None) -> int:
        """A class that may be asked for; the first where none was said."""
        if not 0 <= (label or 0) < len(self.names):
            raise ValueError(f"label={label} is no class of this run: it has those from 0 to {len(self.names) - 1}")
        return label or 0

    # ---- directions ---------------------------------------------------------------------------------------------

    @cached_property
    def directions(self) -> Directions:
        """Of codes of training images where there are any, else of the first layer's features, of the first class."""
        if self.encoding is not None and self.training is not None:
            return directions.of_codes(self._studied(self.encoding))
        count = max(STUDIED, 10 * self.size)
        source = self.system.latent.sample(count, generator=torch.Generator().manual_seed(0))
        return directions.of_features(self.network, self._codes(source), self._labels(None, count))

    @property
    def directions_of(self) -> str:
        """What directions are found from: "codes" or "features"."""
        return "codes" if self.encoding is not None and self.training is not None else "features"

    def _studied(self, encoding: Encodes) -> Tensor:
        assert self.training is not None
        places = torch.linspace(0, len(self.training) - 1, min(2 * STUDIED, len(self.training))).long()
        labels = self.training.labels
        label = None if not self.names or labels is None else labels[places]
        return encoding.encode(to_unit_range(self.training.images[places]), label)

    # ---- training images ----------------------------------------------------------------------------------------

    @cached_property
    def _training(self) -> TrainingImages | str:
        try:
            return TrainingImages(self.origin, self.trust)
        except (OSError, ValueError) as error:
            return str(error)

    @property
    def training(self) -> TrainingImages | None:
        """None where they cannot be read."""
        return None if isinstance(self._training, str) else self._training

    def nearest(self, latent: Tensor, label: int | None) -> Neighbour:
        """The training image that is nearest to what a latent (Z,) becomes. Raises ValueError where there are none."""
        if isinstance(self._training, str):
            raise ValueError(f"the training images of this run cannot be read: {self._training}")
        return self._training.nearest(self.made(latent[None], label).images[0])

    # ---- images of one's own ------------------------------------------------------------------------------------

    @property
    def takes_images(self) -> bool:
        """Whether there is a code for every image."""
        return self.encoding is not None and tuple(self.encoding.input_shape) == tuple(self.origin.shape)

    def encoded(self, file: bytes, label: int | None) -> tuple[Tensor, Walked]:
        """An image file as the run sees it (C, H, W), cut to its middle and scaled to size; and its code with what is
        made of it. Raises ValueError for what is no image, and of runs that encode none.
        """
        encoding = self.encoding
        if encoding is None or not self.takes_images:
            raise ValueError("this run has no codes for images: an autoencoder has (model=vae, say)")
        with TemporaryDirectory() as folder:
            path = Path(folder) / "image"
            path.write_bytes(file)
            try:
                read = Reader.of(self.origin, "crop", self.trust)(path)
            except DecodeError as error:
                told = str(error).removeprefix(f"{path}: ").replace(str(path), "image")
                raise ValueError(f"this image cannot be read: {told}") from error
        image = to_unit_range(torch.tensor(read)[None])
        codes = encoding.encode(image, self._labels(label, 1))
        return image[0], self.made(codes, label)


def png(image: Tensor) -> bytes:
    """An image (C, H, W) in [-1, 1] as a PNG file, of many bands the first three."""
    from PIL import Image

    from gan_runner.images.drawing import IN_A_PICTURE, in_colour
    from gan_runner.images.ranges import to_bytes

    shown = image[None] if image.shape[0] in IN_A_PICTURE else in_colour(image[None])
    array = to_bytes(shown)[0].permute(1, 2, 0).contiguous().numpy()
    held = BytesIO()
    Image.fromarray(array.squeeze(-1) if array.shape[-1] == 1 else array).save(held, "png", compress_level=1)
    return held.getvalue()
