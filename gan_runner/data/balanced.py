"""Classes dealt equally often, however many samples each has."""

import torch
from torch import Tensor

from gan_runner.data.decks import Deck, labels_of
from gan_runner.data.loader import Loader


class Balanced(Loader):
    """Each epoch, as long as the deck, has as many samples of each class as of any other, or one more.

    A class of few samples is dealt in rounds, each of them in an order of its own; of a class of many an epoch has a
    part, another one each time. As of any loader the order depends on (seed, epoch) alone.
    """

    def order(self, generator: torch.Generator) -> Tensor:
        classes = places_of(self.deck)
        least, more = divmod(len(self.deck), len(classes))
        lucky = set(torch.randperm(len(classes), generator=generator)[:more].tolist())
        dealt = [
            _rounds(places, least + (number in lucky), generator) for number, places in enumerate(classes.values())
        ]
        return torch.cat(dealt)[torch.randperm(len(self.deck), generator=generator)]


def places_of(deck: Deck) -> dict[int, Tensor]:
    """Where the samples of each class lie, by their label. Raises ValueError for a deck without labels at hand."""
    labels = labels_of(deck)
    if labels is None:
        raise ValueError(
            f"data.balance=true needs the labels of a whole set at once, and {type(deck).__name__} has none: set "
            "data.balance=false"
        )
    found, counts = labels.cpu().unique(return_counts=True)
    places = labels.cpu().argsort(stable=True).split(counts.tolist())
    return dict(zip(found.tolist(), places, strict=True))


def _rounds(places: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """`count` of these places, each as often as any other or once more."""
    rounds = [places[torch.randperm(len(places), generator=generator)] for _ in range(-(-count // len(places)))]
    return torch.cat([places[:0], *rounds])[:count]
