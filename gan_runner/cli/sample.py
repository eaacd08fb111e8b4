"""gan-sample: draw from what a run has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_runner.cli.entry import run_command

if TYPE_CHECKING:
    from omegaconf import DictConfig


PAGE = """
gan-sample draws from the weights of a run. It reads a checkpoint and no data, and uses the averaged weights
(tricks.ema) where the run kept them.

  gan-sample run=dcgan-digits output=samples.png
  gan-sample run=cgan-fashion_mnist 'label=[sneaker,bag]' num_samples=1000 output=articles.npz
  gan-sample run=cvae-digits label=3 num_samples=64 output=threes.png
  gan-sample ckpt=last.ckpt truncation=0.7 num_samples=5000 seed=1 output=samples/
  gan-sample run=dcgan-digits interpolate=true num_samples=96 output=walk.png
  gan-sample run=vae-mnist interpolate=true 'between=[a.png,b.png]' num_samples=12 output=walk.png

Keys and their defaults (key=value on the command line):

{keys}

<file>.npz holds images uint8 (N, H, W, C), or points float32 (N, F), and where there are classes labels int64 (N,)
with class_names (K,); labels that are numbers are float32 (N, K), with label_names (K,): label=[1,0.5] asks for all of
them in order, 'label={age: 30}' for some by name. <file>.npy holds the samples alone, <file>.tiff has a page for each.
Samples of a run whose files had more than 8 bits have the type and the values of those files there.
<file>.png is one picture; <folder>/ gets a PNG per sample, <folder>/<class>/ of classes.
"""


def main() -> None:
    """The console script."""
    run_command("sample", sample, PAGE)


def sample(config: DictConfig) -> None:
    """Check the request, do it, and say what was written."""
    from gan_runner.inference.request import SampleRequest
    from gan_runner.training import libraries

    request = SampleRequest.from_command(config)
    request.check()
    libraries.load()
    from gan_runner.inference.sample import sample

    print(sample(request))


if __name__ == "__main__":
    main()
