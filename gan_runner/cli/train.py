"""gan-train: play a game, or continue one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_runner.cli.entry import run_command

if TYPE_CHECKING:
    from omegaconf import DictConfig

PAGE = """
gan-train: train a GAN composed as data × network × loss × tricks, or an autoencoder.

  gan-train [model=…] [data=…] [loss=…] ['tricks=[…]'] [trainer=…] [key=value …]

Choices (group=option; a model is a recipe that picks the rest):

{choices}

Examples:

  gan-train                                             DCGAN on handwritten digits, no download
  gan-train model=vanilla data=ring loss=minimax        the game of 2014 on eight points of a ring
  gan-train model=cgan data=mnist 'tricks=[ema]'        label-conditional, sampled from an averaged generator
  gan-train data=folder data.root=photos data.image_size=64 trainer.max_steps=20000
  gan-train -m loss=hinge,non_saturating seed=0,1,2     a sweep: six runs
  gan-train model=vae data=mnist                        a variational autoencoder, without an adversary

Often set:

  seed=0  trainer.max_steps=5000 (batches)  data.batch_size=64  data.image_size=32  optimizer.lr=2e-4
  trainer.precision=auto|32-true|bf16-mixed|16-mixed  paths.outputs=outputs
  debug=trace (show tracebacks)
  +tricks@tricks.ema=ema     add a trick to those of a recipe

  gan-train resume=<run folder>          continue a run in place
  gan-train … init_from=<run folder>     begin a new run with the weights of another (fine-tuning)
  gan-train … resume=auto                continue the newest unfinished run of these settings and data, or begin one
  gan-train --help tricks                a line for each trick; so with losses, models, metrics, data, lessons, …
  gan-train --help r1                    the page of r1: what it does, keys, source, cost; so with every name and key
  gan-train --cfg job                    print every key with its value
  gan-sample --help                      samples from a run
  eval "$(gan-train -sc install=bash)"   tab completion for this shell
"""


def main() -> None:
    """The console script."""
    run_command("train", train, PAGE)


def train(config: DictConfig) -> float | None:
    """Play the run, and say where everything lies. Returns the figure that config.objective names, for a search."""
    from gan_runner.training.train import train

    return train(config)


if __name__ == "__main__":
    main()
