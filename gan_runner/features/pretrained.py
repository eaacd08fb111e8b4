"""What nets trained on photographs share: how they are shown an image, where their weights are, their names."""

from __future__ import annotations

import logging
from abc import abstractmethod
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from gan_runner.data.base import DataFamily
from gan_runner.features.base import FeatureExtractor, MakeExtractor
from gan_runner.features.weights import Published, digest, opened, refuse
from gan_runner.files import expanded
from gan_runner.types import PathString

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Images that a processor looks at together: more leave its cache, and take longer each."""
AT_ONCE_GPU = 64
HALF = (0.5, 0.5, 0.5)
"""As mean and deviation: pixels in [-1, 1]."""


class Preparation(NamedTuple):
    """What becomes of an image: resized whole to height × width, antialiased; then (x - mean) / deviation of pixels in
    [0, 1], channel by channel.
    """

    height: int
    width: int
    mode: Literal["bilinear", "bicubic"]
    mean: tuple[float, ...] = HALF
    deviation: tuple[float, ...] = HALF

    @property
    def size(self) -> str:
        return f"{self.height}px" if self.height == self.width else f"{self.height}x{self.width}px"

    def __str__(self) -> str:
        scaled = "in [-1, 1]" if self.mean == self.deviation == HALF else f"less {self.mean}, by {self.deviation}"
        return f"{self.height} × {self.width} pixels, {self.mode}, {scaled}"


class Photographs(nn.Module):
    """A net behind its preparation: images (N, 1 or 3, H, W) in [-1, 1] to features (N, F); grey ones become colour."""

    scale: Tensor
    shift: Tensor

    def __init__(self, network: nn.Module, prepared: Preparation) -> None:
        super().__init__()
        self.network, self.prepared = network, prepared
        mean, deviation = (torch.tensor(values).view(-1, 1, 1) for values in (prepared.mean, prepared.deviation))
        self.register_buffer("scale", 0.5 / deviation)
        self.register_buffer("shift", (0.5 - mean) / deviation)

    def forward(self, image: Tensor) -> Tensor:
        parts = image.split(AT_ONCE_GPU if image.is_cuda else AT_ONCE)
        return torch.cat([self.network(self.shown(part)) for part in parts])

    def shown(self, image: Tensor) -> Tensor:
        """What the net is shown of images."""
        size, mode = (self.prepared.height, self.prepared.width), self.prepared.mode
        image = functional.interpolate(image.expand(-1, 3, -1, -1), size, mode=mode, antialias=True)
        shown = image.clamp(-1, 1) * self.scale + self.shift  # bicubic goes beyond black and white
        return shown.contiguous(memory_format=torch.channels_last)


class Pretrained(MakeExtractor):
    """Settings of a net with weights from a file: from `weights`, or its own where that is null.

    Its figures are called <net>_<first digits of the file's SHA-256>_<size>px: other weights are another feature
    extractor, and so is another size. It is loaded once for a device.
    """

    option: str
    """What configs/features calls it."""
    packages: tuple[str, ...] = ()
    """What has to be installed for it."""

    def __init__(self, weights: PathString | None = None, cache: PathString | None = None) -> None:
        self.weights, self.cache = weights, cache
        self._made: dict[torch.device, FeatureExtractor] = {}

    @property
    def called(self) -> str:
        """What figures call the net."""
        return self.option

    @property
    @abstractmethod
    def holds(self) -> str:
        """What net a file of weights has to be of."""

    @abstractmethod
    def check_own(self) -> None:
        """Refuse own weights that are not there and cannot be had. Raises FileNotFoundError or ValueError."""

    @abstractmethod
    def own(self) -> Path:
        """The file of its own weights. Raises FileNotFoundError."""

    @abstractmethod
    def build(self, path: Path) -> tuple[nn.Module, Preparation]:
        """The net with the weights of a file, giving features (N, F). Raises anything where they do not fit."""

    def meet(self, data: DataFamily) -> None:
        """Raises ValueError for points, for other channels than 1 or 3 and for packages that are not installed,
        FileNotFoundError for weights that are not there.
        """
        if data.kind != "images" or data.shape[0] not in (1, 3):
            raise ValueError(
                f"features={self.option} looks at images of 1 or 3 channels, this data has the shape {data.shape}: set "
                "features=random_conv for images, features=null for points"
            )
        if missing := [name for name in self.packages if find_spec(name) is None]:
            raise ValueError(
                f"features={self.option} needs {' and '.join(missing)}, not installed here: "
                "pip install 'gan-runner[features]'"
            )
        if self.weights is None:
            self.check_own()
        else:
            opened(expanded(self.weights)).close()

    def extractor(self, data: DataFamily, device: torch.device) -> FeatureExtractor:
        """Raises ValueError for weights that do not fit, FileNotFoundError for none."""
        self.meet(data)
        if device not in self._made:
            self._made[device] = self._make().to(device)
        return self._made[device]

    def _make(self) -> FeatureExtractor:
        path = self.own() if self.weights is None else expanded(self.weights)
        known = digest(path)
        try:
            network, prepared = self.build(path)
        except Exception as error:  # reading a file that is something else raises anything
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise ValueError(
                f"features.weights={path} holds no weights of {self.holds} ({reason}): set it to a file of them, or to "
                "null"
            ) from error
        name = f"{self.called}_{known[:8]}_{prepared.size}"
        log.info("images are seen through %s: %s, weights %s", name, prepared, path)
        return FeatureExtractor(name, Photographs(network, prepared), self.cache, str(prepared))


class Fetched(Pretrained):
    """A pretrained net whose own weights are on the web: with `download` they are fetched, if they are not there."""

    def __init__(
        self, weights: PathString | None = None, download: bool = False, cache: PathString | None = None
    ) -> None:
        super().__init__(weights, cache)
        self.download = download

    @abstractmethod
    def published(self) -> Published:
        """Its own weights. Raises ValueError where nobody has published any."""

    def places(self) -> list[Path]:
        """Where its own weights may lie, the best first."""
        return [self.published().path]

    def check_own(self) -> None:
        if not self.download and self._at_hand() is None:
            refuse(self.option, self.published().path, "features.download=false")

    def own(self) -> Path:
        return self._at_hand() or self.published().fetch(self.option)

    def _at_hand(self) -> Path | None:
        return next((path for path in self.places() if path.is_file()), None)
