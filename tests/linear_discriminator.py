"""The discriminator whose gradient is known: its weight, everywhere."""

from torch import Tensor, nn, tensor

from gan_runner.types import Score


class Linear(nn.Module):
    """D(x) = W x + 1, a row of W for each member of an ensemble; m samples side by side where they are packed."""

    def __init__(self, weight: Tensor | list[list[float]], pack: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight if isinstance(weight, Tensor) else tensor(weight))
        self.pack = pack

    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        flat = image.reshape(len(image) // self.pack, -1)
        return Score(flat @ self.weight.T + 1, flat)
