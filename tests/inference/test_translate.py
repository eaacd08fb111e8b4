"""Translating files: what becomes of which image, at what size, what is skipped, what is refused before anything."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from fixtures.containers import as_tar, as_zip
from gan_runner.data.files import decoding
from gan_runner.images.lettering import HEADER
from gan_runner.images.ranges import to_bytes
from gan_runner.inference.rebuild import rebuild
from gan_runner.inference.translate import Request, Translator, prepare, reflected, scale_of, translate
from gan_runner.systems.base import generate
from gan_runner.systems.capabilities import Translates
from gan_runner.types import Origin


def request(**keys: Any) -> Request:
    return Request.from_config({"accelerator": "cpu", **{key: _plain(value) for key, value in keys.items()}})


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def photo(path: Path, height: int = 8, width: int = 8, seed: int = 0, mode: str = "RGB") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (height, width, len(mode)) if mode != "L" else (height, width)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def expected(run: str, image: np.ndarray, direction: str = "a2b") -> np.ndarray:
    """By the network itself: (H, W, C)."""
    system, _ = rebuild(Translates, Path(run) / "checkpoints" / "last.ckpt", "")
    source = torch.from_numpy(image.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
    return drawn(generate(system.translator(direction), source))


def drawn(images: torch.Tensor) -> np.ndarray:
    """The first of images (N, C, H, W) as a file has it, (H, W, C)."""
    return to_bytes(images)[0].permute(1, 2, 0).numpy()


# ---- what is written ------------------------------------------------------------------------------------------------


def test_an_image_becomes_what_the_average_makes_of_it(translators: dict[str, str], tmp_path: Path) -> None:
    source = photo(tmp_path / "a.png")
    said = translate(request(run=translators["cyclegan"], input=source, output=tmp_path / "new" / "b.png"))
    found = pixels(tmp_path / "new" / "b.png")
    assert found.shape == (8, 8)  # grey, as domain B is
    assert np.abs(found.astype(int) - expected(translators["cyclegan"], pixels(source))[..., 0]).max() <= 1
    assert said == (
        f"1 image translated a2b by the generator's average (tricks.ema) after 12 batches: {tmp_path / 'new' / 'b.png'}"
    )
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["b.png"]  # nothing half-written is left


@pytest.mark.parametrize("write", [as_zip, as_tar])
def test_images_in_a_container_become_what_those_of_its_folder_do(
    translators: dict[str, str], tmp_path: Path, write: Any
) -> None:
    for name in ("a.png", "cat/b.png"):
        photo(tmp_path / "photos" / name)
    roots = {"folder": tmp_path / "photos", "container": write(tmp_path / "photos", tmp_path)}
    for name, source in roots.items():
        translate(request(run=translators["cyclegan"], input=source, output=tmp_path / name))
    for name in ("a.png", "cat/b.png"):
        assert (tmp_path / "container" / name).read_bytes() == (tmp_path / "folder" / name).read_bytes()


def test_a_run_of_two_domains_in_a_zip_translates_a_zip(run_command: Any, tmp_path: Path) -> None:
    for name in ("trainA/1.png", "trainA/2.png", "trainB/1.png", "trainB/2.png", "testA/3.png", "testB/3.png"):
        photo(tmp_path / "set" / name)
    archive = as_zip(tmp_path / "set", tmp_path)
    small = ("data.image_size=8", "network.width=2", "network.layers=1", "network.blocks=1", "data.batch_size=1")
    quick = ("trainer.max_steps=1", "trainer.accelerator=cpu", "callbacks.samples=null", "logger=none")
    where = (f"data.root={archive}", f"hydra.run.dir={tmp_path / 'run'}")
    ended = run_command("gan-train", "model=cyclegan", "data=unpaired", *small, *quick, *where)
    assert ended.code == 0, ended.err
    keys = (f"run={tmp_path / 'run'}", f"input={archive}", f"output={tmp_path / 'out'}", "accelerator=cpu")
    ended = run_command("gan-translate", *keys)
    assert ended.code == 0, ended.err
    assert pixels(tmp_path / "out" / "testA" / "3.png").shape == (8, 8, 3)
    assert len(list((tmp_path / "out").rglob("*.png"))) == 6


def test_the_other_direction_takes_images_of_the_other_domain(translators: dict[str, str], tmp_path: Path) -> None:
    source = photo(tmp_path / "b.png", mode="L")
    translate(request(run=translators["cyclegan"], input=source, output=tmp_path / "a.png", direction="b2a"))
    found = expected(translators["cyclegan"], pixels(source)[..., None], "b2a")
    assert np.abs(pixels(tmp_path / "a.png").astype(int) - found).max() <= 1


def test_a_folder_keeps_names_and_sizes_and_broken_files_are_named(translators: dict[str, str], tmp_path: Path) -> None:
    sizes = {"one.jpg": (8, 12), "two.png": (9, 14), "deep/three.bmp": (8, 12), "tiny.png": (1, 3)}
    for index, (name, size) in enumerate(sizes.items()):
        photo(tmp_path / "in" / name, *size, seed=index)
    (tmp_path / "in" / "broken.png").write_bytes(b"no picture")
    said = translate(request(run=translators["cyclegan"], input=tmp_path / "in", output=tmp_path / "out"))
    written = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.png")}
    assert written == {"one.png", "two.png", "deep/three.png", "tiny.png"}
    for name, size in sizes.items():
        assert pixels((tmp_path / "out" / name).with_suffix(".png")).shape == size
    skipped, closing = said.splitlines()
    assert skipped.startswith(f"skipped {tmp_path / 'in' / 'broken.png'}: cannot identify")
    assert closing.startswith("4 of 5 images translated a2b by ")


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_the_batch_size_changes_nothing(translators: dict[str, str], tmp_path: Path, batch_size: int) -> None:
    for index in range(5):
        photo(tmp_path / "in" / f"{index}.png", 8 + 4 * (index % 2), 8, seed=index)
    keys = {"run": translators["cyclegan"], "input": tmp_path / "in", "output": tmp_path / "out"}
    translate(request(**keys, batch_size=batch_size))
    for index in range(5):
        found = expected(translators["cyclegan"], pixels(tmp_path / "in" / f"{index}.png"))
        assert np.abs(pixels(tmp_path / "out" / f"{index}.png").astype(int) - found[..., 0]).max() <= 1


def test_images_of_one_size_are_computed_together(
    translators: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(5):
        photo(tmp_path / "in" / f"{index}.png", 8 + 4 * (index % 2), 8, seed=index)
    together: list[tuple[int, ...]] = []
    call = Translator.__call__

    def counting(self: Translator, images: np.ndarray, places: list[int]) -> Any:
        together.append(images.shape)
        return call(self, images, places)

    monkeypatch.setattr(Translator, "__call__", counting)
    translate(request(run=translators["cyclegan"], input=tmp_path / "in", output=tmp_path / "out", batch_size=2))
    assert together == [(2, 3, 8, 8), (1, 3, 8, 8), (2, 3, 12, 8)]


def test_size_scales_first(translators: dict[str, str], tmp_path: Path) -> None:
    source = photo(tmp_path / "a.png", 30, 20)
    said = translate(request(run=translators["cyclegan"], input=source, output=tmp_path / "b.png", size=[12, 16]))
    with Image.open(source) as image:
        scaled = np.asarray(image.resize((16, 12), Image.Resampling.BICUBIC))
    found = expected(translators["cyclegan"], scaled)[..., 0]
    assert np.abs(pixels(tmp_path / "b.png").astype(int) - found).max() <= 1
    assert "translated a2b at 12×16 pixels by" in said


def test_any_kind_of_picture_is_read_as_training_reads_it(translators: dict[str, str], tmp_path: Path) -> None:
    """Turned by EXIF, 16 bits, a palette with transparency over white."""
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "in").mkdir()
    Image.new("RGB", (16, 8), (10, 200, 30)).save(tmp_path / "in" / "turned.jpg", exif=exif)
    Image.fromarray(np.full((8, 8), 40_000, np.uint16)).save(tmp_path / "in" / "deep.png")
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "in" / "clear.png")
    translate(request(run=translators["cyclegan"], input=tmp_path / "in", output=tmp_path / "out"))
    assert pixels(tmp_path / "out" / "turned.png").shape == (16, 8)
    for name, grey in (("deep", 40_000 >> 8), ("clear", 255)):
        found = expected(translators["cyclegan"], np.full((8, 8, 3), grey, np.uint8))[..., 0]
        assert np.abs(pixels(tmp_path / "out" / f"{name}.png").astype(int) - found).max() <= 1


def test_deep_pixels_have_the_scale_of_the_run(played: Any, tmp_path: Path) -> None:
    """Of A up to 4000, of B up to 1000: an input of 2000 is half of the one and more than white of the other."""
    for name, value in (("trainA", 4000), ("trainB", 1000)):
        (tmp_path / "set" / name).mkdir(parents=True)
        for number in (1, 2):
            values = np.full((8, 8), value // number, np.uint16)
            Image.fromarray(values).save(tmp_path / "set" / name / f"{number}.png")
    played("model=cyclegan", "data=unpaired", f"data.root={tmp_path / 'set'}", "data.image_size=8", "data.channels=1",
           "data.source_channels=1", "data.cache=null", "network.width=2", "network.blocks=1", "network.layers=1",
           "metrics=none", "logger=none", "data.holdout=0", folder=tmp_path / "run")  # fmt: skip
    Image.fromarray(np.full((8, 8), 2000, np.uint16)).save(tmp_path / "deep.png")
    run = tmp_path / "run"
    for direction, grey in (("a2b", 128), ("b2a", 255)):
        asked = request(run=run, input=tmp_path / "deep.png", output=tmp_path / f"{direction}.png", direction=direction)
        assert translate(asked).startswith("1 image translated")
        system, _ = rebuild(Translates, run / "checkpoints" / "last.ckpt", "")
        translator = prepare(asked, system, torch.device("cpu"))  # untrained players answer alike
        assert np.unique(translator.read(asked.planned[0])).tolist() == [grey]


def test_an_image_has_the_scale_of_its_domain_or_of_what_that_is_made_of() -> None:
    deep, other = {"real": [0.0, 4000.0]}, {"source": [0.0, 50.0]}
    source = (1, 8, 8)
    for scales, data, source_shape, a2b, b2a in (
        (deep | other, {}, source, (0, 50), (0, 4000)),
        (deep, {}, source, "type", (0, 4000)),  # of two domains, one of bytes
        (deep, {"of": {"root": "x"}}, source, (0, 4000), (0, 4000)),
        (deep, {}, None, (0, 4000), (0, 4000)),  # of one domain, which is brought back to itself
        (None, {}, source, "type", "type"),
        (None, {}, None, "type", "type"),
    ):
        origin = Origin({"data": data}, source_shape=source_shape, scales=scales)
        assert (scale_of(origin, "a2b"), scale_of(origin, "b2a")) == (a2b, b2a)


def test_an_image_too_large_is_skipped_without_a_key_of_training(
    translators: dict[str, str], tmp_path: Path, monkeypatch: Any
) -> None:
    photo(tmp_path / "in" / "small.png")
    photo(tmp_path / "in" / "large.png", 64, 64)
    monkeypatch.setattr(decoding, "GUARD", 1000)
    said = translate(request(run=translators["cyclegan"], input=tmp_path / "in", output=tmp_path / "out"))
    assert "large.png: 0.004096 megapixels are more than the 0.001 of Pillow's guard against bombs: make it" in said


def test_deep_pixels_that_no_byte_stands_for_are_skipped(translators: dict[str, str], tmp_path: Path) -> None:
    photo(tmp_path / "in" / "bytes.png")
    Image.fromarray(np.full((8, 8), -5.0, np.float32)).save(tmp_path / "in" / "depth.tif")
    said = translate(request(run=translators["cyclegan"], input=tmp_path / "in", output=tmp_path / "out"))
    assert "depth.tif: float pixels from -5 to -5, expected [0, 1]: this run was trained on bytes, so make it" in said


def test_what_was_made_before_is_not_translated_again(translators: dict[str, str], tmp_path: Path) -> None:
    photo(tmp_path / "in" / "a.png")
    for _ in range(2):
        keys = {"input": tmp_path / "in", "output": tmp_path / "in" / "made", "overwrite": True}
        translate(request(run=translators["cyclegan"], **keys))
    assert [path.name for path in (tmp_path / "in" / "made").rglob("*")] == ["a.png"]


def test_a_u_net_translates_at_its_own_size_and_says_so(translators: dict[str, str], tmp_path: Path) -> None:
    source = photo(tmp_path / "a.png", 30, 20)
    said = translate(request(run=translators["pix2pix"], input=source, output=f"{tmp_path / 'made'}/"))
    assert pixels(tmp_path / "made" / "a.png").shape == (16, 16, 3)
    assert "1 image translated a2b at 16×16 pixels (the network's own size) by the generator after 12 batches" in said


def test_a_cycle_is_a_picture_of_three_columns(translators: dict[str, str], tmp_path: Path) -> None:
    source = photo(tmp_path / "a.png", 9, 8)
    translate(request(run=translators["cyclegan"], input=source, output=tmp_path / "b.png", cycle=True))
    assert pixels(tmp_path / "b.png").shape == (72 + 4 + HEADER, 3 * 66 + 2, 3)  # 8 times as large, gaps of 2
    shown = pixels(tmp_path / "b.png")[HEADER + 2 :: 8, 2::8][:9, :8]
    assert np.abs(shown.astype(int) - pixels(source)).max() <= 1


def test_a_hole_comes_from_a_mask(translators: dict[str, str], tmp_path: Path) -> None:
    source, holes = photo(tmp_path / "in" / "a.png"), np.zeros((8, 8), np.uint8)
    holes[2:5, 3:6] = 255
    (tmp_path / "masks").mkdir()
    Image.fromarray(holes).save(tmp_path / "masks" / "a.png")
    keys = {"run": translators["inpaint"], "input": tmp_path / "in", "output": tmp_path / "out"}
    translate(request(**keys, mask=tmp_path / "masks"))
    system, _ = rebuild(Translates, Path(translators["inpaint"]) / "checkpoints" / "last.ckpt", "")
    mask = torch.from_numpy(holes).float()[None, None] / 255
    image = torch.from_numpy(pixels(source).copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
    found = drawn(generate(system.translator(), torch.cat([image * (1 - mask), mask], dim=1)))
    assert np.abs(pixels(tmp_path / "out" / "a.png").astype(int) - found).max() <= 1
    Image.fromarray(holes[:4]).save(tmp_path / "masks" / "a.png")
    with pytest.raises(ValueError, match=r"none of 1 .* 8×8 pixels, and its mask .* has 4×8"):
        translate(request(**keys, mask=tmp_path / "masks", overwrite=True))


def test_the_seed_decides_what_is_drawn(translators: dict[str, str], tmp_path: Path, monkeypatch: Any) -> None:
    class Drawing(nn.Module):
        def forward(self, source: torch.Tensor, label: None = None) -> torch.Tensor:
            return torch.rand_like(source)

    monkeypatch.setattr("gan_runner.systems.paired.Paired.translator", lambda *_: Drawing())
    photo(tmp_path / "a.png")
    for name, seed in (("x", 1), ("y", 1), ("z", 2)):
        keys = {"input": tmp_path / "a.png", "output": tmp_path / f"{name}.png", "seed": seed}
        translate(request(run=translators["pix2pix"], **keys))
    x, y, z = (pixels(tmp_path / f"{name}.png") for name in "xyz")
    assert (x == y).all()
    assert (x != z).any()


def test_borders_are_mirrored_to_a_multiple() -> None:
    images = np.arange(9 * 10, dtype=np.uint8).reshape(1, 1, 9, 10)
    larger = reflected(images, 4)
    assert larger.shape == (1, 1, 12, 12)
    assert (larger[..., :9, :10] == images).all()
    assert (larger[0, 0, 9:, 0] == images[0, 0, [7, 6, 5], 0]).all()
    assert (larger[0, 0, 0, 10:] == images[0, 0, 0, [8, 7]]).all()
    assert reflected(images, 1) is images


# ---- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "give either run="),
        ({"run": "cyclegan", "ckpt": "x"}, "give either run="),
        ({"run": "cyclegan"}, "input has no value: give input="),
        ({"run": "cyclegan", "input": "a.png"}, "output has no value: give output="),
        ({"run": "cyclegan", "input": "none.png", "output": "x.png"}, r"input=.*none\.png does not exist"),
        ({"run": "cyclegan", "input": "a.png", "output": "x.jpg"}, r"x\.jpg does not say what to write: give <file>"),
        ({"run": "cyclegan", "input": "in", "output": "x.png"}, r"in is a folder, and output=.*x\.png a file"),
        ({"run": "cyclegan", "input": "empty", "output": "x"}, "empty holds no images"),
        ({"run": "cyclegan", "input": "a.png", "output": "a.png"}, r"would replace .*a\.png, an image of the input"),
        ({"run": "cyclegan", "input": "in", "output": "in", "overwrite": True}, "would replace"),
        ({"run": "cyclegan", "input": "in", "output": "taken"}, r"c\.png exists already: .* overwrite=true"),
        ({"run": "cyclegan", "input": "twice", "output": "x"}, "have the same name: keep one of them"),
        ({"run": "cyclegan", "input": "a.png", "output": "x.png", "direction": "c2d"}, "direction='c2d' is not valid"),
        ({"run": "cyclegan", "input": "a.png", "output": "x.png", "size": 0}, "size=0 is not valid"),
        ({"run": "cyclegan", "input": "a.png", "output": "x.png", "mask": "a.png"}, "mask is for runs that fill holes"),
        ({"run": "pix2pix", "input": "a.png", "output": "x.png", "direction": "b2a"}, "b2a is not learned from pairs"),
        ({"run": "pix2pix", "input": "a.png", "output": "x.png", "cycle": True}, "cycle=true needs a way back"),
        ({"run": "pix2pix", "input": "a.png", "output": "x.png", "size": 32}, "network takes 16×16 alone"),
        ({"run": "inpaint", "input": "a.png", "output": "x.png"}, "this run fills holes: give mask="),
        ({"run": "inpaint", "input": "a.png", "output": "x.png", "mask": "no.png"}, r"mask=.*no\.png does not exist"),
        ({"run": "inpaint", "input": "a.png", "output": "x.png", "mask": "in"}, r"no image of the name of .*a\.png"),
        ({"run": "cyclegan", "input": "bad.png", "output": "x.png"}, r"none of 1 image.* bad\.png|none of 1 .*bad"),
    ],
)
def test_what_cannot_be_translated(
    translators: dict[str, str], tmp_path: Path, keys: dict[str, Any], said: str
) -> None:
    for name in ("a.png", "in/c.png", "taken/c.png", "twice/d.png", "twice/d.bmp"):
        photo(tmp_path / name)
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.png").write_bytes(b"")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    named = {"input", "output", "mask", "ckpt"} & set(keys)
    keys = keys | {key: tmp_path / keys[key] for key in named}
    with pytest.raises(ValueError, match=said):
        translate(request(**keys | {"run": translators[keys["run"]]} if "run" in keys else keys))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_run_that_is_no_translation(runs: dict[str, str], tmp_path: Path) -> None:
    source = photo(tmp_path / "a.png")
    with pytest.raises(ValueError, match="holds a GAN: gan-translate makes images of images"):
        translate(request(run=runs["plain"], input=source, output=tmp_path / "b.png"))


def test_weights_that_have_diverged(translators: dict[str, str], tmp_path: Path, tampered: Any) -> None:
    def diverged(contents: Any) -> None:
        for value in contents["state_dict"].values():
            if isinstance(value, torch.Tensor) and value.is_floating_point():
                value.fill_(torch.nan)

    ckpt = tampered(translators["cyclegan"], tmp_path / "x.ckpt", diverged)
    with pytest.raises(ValueError, match="the translations are not finite"):
        translate(request(ckpt=ckpt, input=photo(tmp_path / "a.png"), output=tmp_path / "b.png"))
    assert not (tmp_path / "b.png").exists()


@pytest.mark.parametrize("tasks", [{}, {"task": "denoise"}])
def test_data_of_ones_own_is_asked_for_its_holes_alone(
    tasks: dict[str, str], translators: dict[str, str], tmp_path: Path, tampered: Any
) -> None:
    def change(contents: Any) -> None:
        contents["origin"]["config"]["data"] = {"_target_": "fixtures.own_parts.Arrays", **tasks}

    asked = {"input": photo(tmp_path / "a.png"), "output": tmp_path / "b.png"}
    asked["ckpt"] = tampered(translators["denoise"], tmp_path / "own.ckpt", change)
    if tasks:  # which of them have holes only the class knows
        with pytest.raises(ValueError, match=r"data\._target_='fixtures\.own_parts\.Arrays', which is not trusted"):
            translate(request(**asked))
    translate(request(**asked, trust=bool(tasks)))
    assert (tmp_path / "b.png").is_file()
