"""benchmarks/peers.py without a peer: what it takes for equal, how it counts, and what it says of a checkout."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch
from hydra import compose, initialize_config_dir

from gan_runner.assemble import assemble
from gan_runner.config.options import CONFIGS

ROOT = Path(__file__).parent.parent


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return import_module("peers")


def sizes(network: torch.nn.Module) -> list[list[int]]:
    """Of the weights of layers that multiply, in order; norms have one dimension."""
    return [list(p.shape) for p in network.parameters() if p.ndim > 1]


EXPECTED = {
    "examples-dcgan-64": (
        [[100, 512, 4, 4], [512, 256, 4, 4], [256, 128, 4, 4], [128, 64, 4, 4], [64, 1, 4, 4]],
        [[64, 1, 4, 4], [128, 64, 4, 4], [256, 128, 4, 4], [512, 256, 4, 4], [1, 512 * 4 * 4]],
        (4, 3),
    ),
    "PyTorch-GAN-gan": (
        [[128, 100], [256, 128], [512, 256], [1024, 512], [784, 1024]], [[512, 784], [256, 512], [1, 256]], (3, 0)
    ),
    "PyTorch-GAN-dcgan": (
        [[128 * 8 * 8, 100], [128, 128, 3, 3], [64, 128, 3, 3], [1, 64, 3, 3]],
        [[16, 1, 3, 3], [32, 16, 3, 3], [64, 32, 3, 3], [128, 64, 3, 3], [1, 128 * 2 * 2]],
        (3, 3),
    ),
}  # fmt: skip
EXPECTED["PyTorch-GAN-wgan_gp"] = EXPECTED["PyTorch-GAN-gan"]
"""The peers' layers, as their scripts print them: of the generator, of the discriminator, and BatchNorms of each."""
TRANSLATION = "pytorch-CycleGAN-64"


@pytest.mark.parametrize("name", EXPECTED)
def test_networks_have_the_peers_layers(peers: Any, tmp_path: Path, name: str) -> None:
    assert set(peers.CASES) == {*EXPECTED, TRANSLATION}
    peers.CASES[name].write(tmp_path, 64)
    case, own = peers.CASES[name], [f"paths.run={tmp_path / 'run'}", "trainer.max_steps=5", "trainer.precision=32-true"]
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        experiment = assemble(compose("train", [*peers.filled(peers.PLAYED, tmp_path), *case.overrides, *own]))
    game = experiment.system.game
    generator, discriminator, norms = EXPECTED[name]
    assert sizes(game.generator) == generator
    assert sizes(game.discriminator) == discriminator
    counted = [sum(isinstance(m, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d) for m in net.modules())
               for net in (game.generator, game.discriminator)]  # fmt: skip
    assert tuple(counted) == norms
    assert experiment.data.batch_size == 64
    turns = [[*experiment.system.turns(step)] for step in range(5)]
    assert sum("generator" in turn for turn in turns) == (1 if "wgan_gp" in name else 5)
    image, score = game.generator(torch.randn(2, 100)), game.discriminator
    assert score(image).logits.shape == (2, 1)


def test_translation_has_the_weights_that_its_peer_counts(peers: Any, tmp_path: Path) -> None:
    case = peers.CASES[TRANSLATION]
    case.write(tmp_path / "set", 2)
    own = [f"paths.run={tmp_path / 'run'}", "trainer.max_steps=5", "trainer.precision=32-true"]
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        experiment = assemble(compose("train", [*peers.filled(peers.PLAYED, tmp_path / "set"), *case.overrides, *own]))
    assert experiment.data.batch_size == 1
    for game in experiment.system.all_games:
        counts = [sum(p.numel() for p in net.parameters()) for net in (game.generator, game.discriminator)]
        assert [round(count / 1e6, 3) for count in counts] == [7.838, 2.765]  # "Total number of parameters" of train.py


def test_a_batch_is_the_difference_of_two_epochs(peers: Any) -> None:
    long, short = peers.Cost(cpu=30.0, wall=40.0), peers.Cost(cpu=10.0, wall=20.0)
    assert long.per_batch(short, 50) == (0.4, 0.4)


def test_processor_time_counts_what_a_command_starts(peers: Any, tmp_path: Path) -> None:
    busy = "import time\nwhile time.process_time() < .3: pass"
    starts = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}])"
    assert peers.cost([sys.executable, "-c", starts], tmp_path).cpu > 0.3
    with pytest.raises(RuntimeError, match="ended with 3: no, thanks"):
        peers.cost([sys.executable, "-c", "print('no, thanks'); raise SystemExit(3)"], tmp_path)


def test_a_round_plays_both_sides_and_tells_their_ratio(peers: Any, tmp_path: Path, monkeypatch: Any) -> None:
    played: list[list[str]] = []

    def cost(command: list[str], folder: Path) -> Any:
        root = folder.parent.parent / "data" / "mnist"
        assert (folder / "../../data/mnist/MNIST/raw/train-images-idx3-ubyte").stat().st_size > 64 * 784
        played.append([word.replace(str(root), "{root}") for word in command])
        batches = ((root / "MNIST/raw/train-labels-idx1-ubyte").stat().st_size - 8) / 64
        return peers.Cost(5 + batches * (0.2 if "main.py" in command[1] else 0.1), 1 + batches)

    monkeypatch.setattr(peers, "cost", cost)
    case = peers.CASES["examples-dcgan-64"]
    told = peers.row("examples-dcgan-64", case, tmp_path, 2, ["trainer.engine=compile"])
    assert told == "| examples-dcgan-64 | 320 | 640 | 2.00 [2.00–2.00] | 1.00 | >= 1.15 |"
    assert len(played) == 8
    assert played[0][1:] == [str(tmp_path / "dcgan/main.py"), *case.options]
    assert f"trainer.max_steps={case.batches[0]}" in played[1]
    assert "trainer.engine=compile" in played[1]


def test_cases_are_those_whose_scripts_are_there(peers: Any, tmp_path: Path) -> None:
    (tmp_path / "implementations" / "gan").mkdir(parents=True)
    (tmp_path / "implementations" / "gan" / "gan.py").touch()
    assert [*peers.chosen(tmp_path, "")] == ["PyTorch-GAN-gan"]
    assert not peers.chosen(tmp_path, "dcgan")
    assert peers.commit_of(tmp_path) == "unknown"
    command = [sys.executable, str(ROOT / "benchmarks" / "peers.py"), "--peer", str(tmp_path / "implementations")]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 2
    assert "has none of dcgan/main.py, implementations/gan/gan.py" in ended.stderr
