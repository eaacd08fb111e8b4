"""What a system answers to what probes ask: the capability that answers, by the name of what is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from gan_runner.evaluation.latent_search import LatentSearch
from gan_runner.metrics.base import Answer
from gan_runner.systems.base import System, evaluating
from gan_runner.systems.capabilities import Describes, Encodes, Scores
from gan_runner.types import Batch

SCORES, RECONSTRUCTION = "scores", "reconstruction"
SHOWN_OTHERS = (
    "this run learns to make images of others, damaged ones say (data=degraded), so that a whole image is new to it, "
    "odd or not: train on the images themselves, hidden under noise where that is wanted "
    "(model=autoencoder system.noise=2)"
)
"""Why a run that could score images does not."""


class Answering(NamedTuple):
    """An answer, and what it is called before it is given."""

    names: tuple[str, ...]
    answer: Answer


def by_scores(system: System) -> Answering | None:
    """What the system itself says of how odd images are. Networks that are told the class cannot: nobody knows it; nor
    can those that are shown other images than they make: SHOWN_OTHERS.
    """
    able = Scores.of(system)
    if able is None or system.origin.conditional or is_shown_others(system):
        return None
    return Answering(able.score_names, in_evaluation(system, able.scores))


def is_shown_others(system: System) -> bool:
    """Whether a system with scores learns to make its images of others."""
    return Scores.of(system) is not None and system.origin.source_shape is not None


def by_search(system: System, **settings: Any) -> Answering | None:
    """How far images are from what a GAN's generator makes at its best."""
    try:
        search = LatentSearch(system, **settings)
    except ValueError:
        return None
    return Answering((search.name,), in_evaluation(system, search.scores))


def by_nats(system: System) -> Answering | None:
    """What images cost by the system's likelihood."""
    able = Describes.of(system)
    return None if able is None else Answering(able.nats_names, in_evaluation(system, able.nats))


def by_coder(system: System) -> Answering | None:
    """What comes back of images through their codes; of the mean, where they are drawn."""
    able = Encodes.of(system)
    if able is None or system.origin.source_shape is not None:
        return None

    def back(batch: Batch) -> Mapping[str, Tensor]:
        return {RECONSTRUCTION: able.coder()[0](batch.real, batch.label)}

    return Answering((RECONSTRUCTION,), in_evaluation(system, back))


WAYS: Mapping[str, Callable[..., Answering | None]] = {
    SCORES: by_scores,
    "search": by_search,
    "nats": by_nats,
    RECONSTRUCTION: by_coder,
}
"""What may be asked, and how a system answers it; None where it cannot."""


def answers_of(system: System | None, asks: Mapping[str, Mapping[str, Any]]) -> dict[str, Answering]:
    """The answers to what is asked that this system can give, in the order of asking."""
    if system is None:
        return {}
    found = {asked: WAYS[asked](system, **settings) for asked, settings in asks.items()}
    return {asked: answering for asked, answering in found.items() if answering is not None}


def in_evaluation(system: System, answer: Answer) -> Answer:
    """The answer of a system in evaluation mode, whatever mode it is in: statistics of a batch would tell of others."""

    def asked(batch: Batch) -> Mapping[str, Tensor]:
        with evaluating(system), torch.no_grad():
            return answer(batch)

    return asked
