"""gan-export: hand on what a run has learned, as one file for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_runner.cli.entry import run_command

if TYPE_CHECKING:
    from omegaconf import DictConfig


PAGE = """
gan-export writes the network that sampling uses as one file that other programs run: ONNX Runtime in any language,
PyTorch without this package. It reads a checkpoint and no data, works on the processor alone, uses the averaged weights
(tricks.ema) where the run kept them, and compares the file with PyTorch before it hands it over.

  gan-export run=dcgan-digits output=digits/
  gan-export run=dcgan-digits format=pt2 output=digits.pt2
  gan-export run=dcgan-digits bytes=true output=digits.onnx
  gan-export run=cyclegan-horse2zebra part=b2a output=to_horses.onnx
  gan-export run=vae-mnist part=encoder output=codes.onnx
  gan-export run=dcgan-digits format=safetensors output=digits/ license=mit
  gan-export run=dcgan-digits output=digits/ push_to_hub=ana/digits
  gan-export run=dcgan-digits format=html output=digits.html

Keys and their defaults (key=value on the command line):

{keys}

A generator takes latents (N, Z) float32, where it is told classes labels (N,) int64, and truncation, one number that
may be left out. What latents are drawn from stands in the file and on its card. Images are (N, C, H, W) in [-1, 1].
format=html is a page that opens from disk, for any browser.
A folder gets the file, a card (README.md) and samples.png; push_to_hub uploads them to the Hugging Face Hub.
"""


def main() -> None:
    """The console script."""
    run_command("export", export, PAGE)


def export(config: DictConfig) -> None:
    """Check the request, do it, and say what was written."""
    from gan_runner.exporting.request import ExportRequest
    from gan_runner.training import libraries

    request = ExportRequest.from_command(config)
    request.check()
    libraries.load()
    from gan_runner.exporting.export import export

    print(export(request))


if __name__ == "__main__":
    main()
