"""gan-evaluate: measure what a run has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_runner.cli.entry import run_command

if TYPE_CHECKING:
    from omegaconf import DictConfig


PAGE = """
gan-evaluate measures samples of a run against its data: modes, distances of features, variety, copies of the
training set. It draws from the averaged weights (tricks.ema) where the run kept them. …/real is the same figure with
as many real images in the place of the samples: what a perfect generator would have. Of runs that translate it measures
translations of the test split, by direction: a2b_frechet, a2b_psnr, cycle_a.

  gan-evaluate run=dcgan-digits
  gan-evaluate ckpt=outputs/runs/dcgan-digits/<time>/checkpoints/best.ckpt output=best.json
  gan-evaluate run=cyclegan-unpaired 'metrics=[reconstruction]' output=hidden_pairs.json
  gan-evaluate run=… 'metrics=[frechet,memorization]' features=random_conv num_samples=10000 output=more.json

Choices (group=option; without them those of the run):

{choices}

Keys and their defaults (key=value on the command line):

{keys}

The names of figures say what looked at the samples, and how many were compared with as many held-out reals at a time:
frechet/classifier_digits/180. ± is the standard deviation over subsets of that size.
"""


def main() -> None:
    """The console script."""
    run_command("evaluate", evaluate, PAGE)


def evaluate(config: DictConfig) -> None:
    """Check the request, do it, and say what was found."""
    from gan_runner.inference.request import EvaluateRequest
    from gan_runner.training import libraries

    request = EvaluateRequest.from_command(config)
    request.check()
    libraries.load()
    from gan_runner.inference.evaluate import evaluate

    print(evaluate(request))


if __name__ == "__main__":
    main()
