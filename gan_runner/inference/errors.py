"""How far images are from what came back of them, one by one, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from torch import Tensor

from gan_runner.data.containers.inside import Place
from gan_runner.images.ranges import to_bytes, to_unit_range
from gan_runner.inference.table import named, write_table
from gan_runner.metrics.reconstruction import Reconstruction


class Errors:
    """A row for each image: l1, psnr and ssim (metrics/reconstruction.py) of what came back of it, rounded to bytes;
    then those of the damaged image, in whose place an own guess would stand, where it has the image's channels.

    Rows are in the order of names. made: the column of what came back.
    """

    def __init__(self, path: Path, made: str) -> None:
        self.path, self.made = path, made
        self.rows: dict[Place, dict[str, float]] = {}
        self._metric = Reconstruction()

    def take(self, images: Sequence[Place], columns: Mapping[str, Tensor]) -> None:
        """Columns of images (N, C, H, W) in [-1, 1]: "input", perhaps "damaged", and `made`."""
        rows: list[dict[str, float]] = [{} for _ in images]
        channels = columns["input"].shape[1]
        for name, prefix in ((self.made, ""), ("damaged", "damaged_")):
            if name not in columns:
                continue
            shown = columns[name][:, :channels]  # without a hole, which comes last
            if shown.shape[1] != channels:
                continue
            rounded = to_unit_range(to_bytes(shown))
            for scalar, values in self._metric.score({"translated": rounded, "target": columns["input"]}).items():
                for row, value in zip(rows, values.tolist(), strict=True):
                    row[f"{prefix}{scalar}"] = value
        self.rows |= dict(zip(images, rows, strict=True))

    def write(self) -> None:
        """The whole table, or none of it."""
        names = list(next(iter(self.rows.values())))
        rows = sorted(self.rows.items())
        write_table(
            self.path,
            ["image", *names],
            ([named(image), *(f"{row[name]:.6g}" for name in names)] for image, row in rows),
        )

    def sentence(self) -> str:
        """The means, in words."""
        rows = list(self.rows.values())
        means = {name: fmean(row[name] for row in rows) for name in rows[0]}
        damaged = f" (damaged {means['damaged_psnr']:.2f})" if "damaged_psnr" in means else ""
        return f"PSNR {means['psnr']:.2f} dB{damaged}, SSIM {means['ssim']:.3f}, a mean over {len(rows)}: {self.path}"
