"""Bringing images back by gan-translate: autoencoders, damage, errors, labels."""

import csv
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from gan_runner.images.counter_random import Fixed
from gan_runner.images.degrading import Damage
from gan_runner.images.lettering import HEADER
from gan_runner.images.ranges import to_bytes, to_unit_range
from gan_runner.images.writing import write_image
from gan_runner.inference.rebuild import rebuild
from gan_runner.systems.base import generate
from gan_runner.systems.capabilities import Encodes

SMALL = ("network.hidden=[8]",)


@pytest.fixture(scope="module")
def coders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Run folders of untrained autoencoders of (1, 8, 8)."""
    from conftest import save_run

    root = tmp_path_factory.mktemp("coders")
    damaged = ("data=degraded", "data.of.image_size=8", "data.task=inpaint")
    made = {
        "vae": save_run(root / "vae", (1, 8, 8), 10, "model=vae", *SMALL, "tricks=[ema]"),
        "cvae": save_run(root / "cvae", (1, 8, 8), 10, "model=cvae", *SMALL),
        "inpaint": save_run(root / "inpaint", (1, 8, 8), None, "model=autoencoder", *SMALL, *damaged,
                            source_shape=(2, 8, 8)),
    }  # fmt: skip
    return {name: str(folder) for name, folder in made.items()}


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Five digits' worth of noise, as files."""
    folder = tmp_path / "in"
    folder.mkdir()
    for index, image in enumerate(torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1):
        write_image(folder / f"{index}.png", image)
    return folder


def pixels(path: Path) -> torch.Tensor:
    """(1, 1, 8, 8) in [-1, 1]."""
    with Image.open(path) as image:
        return to_unit_range(torch.tensor(list(image.convert("L").getdata()), dtype=torch.uint8).view(1, 1, 8, 8))


def test_an_image_comes_back_through_its_mean_code(
    coders: dict[str, str], images: Path, run_command: Any, tmp_path: Path
) -> None:
    ended = run_command("gan-translate", f"run={coders['vae']}", f"input={images}", f"output={tmp_path / 'out'}")
    assert ended.code == 0, ended.err
    assert "5 images reconstructed at 8×8 pixels" in ended.out
    system, _ = rebuild(Encodes, Path(coders["vae"]) / "checkpoints" / "last.ckpt", "")  # type: ignore[type-abstract]
    expected = system.decode(system.encode(pixels(images / "3.png")))
    assert torch.equal(to_bytes(pixels(tmp_path / "out" / "3.png")), to_bytes(expected))


def test_damage_is_of_each_image_whatever_the_batch_and_stands_in_panels(
    coders: dict[str, str], images: Path, run_command: Any, tmp_path: Path
) -> None:
    asked = ("gan-translate", f"run={coders['vae']}", f"input={images}", "damage=denoise",
             "damage.noise_sigma=[0.4,0.4]", "panels=true")  # fmt: skip
    for size in (1, 3):
        ended = run_command(*asked, f"output={tmp_path / str(size)}", f"batch_size={size}")
        assert ended.code == 0, ended.err
    for name in ("0.png", "4.png"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "3" / name).read_bytes()
    with Image.open(tmp_path / "1" / "0.png") as picture:
        width, height = picture.size
    assert width > 2.9 * (height - HEADER)  # input, damaged, reconstructed


