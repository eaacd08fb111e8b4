"""Count the classes that samples fall into, by what a classifier takes them for."""

import torch
from torch import Tensor

from gan_runner.metrics.base import Measure, heap
from gan_runner.metrics.modes import kl_to_uniform
from gan_runner.types import Fraction


class ClassModes(Measure):
    """How many of K classes a classifier finds among the samples, how evenly, and how sure it is of them.

    Of stacked digits, logits (N, D, K), a class is the number they make: K^D classes. classes_covered: found at least
    once; class_kl: of their shares p from the uniform, Σ p log(K p) in nats, which even n perfect samples of K classes
    leave at (K − 1) / 2n; class_sure: share of samples that the classifier gives more than `sure` (of each digit);
    class_as_asked: where labels are given with the fakes, the share taken for the class that was asked for.
    Customary for Stacked MNIST with 26,000 samples. More samples find more classes, and more evenly, also by chance:
    they are judged at the number of held-out reals, which are their control and not what they are compared with; the
    classifier has learned the training images.
    Source: Metz et al. 2017 (arXiv:1611.02163); Lin et al. 2018, PacGAN, §4.2 (arXiv:1712.04086).
    """

    needs = "logits"
    gives = ("classes_covered", "class_kl", "class_sure", "class_as_asked")
    compares = False
    label: list[Tensor]

    def __init__(self, sure: Fraction = 0.9) -> None:
        super().__init__()
        self.sure = sure
        self.add_state("label", [], dist_reduce_fx="cat")

    def update(self, samples: Tensor, real: bool, label: Tensor | None = None) -> None:
        super().update(samples, real)
        if label is not None and not real:
            self.label.append(label)

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        logits = fake if fake.ndim == 3 else fake.unsqueeze(1)  # (N, D, K)
        digits, classes = logits.shape[1:]
        probability, digit = logits.softmax(2).max(dim=2)  # (N, D)
        place = classes ** torch.arange(digits - 1, -1, -1, device=fake.device)
        found = (digit * place).sum(1)
        self.assigned, self.modes = found, classes**digits
        counts = found.bincount(minlength=classes**digits)
        scalars = {
            "classes_covered": (counts > 0).sum(),
            "class_kl": kl_to_uniform(counts),
            "class_sure": (probability > self.sure).all(1).float().mean(),
        }
        asked = heap(self.label)
        if len(asked):
            scalars["class_as_asked"] = (found == asked.to(found)).float().mean()
        return scalars
