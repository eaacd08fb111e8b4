"""Samples as they are kept, and as metrics see them."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from gan_runner.features.base import FeatureExtractor, Seen
from gan_runner.images.ranges import to_unit_range
from gan_runner.metrics.base import Needs


@dataclass
class Samples:
    """Samples as they are kept: images as bytes on the processor. They are looked at when first asked for, once."""

    images: Tensor
    look: Callable[[Tensor], Seen]
    device: torch.device
    label: Tensor | None = None
    seen: Seen | None = field(default=None, init=False)

    def __len__(self) -> int:
        return len(self.images)

    def view(self, needs: Needs) -> Tensor:
        """In the form that a metric asks for, on the device that computes."""
        if needs in ("points", "images"):
            return self.images.to(self.device)
        if self.seen is None:
            self.seen = self.look(self.images)
        found = self.seen.features if needs == "features" else self.seen.logits
        assert found is not None, "the extractor gives no logits"
        return found.to(self.device)


def looking(extractor: FeatureExtractor | None, batch_size: int) -> Callable[[Tensor], Seen]:
    """How an extractor looks at bytes (N, C, H, W), batch by batch; points are their own features, without one."""

    def look(images: Tensor) -> Seen:
        if extractor is None:
            return Seen(images)
        device = next(extractor.parameters()).device
        parts = [extractor(to_unit_range(part.to(device))) for part in images.split(batch_size)]
        logits = [part.logits for part in parts if part.logits is not None]
        return Seen(torch.cat([part.features for part in parts]), torch.cat(logits) if logits else None)

    return look