def test_errors_are_of_the_whole_image_beside_those_of_the_damaged_one(
    coders: dict[str, str], images: Path, run_command: Any, tmp_path: Path
) -> None:
    ended = run_command(
        "gan-translate", f"run={coders['vae']}", f"input={images}", f"output={tmp_path / 'out'}", "damage=denoise",
        "damage.noise_sigma=[0.4,0.4]", f"errors={tmp_path / 'errors.csv'}",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    with (tmp_path / "errors.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [Path(row["image"]).name for row in rows] == [f"{index}.png" for index in range(5)]
    image = pixels(images / "2.png")
    damaged = Damage("denoise", noise_sigma=(0.4, 0.4))(image, Fixed(torch.tensor([2])))
    rounded = to_unit_range(to_bytes(damaged))
    assert float(rows[2]["damaged_l1"]) == pytest.approx((rounded - image).abs().mean().item(), rel=1e-4)
    back = pixels(tmp_path / "out" / "2.png")
    assert float(rows[2]["l1"]) == pytest.approx((back - image).abs().mean().item(), rel=1e-4)


def test_a_run_that_fills_holes_makes_its_own(
    coders: dict[str, str], images: Path, run_command: Any, tmp_path: Path
) -> None:
    asked = ("gan-translate", f"run={coders['inpaint']}", f"input={images}", f"output={tmp_path / 'out'}")
    refused = run_command(*asked)
    assert refused.code == 1
    assert "or damage=inpaint to make some" in refused.err
    ended = run_command(*asked, "damage=inpaint", f"errors={tmp_path / 'errors.csv'}")
    assert ended.code == 0, ended.err


def test_a_conditional_one_is_told_the_class(
    coders: dict[str, str], images: Path, run_command: Any, tmp_path: Path
) -> None:
    asked = ("gan-translate", f"run={coders['cvae']}", f"input={images / '0.png'}", f"output={tmp_path / 'a.png'}")
    refused = run_command(*asked)
    assert refused.code == 1
    assert "is told the class of an image: give label=<class>, of 0, 1" in refused.err
    assert run_command(*asked, "label=3").code == 0
    system, _ = rebuild(Encodes, Path(coders["cvae"]) / "checkpoints" / "last.ckpt", "")  # type: ignore[type-abstract]
    expected = generate(system.coder()[0], pixels(images / "0.png"), torch.tensor([3]))
    assert torch.equal(to_bytes(pixels(tmp_path / "a.png")), to_bytes(expected))


@pytest.mark.parametrize(
    ("run", "keys", "sentence"),
    [
        ("vae", ("damage=inpaint",), "damage=inpaint leaves images of 2 channel(s), and this run takes 1"),
        ("vae", ("damage=denoise", "damage.noise_sigma=[0.4,0.1]"), "damage.noise_sigma=[0.4, 0.1] ends before"),
        ("vae", ("damage=super_resolution", "damage.factor=3"), "damage.factor=3 is not valid"),
        ("vae", ("damage=colorize",), "damage.task=colorize needs images of 3 channels"),
        ("vae", ("label=3",), "label=3, but this network was trained without labels"),
        ("vae", ("errors=errors.txt",), "give errors=<file>.csv"),
        ("vae", ("cycle=true", "panels=true"), "leave panels, damage and errors out"),
        ("vae", ("damage=inpaint", "mask=hole.png"), "give one of them"),
        ("inpaint", ("errors=errors.csv",), "or give damage=<task>, which begins with whole images"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence_and_nothing_is_written(
    coders: dict[str, str], images: Path, run_command: Any, tmp_path: Path, run: str, keys: Any, sentence: str
) -> None:
    out = tmp_path / "out"
    ended = run_command("gan-translate", f"run={coders[run]}", f"input={images}", f"output={out}", *keys)
    assert ended.code == 1
    assert sentence in ended.err
    assert len(ended.err.strip().splitlines()) == 1
    assert not out.exists()


def test_a_run_that_translates_has_no_damage_and_no_errors(
    translators: dict[str, str], images: Path, run_command: Any, tmp_path: Path
) -> None:
    asked = ("gan-translate", f"run={translators['cyclegan']}", f"input={images}", f"output={tmp_path / 'out'}")
    for keys, sentence in (
        (("damage=denoise",), "damage is for runs that restore images or bring them back: leave it out"),
        ((f"errors={tmp_path / 'e.csv'}",), "this run makes another of it: leave errors out"),
    ):
        ended = run_command(*asked, *keys)
        assert ended.code == 1
        assert sentence in ended.err
