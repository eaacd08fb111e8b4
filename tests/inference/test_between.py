"""Walks between real images: what is written, that the ends come back as the run decodes them, what is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from gan_runner.config.errors import ConfigError
from gan_runner.images.ranges import to_bytes
from gan_runner.inference.between import _image
from gan_runner.inference.rebuild import rebuild
from gan_runner.inference.request import SampleRequest, TranslateRequest
from gan_runner.inference.sample import sample
from gan_runner.inference.translate import prepare
from gan_runner.systems.capabilities import Encodes

SMALL = ("network.hidden=[8]", "latent.latent_dim=3", "metrics=none", "logger=none", "data.batch_size=4",
         "callbacks.samples=null", "callbacks.panels=null", "callbacks.codes=null")  # fmt: skip


def request(**keys: Any) -> SampleRequest:
    asked = SampleRequest.from_config({"accelerator": "cpu", "interpolate": True, "num_samples": 9, **keys})
    asked.check()
    return asked


@pytest.fixture
def ends(tmp_path: Path) -> list[str]:
    """Three images of the size of the runs, in colour."""
    paths = [str(tmp_path / name) for name in ("a.png", "b b.png", "c.png")]
    for index, path in enumerate(paths):
        pixels = np.random.default_rng(index).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    return paths


@pytest.mark.parametrize("model", ["vae", "autoencoder"])
@pytest.mark.parametrize("count", [2, 3])
def test_it_begins_and_ends_with_what_comes_back_of_the_images(
    played: Callable[..., Any], tmp_path: Path, ends: list[str], model: str, count: int
) -> None:
    played(f"model={model}", *SMALL)
    checkpoint = tmp_path / "checkpoints" / "last.ckpt"
    said = sample(request(ckpt=str(checkpoint), between=ends[:count], output=str(tmp_path / "x.npz")))
    with np.load(tmp_path / "x.npz") as file:
        images = file["images"]
    assert "9 images of the decoder after 2 batches, by way of a.png → b b.png" in said
    system, _ = rebuild(Encodes, checkpoint, "")  # type: ignore[type-abstract]
    pixels = [np.asarray(Image.open(path)).transpose(2, 0, 1) for path in ends[:count]]
    real = torch.from_numpy(np.stack(pixels)).float() / 127.5 - 1
    back = to_bytes(system.decode(system.encode(real))).permute(0, 2, 3, 1).numpy()
    stops = np.linspace(0, 8, count).astype(int)
    assert np.abs(images[stops].astype(int) - back.astype(int)).max() <= 1
    steps = np.abs(np.diff(images.astype(int), axis=0)).max(axis=(1, 2, 3))
    assert steps.max() < np.abs(images[0].astype(int) - images[-1].astype(int)).max() + 2


def test_a_picture_is_a_strip_and_an_animation(played: Callable[..., Any], tmp_path: Path, ends: list[str]) -> None:
    played("model=vae", *SMALL)
    sample(request(run=str(tmp_path), between=ends, output=str(tmp_path / "x.png"), num_samples=5))
    with Image.open(tmp_path / "x.png") as strip, Image.open(tmp_path / "x.gif") as animation:
        assert strip.size == (5 * 66 + 2, 68)
        assert animation.n_frames == 5


def test_a_conditional_run_asks_for_the_class_of_the_images(
    played: Callable[..., Any], tmp_path: Path, ends: list[str]
) -> None:
    played("model=cvae", *SMALL)
    asked = {"run": str(tmp_path), "between": ends, "output": str(tmp_path / "x.npz")}
    for label in (None, [1, 2]):
        with pytest.raises(ConfigError, match="set label to the one class of the images of between, of 0, 1"):
            sample(request(**asked, label=label))
    assert "(class 2)" in sample(request(**asked, label=2))


def test_deep_pixels_have_the_scale_of_the_run(played: Callable[..., Any], tmp_path: Path) -> None:
    """Trained on pixels up to 4000, of which 2000 is half: for a walk, and for what gan-translate brings back."""
    (tmp_path / "set").mkdir()
    for number in (1, 2, 4, 8):
        Image.fromarray(np.full((8, 8), 4000 // number, np.uint16)).save(tmp_path / "set" / f"{number}.png")
    played("model=vae", *SMALL, "data=folder", f"data.root={tmp_path / 'set'}", "data.image_size=8", "data.channels=1",
           "data.cache=null", "data.holdout=0", folder=tmp_path / "run")  # fmt: skip
    deep = tmp_path / "deep.png"
    Image.fromarray(np.full((8, 8), 2000, np.uint16)).save(deep)
    system, _ = rebuild(Encodes, tmp_path / "run" / "checkpoints" / "last.ckpt", "")  # type: ignore[type-abstract]
    asked = request(run=str(tmp_path / "run"), between=[str(deep)] * 2, output=str(tmp_path / "x.npz"))
    assert np.unique(_image(deep, system, asked)).tolist() == [128]
    translating = TranslateRequest.from_config(
        {"run": str(tmp_path / "run"), "input": str(deep), "output": str(tmp_path / "back.png"), "accelerator": "cpu"}
    )
    translator = prepare(translating, system, torch.device("cpu"))  # type: ignore[arg-type]
    assert np.unique(translator.read(translating.planned[0])).tolist() == [128]


def test_samples_of_a_run_with_a_mixture_say_so_and_walk(played: Callable[..., Any], tmp_path: Path) -> None:
    small = [one for one in SMALL if one != "callbacks.codes=null"]
    played("model=vae", *small, "system.sample_from=mixture", "data.num_samples=60")
    asked: dict[str, Any] = {"run": str(tmp_path), "output": str(tmp_path / "x.npz"), "overwrite": True}
    drawn = []
    for keys in ({"seed": 1}, {"seed": 1}, {"seed": 2}, {"seed": 1, "truncation": 0.1}):
        said = sample(request(**asked, **keys, interpolate=False, num_samples=40))
        assert "the decoder (codes from a mixture fitted to those of 60 images) after 2 batches" in said
        with np.load(tmp_path / "x.npz") as file:
            drawn.append(file["images"])
    assert (drawn[0] == drawn[1]).all()
    assert (drawn[0] != drawn[2]).any()
    assert drawn[3].std(axis=0).mean() < drawn[0].std(axis=0).mean()
    assert "48 samples" in sample(request(**asked, num_samples=48))


@pytest.mark.parametrize(("keys", "why"), [
    ({"between": ["a.png"]}, "is one image, and a walk needs two"),
    ({"between": ["a.png", "gone.png"]}, "between names gone.png, and there is no such file"),
    ({"between": ["a.png", "c.png"], "interpolate": False}, "set interpolate=true too"),
    ({"between": ["a.png", "c.png"], "truncation": 0.5}, "truncation is for latents that are drawn"),
    ({"between": ["a.png", "a.png", "c.png"], "num_samples": 2}, "2 frames do not reach through the 3 images"),
])  # fmt: skip
def test_what_is_asked_wrongly_is_found_at_once(
    tmp_path: Path, ends: list[str], monkeypatch: pytest.MonkeyPatch, keys: dict[str, Any], why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "last.ckpt").touch()
    with pytest.raises(ConfigError, match=why):
        request(ckpt="last.ckpt", output="x.png", **keys)


def test_what_cannot_be_encoded_is_one_sentence(played: Callable[..., Any], tmp_path: Path, ends: list[str]) -> None:
    played("model=vae", *SMALL)
    Image.new("RGB", (9, 8)).save(tmp_path / "wide.png")
    (tmp_path / "text.png").write_text("no image")
    asked = {"run": str(tmp_path), "output": str(tmp_path / "x.npz")}
    with pytest.raises(ConfigError, match=r"wide\.png has 8×9 pixels, and this run encodes images of 8×8"):
        sample(request(**asked, between=[ends[0], str(tmp_path / "wide.png")]))
    with pytest.raises(ConfigError, match=r"between: .*text\.png"):
        sample(request(**asked, between=[ends[0], str(tmp_path / "text.png")]))
    assert not (tmp_path / "x.npz").exists()


def test_a_game_has_no_codes(played: Callable[..., Any], tmp_path: Path, ends: list[str]) -> None:
    played("model=dcgan", "network.width=2", "metrics=none", "logger=none")
    with pytest.raises(ConfigError, match="walks through the codes of images, and this run has none"):
        sample(request(run=str(tmp_path), output=str(tmp_path / "x.npz"), between=ends))
