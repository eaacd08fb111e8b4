"""The card: what it tells of a run, and that it tells nothing of the machine and of people."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fixtures.remembered import remember
from fixtures.small_folders import FOLDER
from gan_runner.exporting.card import card
from gan_runner.exporting.facts import facts
from gan_runner.exporting.network import Handed


def test_what_it_tells(remembered: Callable[..., str]) -> None:
    text = remembered()
    for told in (
        "\n# dcgan on digits\n",
        "Makes images of 16×16 pixels of random numbers: the generator after 12 batches",
        "![samples](samples.png)",
        "64 samples, none chosen: those of `gan-sample seed=0`.",
        "| input | `latent` | (N, 6) | float32 |",
        "| output | `image` | (N, 1, 16, 16) | float32 | -1 (black) to 1 (white)",
        "Latents are drawn from: standard normal, 6 independent numbers.",
        "| figure | here | real data | what it says | full name |",
        "| Fréchet ↓ | 80.5 | 31.25 | distance of the samples' features from the reals'",
        "other real samples in the place of the generated ones",
        "By the run's own evaluation, on 180 or 2,500 samples each.",
        "- Data: digits: 16×16 pixels, 1 band; 10 classes",
        "scikit-learn's 1,797 handwritten digits",
        "- Command: `gan-train model=dcgan data=digits`.",
        "12 batches of 64, 768 samples shown; the whole run took 90 s on a chip (2 threads), precision bf16-mixed.",
        "- Recipe: `model=dcgan`, `data=digits`.",
        "- Seed: 0. Tricks: none.",
        "(revision abc), python 3.11.7, torch 2.14.1, numpy 2.4.6.",
        "The monitor called the game `gan` **collapsed** at the end, from batch 9 on (variety 0.1, and its limit is "
        "0.2); earlier: discriminator too strong.",
        "Copies: 3.4 % of its samples are nearer to a training image",
        "No class can be asked for",
        "largest difference 4.5e-07 (2.2e-07 of the range), 1 of 1,000 bytes differ.",
        "The licence is left open",
        "- model: dcgan: Radford et al. 2015",
        "@software{gan_runner,",
    ):
        assert told in text, told


def test_a_checkpoint_alone(plain: Handed) -> None:
    text = card(plain, None, "pt2", "generator.pt2", "MIT")
    assert "Nothing was measured of these weights." in text
    assert "Nothing is known of how its training went" in text
    assert "Whether its samples are copies of training images was not measured." in text
    assert "Published under: MIT." in text
    assert "## Check" not in text
    assert "Command" not in text


def test_as_huggingface_hub_reads_it(remembered: Callable[..., str], tmp_path: Path) -> None:
    cards = pytest.importorskip("huggingface_hub.repocard")
    text = remembered()
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    found = cards.ModelCard.load(tmp_path / "README.md")
    assert found.data.license == "unknown"
    assert found.data.pipeline_tag == "unconditional-image-generation"
    assert found.text.startswith("\n# dcgan on digits\n")
    assert found.data.model_name == "dcgan on digits"


# ---- what it does not tell ------------------------------------------------------------------------------------------

SECRETS = ("quijano", "sancho", "rocinante")
"""A home, a user, a machine."""


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    import zipfile

    for path in folder.rglob("*"):
        yield path.name, path.name.encode() + path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                yield from ((f"{path.name}/{name}", packed.read(name)) for name in packed.namelist())


def test_no_names_and_no_places_of_a_run_leave_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_command: Callable[..., Any]
) -> None:
    home = tmp_path / "home" / "quijano"
    (home / "photos").mkdir(parents=True)
    for number in range(12):
        Image.new("RGB", (8, 8), (20 * number, 100, 50)).save(home / "photos" / f"sancho-{number}.png")
    monkeypatch.chdir(home)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr("getpass.getuser", lambda: "sancho")
    monkeypatch.setattr("platform.node", lambda: "rocinante")
    trained = run_command("gan-train", *FOLDER, f"data.root={home / 'photos'}", f"hydra.run.dir={home / 'run'}")
    assert trained.code == 0, trained.err
    assert str(home).encode() in (home / "run" / "run.json").read_bytes()
    for form in ("onnx", "pt2", "safetensors"):
        done = run_command("gan-export", "run=run", f"format={form}", f"output={form}/", "accelerator=cpu")
        assert done.code == 0, done.err
        found = list(contents(home / form))
        assert "README.md" in [name for name, _ in found]
        for secret in (*SECRETS, str(tmp_path), str(Path(__file__).parents[2])):
            assert not [name for name, content in found if secret.encode() in content], (form, secret)
    assert "photos" in (home / "onnx" / "README.md").read_text(encoding="utf-8")


def test_a_home_that_was_trained_on(
    saved: Callable[..., Path], network_of: Callable[..., Handed], tmp_path: Path
) -> None:
    data = {"family": "folder.Folder", "name": "quijano", "root": "/home/quijano", "files": 64, "content": "3f2a90c1"}
    words = ["gan-train", "data=folder", "data.root=/home/quijano", "init_from=/home/quijano/x/best.ckpt"]
    run = remember(
        saved(tmp_path / "run", (3, 8, 8), None, "model=dcgan", "network.width=4", "data=folder", "data.root=x"),
        data=data, command=words, directory="/home/quijano", choices={"model": "dcgan", "data": "folder"},
    )  # fmt: skip
    text = card(network_of(run), None, "onnx", "generator.onnx", None)
    assert "quijano" not in text
    assert "quijano" not in str(facts(network_of(run)))
    assert "# dcgan on folder" in text
    assert "64 files" in text
    assert "gan-train data=folder" in text
