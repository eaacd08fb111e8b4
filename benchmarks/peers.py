"""Images per second of gan-train beside another project's own scripts, at equal networks, batch and image size.

    python benchmarks/peers.py --peer CHECKOUT [--only REGEX] [--rounds 3] [override …]

CHECKOUT: of pytorch/examples (dcgan/main.py), of PyTorch-GAN (gan.py, dcgan.py, wgan_gp.py) or of
pytorch-CycleGAN-and-pix2pix (train.py). Its scripts are run as they are, with the options below, and are no part of
this repository. Overrides go to gan-train; by default it plays in trainer.precision=32-true, as the scripts do.

Both are whole commands, each with a set of noise (of MNIST's form, or two folders of images) that has just the images
of an epoch: a long epoch less a short one, over the batches between, is what a batch costs; imports and compiling are
in both and drop out. What a script does on the way (it prints each batch, reads losses, saves pictures, starts workers
to load) counts, and so does what gan-train does (reading and resizing the set, figures, pictures, a checkpoint at the
end) but for evaluation, which the scripts have not (metrics=none). Time is the processor's, of a command and all its
workers; wall beside it. Rounds play all four commands one after the other. With one thread (OMP_NUM_THREADS=1)
processor time blurs least.

What is equal: layers, widths, activations, norms, latents of 100, size of the batches, image size, Adam with its rates,
who moves when. What is not: the scripts end in Sigmoid and BCELoss where gan-train has logits; PyTorch-GAN moves the
generator first, and its wgan_gp.py sends the critic's loss back into the generator too, to no use; pytorch-CycleGAN
moves the generators first and passes the reals through them once more for the identity, where gan-train's one pass
serves both; the initial weights.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from step import GAN_TRAIN, mnist_files
from translation import write_images

HERE = Path(__file__).parent
BATCH = 64
PLAYED = ["metrics=none", "trainer.accelerator=cpu", "data.root={root}"]
DIGITS = ["data=mnist", f"data.batch_size={BATCH}"]


def digits(root: Path, images: int) -> None:
    """MNIST's files, of noise."""
    mnist_files(root / "MNIST" / "raw", images, BATCH)


def two_domains(root: Path, images: int) -> None:
    """So many images of noise of 64 pixels in trainA, and in trainB."""
    root.mkdir(parents=True)
    write_images(root, 64, images)


FULLY_CONNECTED = [
    *DIGITS, "model=vanilla", "data.image_size=28", "network.generator._target_=peer_networks.NormFromTheSecond",
    "~network.generator.hidden", "~network.generator.activation", "~network.generator.batch_norm",
]  # fmt: skip
CONVOLUTIONS = [
    *DIGITS, "model=dcgan", "data.image_size=32", "network.generator._target_=peer_networks.Upsampled",
    "network.discriminator._target_=peer_networks.Dropped", "~network.generator.width", "~network.discriminator.width",
    "~network.discriminator.norm",
]  # fmt: skip


class Case(NamedTuple):
    """A script of a peer; what makes gan-train play the same; batches of a short and of a long epoch; the goal; how
    many images a batch has, and what writes those of an epoch into a folder."""

    script: str
    options: list[str]
    overrides: list[str]
    batches: tuple[int, int]
    goal: str = ">= 1.15"
    batch: int = BATCH
    write: Callable[[Path, int], None] = digits


EPOCH = ["--n_epochs", "1", "--batch_size", str(BATCH)]
CASES = {
    "examples-dcgan-64": Case(
        "dcgan/main.py",
        ["--dataset", "mnist", "--dataroot", "{root}", "--niter", "1", "--batchSize", str(BATCH)],
        [*DIGITS, "model=dcgan", "data.image_size=64"], (4, 12),
    ),
    "PyTorch-GAN-gan": Case("implementations/gan/gan.py", EPOCH, FULLY_CONNECTED, (50, 250), ">= 2"),
    "PyTorch-GAN-dcgan": Case("implementations/dcgan/dcgan.py", EPOCH, CONVOLUTIONS, (20, 60)),
    "PyTorch-GAN-wgan_gp": Case(
        "implementations/wgan_gp/wgan_gp.py", EPOCH,
        [*FULLY_CONNECTED, "loss=wasserstein", "tricks=[gradient_penalty]", "system.discriminator_steps=5"], (50, 250),
    ),
    "pytorch-CycleGAN-64": Case(
        "train.py",
        ["--dataroot", "{root}", "--name", "played", "--gpu_ids", "-1", "--display_id", "0", "--no_html",
         "--netG", "resnet_6blocks", "--load_size", "64", "--crop_size", "64",
         "--n_epochs", "1", "--n_epochs_decay", "0"],
        ["model=cyclegan", "data=unpaired", "data.image_size=64", "data.load_size=64", "data.holdout=0",
         "network.blocks=6"],
        (4, 24), batch=1, write=two_domains,
    ),
}  # fmt: skip


