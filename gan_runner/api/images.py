"""What a run has made, in Python: arrays that show themselves as pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

MOST_SHOWN = 100
"""Images of a picture in a notebook."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples, as gan-sample writes them to an .npz.

    array: images (N, H, W, C) uint8, or of the type of the run's files; points (N, F) float32. labels: classes (N,)
    int64, or numbers (N, K) float32 as the data has them; None of a run that is told none. class_names: of all classes,
    so that class_names[labels[0]] is that of the first; of labels that are numbers, what these are called. told: what
    they are, in a sentence. It is an array to NumPy: np.asarray(samples), samples[0], len(samples).
    """

    array: NDArray[Any]
    labels: NDArray[Any] | None = None
    class_names: Sequence[str] = ()
    told: str = ""
    _tensor: Tensor | None = field(default=None, repr=False)
    _columns: int | None = field(default=None, repr=False)
    _fourth_is_band: bool = field(default=False, repr=False)
    _above: Sequence[str] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return iter(self.array)

    def __getitem__(self, place: Any) -> NDArray[Any]:
        found: NDArray[Any] = self.array[place]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.array, dtype, copy=True) if copy else np.asarray(self.array, dtype)

    def picture(self, most: int | None = None) -> Image:
        """One picture of all of them, or of the first ones: a grid, a column for each class; of points a plot."""
        from gan_runner.images.drawing import grid, scatter
        from gan_runner.images.lettering import below_names

        assert self._tensor is not None
        if self._tensor.ndim == 2:
            return scatter(None, self._tensor, called="samples")
        drawn = grid(self._tensor[:most], self._columns, self._fourth_is_band)
        return below_names(drawn, self._above) if self._above else drawn

    def __repr__(self) -> str:
        return f"Samples({'×'.join(map(str, self.array.shape))} {self.array.dtype.name}: {self.told})"

    def _repr_html_(self) -> str:
        from gan_runner.report.pictures import html_of, of_picture

        most = MOST_SHOWN - MOST_SHOWN % (self._columns or 1) or self._columns
        hidden = self.array.ndim > 2 and len(self) > (most or 0)
        return html_of(of_picture(self.picture(most)), f"{self.told}{f'; the first {most}' if hidden else ''}")


@dataclass(frozen=True, eq=False)
class Translations:
    """Images beside what became of them.

    array: what became of them, images (N, H, W, C) uint8, as gan-translate writes them. columns: all that is shown, by
    name: "input", perhaps "damaged" and "reconstructed", and "translated" (or "reconstructed" of an autoencoder), each
    (N, H, W, C) uint8. told: what they are, in a sentence. It is an array to NumPy, of what became of the images.
    """

    array: NDArray[np.uint8]
    columns: Mapping[str, NDArray[np.uint8]]
    told: str = ""
    _tensors: Mapping[str, Tensor] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        return iter(self.array)

    def __getitem__(self, place: Any) -> NDArray[np.uint8]:
        found: NDArray[np.uint8] = self.array[place]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.array, dtype, copy=True) if copy else np.asarray(self.array, dtype)

    def picture(self, most: int | None = None) -> Image:
        """A row for each image, or for the first ones, a named column for each step."""
        from gan_runner.images.drawing import panel

        return panel({name: images[:most] for name, images in self._tensors.items()})

    def __repr__(self) -> str:
        return f"Translations({'×'.join(map(str, self.array.shape))} uint8: {self.told})"

    def _repr_html_(self) -> str:
        from gan_runner.report.pictures import html_of, of_picture

        most = 8
        hidden = f"; the first {most}" if len(self) > most else ""
        return html_of(of_picture(self.picture(most)), f"{self.told}{hidden}")
