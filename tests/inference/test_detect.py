"""How odd images are, by a checkpoint alone."""

import csv
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from gan_runner.assemble import build_data
from gan_runner.config.errors import ConfigError
from gan_runner.data.decks import Memory
from gan_runner.evaluation.answers import answers_of
from gan_runner.inference.detect import Found, detect
from gan_runner.inference.rebuild import rebuild
from gan_runner.inference.request import DetectRequest
from gan_runner.metrics.oddness import scored
from gan_runner.runs import checkpoints
from gan_runner.systems.base import System

CONFIGS = Path(__file__).parent.parent / "fixtures" / "configs"
SCORING = (
    f"hydra.searchpath=[file://{CONFIGS}]", "model=scoring", "network.width=4", "data=digits", "data.image_size=8",
)  # fmt: skip


@pytest.fixture
def run(saved: Any, tmp_path: Path) -> str:
    """A run folder of an untrained system that gives scores."""
    return str(saved(tmp_path / "run", (1, 8, 8), 10, *SCORING))


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Six images, and a file that is none."""
    generator = np.random.default_rng(0)
    (tmp_path / "in").mkdir()
    for index in range(6):
        Image.fromarray(generator.integers(0, 256, (8, 8), np.uint8)).save(tmp_path / "in" / f"{index}.png")
    (tmp_path / "in" / "broken.png").write_bytes(b"no picture")
    return tmp_path / "in"


def request(run: str, images: Path, **keys: Any) -> DetectRequest:
    asked = DetectRequest.from_config(
        {
            "run": run,
            "input": str(images),
            "output": str(images.parent / "scores.csv"),
            "accelerator": "cpu",
            "trust": True,
            **{key: str(value) if isinstance(value, Path) else value for key, value in keys.items()},
        }
    )
    asked.check()
    return asked


def table(images: Path) -> list[dict[str, str]]:
    with (images.parent / "scores.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def expected(run: str, images: Path) -> dict[str, torch.Tensor]:
    """By the function that metrics=[anomaly] scores with."""
    system, _ = rebuild(System, Path(run) / "checkpoints" / "last.ckpt", "", trust=True)
    files = sorted(path for path in images.glob("[0-9]*.png"))
    deck = Memory(torch.stack([torch.from_numpy(np.asarray(Image.open(path)).copy())[None] for path in files]))
    return scored(
        answers_of(system, {"scores": {}})["scores"].answer, deck, torch.arange(len(deck)), torch.device("cpu")
    )


@pytest.mark.parametrize("batch_size", [1, 4, 64])
def test_a_row_for_each_image_with_every_score(run: str, images: Path, batch_size: int) -> None:
    said = detect(request(run, images, false_alarms=None, batch_size=batch_size))
    rows, wanted = table(images), expected(run, images)
    assert [row["image"] for row in rows] == [str(images / f"{index}.png") for index in range(6)]
    assert list(rows[0]) == ["image", "reconstruction", "code"]
    for name, values in wanted.items():
        found = torch.tensor([float(row[name]) for row in rows])
        torch.testing.assert_close(found, values, rtol=1e-5, atol=1e-5)
    first, second, *more = said.splitlines()
    assert first.startswith(f"skipped {images / 'broken.png'}: cannot identify")
    assert second == f"6 of 7 images scored after 12 batches: {images.parent / 'scores.csv'}"
    assert more[0].startswith("  reconstruction: ")
    assert more[0].endswith(", larger is odder")


def test_thresholds_by_normal_images_that_are_scored_alike(run: str, images: Path, tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    for index in range(5):
        (images / f"{index}.png").rename(tmp_path / "good" / f"{index}.png")
    said = detect(request(run, images, normal=tmp_path / "good", false_alarms=0.2))
    limit = expected(run, tmp_path / "good")["reconstruction"].max()
    (row,) = table(images)
    assert row["reconstruction_odd"] == str(int(float(row["reconstruction"]) > limit))
    assert f"above {float(limit):.4g} (false_alarms=0.2 of 5 normal images that were kept from training)" in said


def test_too_few_normal_files_are_told_before_anything_is_read(run: str, images: Path) -> None:
    with pytest.raises(ConfigError, match=r"false_alarms=0\.05 needs the scores of 19 normal images or more, of 7"):
        request(run, images, normal=images)


def keep(run: str, at: int = 12) -> None:
    """What an evaluation would have left in the checkpoint."""
    path = Path(run) / "checkpoints" / "last.ckpt"
    contents = torch.load(path, weights_only=True)
    normals = {"held_out": torch.linspace(0, 1e6, 39), "training": torch.linspace(0, 10, 39)}
    kept = {"at": at, "Anomaly": {"reconstruction": normals, "code": {"held_out": torch.linspace(-2, -1, 39)}}}
    checkpoints.write(contents | {"callbacks": {"Evaluation": {"keeps": kept}}}, path)


def test_normal_images_that_cannot_be_read_are_told(run: str, images: Path, tmp_path: Path) -> None:
    normal = tmp_path / "good"
    shutil.copytree(images, normal)
    for path in images.glob("broken.png"):
        path.unlink()
    said = detect(request(run, images, normal=normal, false_alarms=0.2))
    assert f"skipped {normal / 'broken.png'}" in said
    assert "\n6 images scored" in said  # none of those that are looked at was lost
    assert "of 6 normal images" in said


def test_thresholds_that_the_run_has_kept(run: str, images: Path) -> None:
    keep(run)
    said = detect(request(run, images))
    assert {(row["reconstruction_odd"], row["code_odd"]) for row in table(images)} == {("0", "1")}
    assert "reconstruction: 0 odd, above 9.737e+05 (false_alarms=0.05 of 39 normal images" in said
    assert "(in brackets: of as many training images): 50% 5e+05 (5)," in said
    assert "code: 6 odd, above -1.026" in said


def test_without_normals_of_these_weights_there_is_no_threshold(run: str, images: Path) -> None:
    for kept in (False, True):
        if kept:
            keep(run, at=10)
        with pytest.raises(
            ConfigError, match=r"has no scores of normal images .* give normal=<folder.*false_alarms=null"
        ):
            detect(request(run, images))
    assert not (images.parent / "scores.csv").exists()


def test_the_worst_images_are_drawn_beside_what_the_run_makes_of_them(run: str, images: Path, tmp_path: Path) -> None:
    said = detect(request(run, images, false_alarms=None, panel=tmp_path / "worst.png"))
    assert f"scores.csv and {tmp_path / 'worst.png'}" in said
    picture = np.asarray(Image.open(tmp_path / "worst.png"))
    order = expected(run, images)["reconstruction"].argsort(descending=True)
    oddest = np.asarray(Image.open(images / f"{int(order[0])}.png"))
    cell = picture[18 + 2 : 18 + 2 + 64, 2 : 2 + 64, 0]
    assert (cell[::8, ::8] == oddest).all()
    assert picture.shape[0] == 18 + 2 + 6 * 66


def test_the_oddest_are_kept_over_many_parts() -> None:
    found, scores = Found(), torch.tensor([3.0, 9.0, 1.0, 7.0, 8.0, 2.0])
    pixels = scores.to(torch.uint8).view(-1, 1, 1, 1)
    for start in (0, 2, 4):
        part = slice(start, start + 2)
        found.take([Path(str(start))] * 2, pixels[part], {"a": scores[part], "b": -scores[part]}, 3)
    assert found.worst.flatten().tolist() == [9, 8, 7]
    assert found.scores["b"].tolist() == (-scores).tolist()


def test_a_gan_is_searched(runs: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)).save(tmp_path / "in" / "a.png")
    said = detect(
        request(runs["plain"], tmp_path / "in", search_steps=3, restarts=2, false_alarms=None, panel=tmp_path / "p.png")
    )
    (row,) = table(tmp_path / "in")
    assert list(row) == ["image", "search3x2"]
    assert said.startswith("1 image scored after 12 batches")
    assert (tmp_path / "p.png").exists()
    with pytest.raises(ConfigError, match=r"holds a GAN, which gives no scores: .*search_steps=500"):
        detect(request(runs["plain"], tmp_path / "in", false_alarms=None, overwrite=True))
    with pytest.raises(ConfigError, match="search_steps=3: a search for latents needs a GAN that is told no labels"):
        detect(request(runs["conditional"], tmp_path / "in", search_steps=3, overwrite=True))


def test_a_run_that_is_shown_damaged_images_scores_no_whole_ones(saved: Any, images: Path, tmp_path: Path) -> None:
    damaged = ("model=autoencoder", "network.hidden=[8]", "data=degraded", "data.of.image_size=8", "data.task=denoise")
    folder = saved(tmp_path / "damaged", (1, 8, 8), None, *damaged, source_shape=(1, 8, 8))
    with pytest.raises(ConfigError, match=r"last\.ckpt gives no scores: .*data=degraded.*system\.noise=2"):
        detect(request(str(folder), images, false_alarms=None))


def test_a_run_that_makes_nothing_of_images_has_no_panel(
    run: str, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gan_runner.systems.capabilities.Translates.of", lambda system: None)
    with pytest.raises(ConfigError, match=r"panel=.* a Scoring makes nothing of them: leave panel out"):
        detect(request(run, images, false_alarms=None, panel=images.parent / "p.png"))


def test_nothing_that_can_be_read_fails(run: str, images: Path) -> None:
    with pytest.raises(ValueError, match=r"none of 1 image\(s\) could be read: .*broken\.png"):
        detect(request(run, images / "broken.png", false_alarms=None, output=images.parent / "x.csv"))
    assert not (images.parent / "x.csv").exists()


def test_a_run_that_has_diverged_is_told(run: str, images: Path) -> None:
    path = Path(run) / "checkpoints" / "last.ckpt"
    contents = torch.load(path, weights_only=True)
    name = next(name for name in contents["state_dict"] if name.endswith("weight"))
    contents["state_dict"][name].fill_(torch.inf)
    checkpoints.write(contents, path)
    with pytest.raises(ValueError, match=r"the score reconstruction is not finite for 6 of 6 images from .*0\.png on"):
        detect(request(run, images, false_alarms=None))


def test_one_image_of_another_size_ends_it_before_anything_is_scored(
    run: str, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("L", (9, 9)).save(images / "z.png")
    asked = request(run, images, false_alarms=None, batch_size=2)
    with monkeypatch.context() as patched:
        patched.setattr("gan_runner.inference.detect.scored", lambda *_: pytest.fail("not all were looked at first"))
        with pytest.raises(ConfigError, match=r"z\.png has 9×9 pixels"):
            detect(asked)
    assert not (images.parent / "scores.csv").exists()
    detect(request(run, images, false_alarms=None, fit="crop"))
    assert len(table(images)) == 7


@pytest.mark.slow
def test_a_whole_run_keeps_what_thresholds_need(run_command: Any, images: Path, tmp_path: Path) -> None:
    """Also one that ends by its epochs; the metric and the command give an image the same score."""
    folder = tmp_path / "trained"
    ended = run_command(
        "gan-train", *SCORING, "latent.latent_dim=6", "data.only=[3]", "data.batch_size=16", "metrics=[anomaly]",
        "trainer.max_epochs=2", "trainer.max_steps=-1", "trainer.accelerator=cpu", "logger=none",
        f"hydra.run.dir={folder}",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    contents = torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)
    kept = contents["callbacks"]["Evaluation"]["keeps"]
    assert kept["at"] == contents["global_step"]
    data = build_data(contents["origin"]["config"])
    deck = data.whole("test")
    labels = deck[torch.arange(len(deck))].label
    images = tmp_path / "normal"
    images.mkdir()
    for position in (labels == 3).nonzero().flatten().tolist():
        pixels = deck[torch.tensor([position])].real[0, 0].numpy()
        Image.fromarray(pixels).save(images / f"{position}.png")
    detect(request(str(folder), images, false_alarms=0.2))
    found = torch.tensor(sorted(float(row["reconstruction"]) for row in table(images)))
    torch.testing.assert_close(found, kept["Anomaly"]["reconstruction"]["held_out"], rtol=1e-5, atol=1e-5)
