"""gan-detect: how odd images are to a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_runner.cli.entry import run_command

if TYPE_CHECKING:
    from omegaconf import DictConfig


PAGE = """
gan-detect says of images how odd they are to a run: an autoencoder's own scores, or how far a GAN's best image is from
each (search_steps). It reads a checkpoint and no data set. Thresholds come from normal images that were kept from
training, scored in the same way: those that metrics=[anomaly] left in the run, or those of normal=<folder>.

  gan-detect run=vae-mnist input=parcel.png output=scores.csv
  gan-detect run=vae-folder input=new normal=good output=scores.csv panel=worst.png
  gan-detect run=dcgan-folder search_steps=500 input=new normal=good output=scores.csv
  gan-detect ckpt=last.ckpt input=new false_alarms=null output=scores.csv

Keys and their defaults (key=value on the command line):

{keys}

A row of the table has an image's name, each score (larger is odder) and whether it lies above the threshold (1). A file
that cannot be read is skipped and named; the exit code is 1 if none could be.
"""


def main() -> None:
    """The console script."""
    run_command("detect", detect, PAGE)


def detect(config: DictConfig) -> None:
    """Check the request, do it, and say what was found."""
    from gan_runner.inference.request import DetectRequest
    from gan_runner.training import libraries

    request = DetectRequest.from_command(config)
    request.check()
    libraries.load()
    from gan_runner.inference.detect import detect

    print(detect(request))


if __name__ == "__main__":
    main()
