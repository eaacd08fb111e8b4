"""gan-translate: turn images into those of the other domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_runner.cli.entry import run_command

if TYPE_CHECKING:
    from omegaconf import DictConfig


PAGE = """
gan-translate turns images into those of the other domain with the weights of a run that translates (model=cyclegan,
pix2pix, two_stage), restores them (model=inpainting, super_resolution, colorization, denoising, deblurring) or brings
them back from their codes (model=vae, autoencoder, …). It reads a checkpoint and no data set, and uses the averaged
weights (tricks.ema) where the run kept them.

  gan-translate run=cyclegan-horse2zebra input=horse.jpg output=zebra.png
  gan-translate run=cyclegan-horse2zebra direction=b2a input=zebras output=horses
  gan-translate run=cyclegan-horse2zebra cycle=true size=256 input=horses output=there_and_back
  gan-translate ckpt=last.ckpt input=damaged.png mask=hole.png output=mended.png
  gan-translate run=vae-mnist input=digits output=back panels=true errors=errors.csv
  gan-translate run=vae-mnist input=digits output=back damage=denoise panels=true

Keys and their defaults (key=value on the command line):

{keys}

damage=inpaint, super_resolution, colorize, denoise or deblur damages images first; damage.<key> are its keys, those of
data=degraded (damage.noise_sigma=[0.1,0.3]).

Any image that Pillow reads. A U-Net (pix2pix) takes images of the size it was trained at: others are scaled to it.
A file that cannot be read is skipped and named at the end; the exit code is 1 if none could be.
"""


def main() -> None:
    """The console script."""
    run_command("translate", translate, PAGE)


def translate(config: DictConfig) -> None:
    """Check the request, do it, and say what was written."""
    from gan_runner.inference.request import TranslateRequest
    from gan_runner.training import libraries

    request = TranslateRequest.from_command(config)
    request.check()
    libraries.load()
    from gan_runner.inference.translate import translate

    print(translate(request))


if __name__ == "__main__":
    main()
