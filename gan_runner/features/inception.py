"""Inception v3, trained on photographs: the customary feature extractor, for data that looks like photographs."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from gan_runner.data.base import DataFamily
from gan_runner.data.fetching.downloads import FAILURES, File, transfer
from gan_runner.features.base import FeatureExtractor, MakeExtractor
from gan_runner.types import PathString

log = logging.getLogger(__name__)

SIDE = 299  # pixels that the net was trained on
MOST_BYTES = 120_000_000  # the file is 108.9 MB


class Inception(MakeExtractor):
    """The 2,048 activations before the last layer of torchvision's Inception v3, of images enlarged to 299 pixels.

    `weights` is a file of that net's state; null takes torchvision's own (ImageNet), from torch's cache or, with
    `download`, from its address. The name carries the first digits of the file's SHA-256: other weights are another
    feature extractor. Published FIDs use the weights of a TensorFlow port, so they do not compare with these.
    Source: Szegedy et al. 2016 (arXiv:1512.00567); as features: Heusel et al. 2017 (arXiv:1706.08500).
    """

    def __init__(
        self, weights: PathString | None = None, download: bool = False, cache: PathString | None = None
    ) -> None:
        self.weights, self.download, self.cache = weights, download, cache

    def meet(self, data: DataFamily) -> None:
        """Raises ValueError for points and four channels."""
        if data.kind != "images" or data.shape[0] not in (1, 3):
            raise ValueError(
                f"features=inception looks at images of 1 or 3 channels, this data has the shape {data.shape}: set "
                "features=random_conv for images, features=null for points"
            )

    def extractor(self, data: DataFamily, device: torch.device) -> FeatureExtractor:
        """Raises ValueError for weights that do not fit, FileNotFoundError for none."""
        self.meet(data)
        path = Path(self.weights).expanduser() if self.weights else self._customary()
        return FeatureExtractor(f"inception_{digest(path)[:8]}", Photographs(path), self.cache).to(device)

    def _customary(self) -> Path:
        """torchvision's own weights: where torch keeps them, fetched if need be."""
        from torchvision.models import Inception_V3_Weights  # slow to import, needed here only

        address: str = Inception_V3_Weights.IMAGENET1K_V1.url
        name = address.rpartition("/")[2]
        path = Path(torch.hub.get_dir(), "checkpoints", name)
        if not path.is_file():
            if not self.download:
                refuse(path, "features.download=false")
            log.info("fetching %s into %s", address, path.parent)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                # The name ends in the first digits of the file's sum.
                transfer(address, path.parent, File(name, MOST_BYTES, f"sha256:{path.stem.rpartition('-')[2]}"))
            except FAILURES as error:
                refuse(path, " ".join(str(error).split()) or type(error).__name__)
        return path


def refuse(path: Path, reason: str) -> None:
    raise FileNotFoundError(
        f"features=inception needs weights and {path} is not there ({reason}): put the file there, set "
        "features.weights=<file> or features.download=true, or take features=classifier (labels) or random_conv"
    )


def digest(path: Path) -> str:
    """SHA-256 of a file, as hex digits. Raises FileNotFoundError."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FileNotFoundError(
            f"features.weights={path} cannot be read ({error}): set it to a file of Inception v3's state, or to null"
        ) from error


class Photographs(nn.Module):
    """Inception v3 without its last layer; grey images become colour ones."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        from torchvision.models import inception_v3

        # Its own inputs are in [-1, 1] as ours are: transform_input is for those normalised as ImageNet's.
        with torch.device("meta"):
            self.network = inception_v3(weights=None, init_weights=False, transform_input=False)
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            self.network.load_state_dict(state, assign=True)
        except Exception as error:  # reading a file that is something else raises anything
            reason = " ".join(str(error).split())[:200]
            raise ValueError(
                f"features.weights={path} holds no state of torchvision's inception_v3 ({reason}): "
                "set it to one, or to null"
            ) from error
        self.network.fc = nn.Identity()

    def forward(self, image: Tensor) -> Tensor:
        image = image.expand(-1, 3, -1, -1)
        large = functional.interpolate(image, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
        features: Tensor = self.network(large)
        return features
