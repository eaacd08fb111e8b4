"""Judge samples of labelled data with a classifier trained on the real set: do they look like a class, like the
class that was asked for, and like all classes?

    python benchmarks/judge.py data=digits runs=<run folder>[,<run folder> …] [num_samples=2000]
    python benchmarks/judge.py data=mnist data.root=<folder> runs=…

The classifier (two convolutions, one hidden layer) learns from the training split and is tested on the test split;
its accuracy is printed first, and the real test split is judged as the control. Columns: `as asked`, the share of
samples classified as the label they were conditioned on; `sure`, the share classified with p > 0.9; `classes`, how
many of them appear with at least 1 % of the samples; `KL`, of the samples' class shares from the training set's, nats.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from gan_runner.checkpoints import last_of
from gan_runner.cli.groups import CONFIGS
from gan_runner.data.base import Deck, to_unit_range
from gan_runner.rebuilding import rebuild
from gan_runner.systems.gan import generate


def everything(deck: Deck) -> tuple[Tensor, Tensor]:
    """All images, in [-1, 1], and labels."""
    image, label = deck[torch.arange(len(deck))]
    assert label is not None, "this data has no labels"
    return to_unit_range(image), label


def classifier(image: Tensor, label: Tensor, epochs: int) -> nn.Module:
    """Trained on the given images; classes are the labels' range."""
    torch.manual_seed(0)
    channels, side = image.shape[1], image.shape[-1] // 4
    network = nn.Sequential(
        nn.Conv2d(channels, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.25), nn.Linear(64 * side * side, 128), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(128, int(label.max()) + 1),
    )  # fmt: skip
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(image)).split(128):
            optimizer.zero_grad()
            cross_entropy(network(image[batch]), label[batch]).backward()
            optimizer.step()
    return network.eval()


@torch.no_grad()
def row(name: str, judge: nn.Module, image: Tensor, asked: Tensor | None, shares: Tensor) -> str:
    """One line of the table."""
    probability = torch.cat([judge(part).softmax(1) for part in image.split(500)])
    sure, found = probability.max(1)
    share = torch.bincount(found, minlength=len(shares)) / len(found)
    kl = (share * (share / shares).log().nan_to_num(neginf=0.0)).nan_to_num().sum()
    right = f"{(found == asked).float().mean():.3f}" if asked is not None else "–"
    return f"| {name} | {right} | {(sure > 0.9).float().mean():.3f} | {(share >= 0.01).sum()} | {kl:.3f} |"


def main() -> None:
    """Print the table."""
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    runs, count = given.pop("runs", "").split(","), int(given.pop("num_samples", "2000"))
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose("train", [f"{key}={value}" for key, value in given.items()])
    data: Any = instantiate(config.data, _convert_="all")
    image, label = everything(data.deck("train"))
    judge = classifier(image, label, epochs=max(2, 60_000 // len(image)))
    test_image, test_label = everything(data.deck("test"))
    shares = torch.bincount(label) / len(label)
    print("| run | as asked | sure | classes | KL |\n|---|---|---|---|---|")
    print(row("real test split", judge, test_image, test_label, shares), flush=True)
    for run in filter(None, runs):
        system, batches = rebuild(last_of(Path(run)))
        network, _ = system.game.sampler()
        torch.manual_seed(1)
        conditional = system.origin["config"]["network"]["conditional"]
        asked = torch.arange(count) % len(shares) if conditional else None
        samples = generate(network, system.latent.sample(count), asked)
        print(row(f"{run} ({batches} batches)", judge, samples, asked, shares), flush=True)


if __name__ == "__main__":
    main()
