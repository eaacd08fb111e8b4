"""Learning rates over a run."""

from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from gan_runner.types import Fraction


class ConstantThenLinear(LRScheduler):
    """The rate stays as it is for a share of the run and falls linearly to zero in the rest.

    lr(t) = lr · min(1, (T − t) / (T − constant · T)),  T = total_iters, t the batches seen.
    Source: Zhu et al. 2017, §4 (arXiv:1703.10593), who lower it from epoch to epoch: 100 constant ones and 100 more.
    """

    def __init__(self, optimizer: Optimizer, total_iters: int, constant: Fraction = 0.5) -> None:
        self.total_iters, self.constant = total_iters, constant
        super().__init__(optimizer)

    def get_lr(self) -> list[Any]:
        left = (self.total_iters - self.last_epoch) / (self.total_iters * (1 - self.constant))
        return [lr * min(1.0, max(0.0, left)) for lr in self.base_lrs]