class Cost(NamedTuple):
    """Seconds."""

    cpu: float
    wall: float

    def per_batch(self, short: Cost, batches: int) -> Cost:
        """This cost less that of a short epoch, by batches between the two."""
        return Cost((self.cpu - short.cpu) / batches, (self.wall - short.wall) / batches)


def cost(command: list[str], folder: Path) -> Cost:
    """Run a command in a folder. Raises RuntimeError with its last words where it fails."""
    path = os.pathsep.join([str(HERE.parent), str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    with (folder / "said").open("wb") as said:
        begin = perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, stdout=said, stderr=said, env={**os.environ, "PYTHONPATH": path}
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        last = (folder / "said").read_text(errors="replace").strip().rpartition("\n")[2]
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {last}")
    return Cost(used.ru_utime + used.ru_stime, wall)


def epoch(case: Case, peer: Path, batches: int, more: list[str]) -> tuple[Cost, Cost]:
    """What `batches` batches cost the script, and gan-train."""
    with tempfile.TemporaryDirectory() as temporary:
        root, folder = Path(temporary) / "data" / "mnist", Path(temporary) / "in" / "here"
        case.write(root, batches * case.batch)  # PyTorch-GAN looks in ../../data/mnist
        folder.mkdir(parents=True)
        theirs = [sys.executable, str(peer / case.script), *filled(case.options, root)]
        ours = [*filled(PLAYED, root), *case.overrides, f"trainer.max_steps={batches}", "trust=true", *more]
        return cost(theirs, folder), cost([*GAN_TRAIN, *ours], folder)


def filled(words: list[str], root: Path) -> list[str]:
    return [word.replace("{root}", str(root)) for word in words]


def row(name: str, case: Case, peer: Path, rounds: int, more: list[str]) -> str:
    """A line of the table: medians over rounds, ranges of the ratio."""
    short, long = case.batches
    pairs = []
    for _ in range(rounds):
        before, after = epoch(case, peer, short, more), epoch(case, peer, long, more)
        pairs.append([a.per_batch(b, long - short) for a, b in zip(after, before, strict=True)])
    theirs, ours = ([one.cpu for one in side] for side in zip(*pairs, strict=True))
    ratios = sorted(t.cpu / o.cpu for t, o in pairs)
    walls = sorted(t.wall / o.wall for t, o in pairs)
    return (f"| {name} | {case.batch / median(theirs):.3g} | {case.batch / median(ours):.3g} | {median(ratios):.2f} "
            f"[{ratios[0]:.2f}–{ratios[-1]:.2f}] | {median(walls):.2f} | {case.goal} |")  # fmt: skip


def commit_of(checkout: Path) -> str:
    """The revision of a checkout, with + when it was changed; `unknown` where it is none."""
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def chosen(peer: Path, only: str) -> dict[str, Case]:
    """The cases whose script the checkout has."""
    return {name: case for name, case in CASES.items() if (peer / case.script).is_file() and re.search(only, name)}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("overrides", nargs="*")
    parser.add_argument("--peer", type=Path, required=True, metavar="CHECKOUT")
    parser.add_argument("--only", default="", metavar="REGEX", help="cases in whose name this is found")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    peer = asked.peer.resolve()
    cases = chosen(peer, asked.only)
    if not cases:
        parser.error(f"{peer} has none of {', '.join(case.script for case in CASES.values())}")
    print(f"{peer.name}, commit {commit_of(peer)}\n")
    print(
        "| case | peer, images/s | gan-train, images/s | gan-train / peer | of wall | goal |\n|---|---|---|---|---|---|"
    )
    for name, case in cases.items():
        print(row(name, case, peer, asked.rounds, ["trainer.precision=32-true", *asked.overrides]), flush=True)


if __name__ == "__main__":
    main()
