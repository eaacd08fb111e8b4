"""Sampling from a checkpoint alone: what is drawn, where it is written, what is refused before anything is computed."""

from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from PIL import Image

from gan_runner import checkpoints, sampling
from gan_runner.assemble import build_system, plain_config
from gan_runner.cli.groups import CONFIGS
from gan_runner.sampling import Request, choose_labels, rebuild, sample


def save_run(folder: Path, shape, num_classes, *overrides: str) -> Path:
    """A run folder with the checkpoint of an untrained system."""
    torch.manual_seed(0)
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = plain_config(compose("train", overrides=[*overrides, "latent.latent_dim=6", "paths.run=unused"]))
    system = build_system(config, shape, num_classes)
    contents = {"origin": system.origin, "state_dict": system.state_dict(), "global_step": 12}
    checkpoints.write(contents, folder / "checkpoints" / "last.ckpt")
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("runs")
    small = ("network.width=4", "data=synthetic")
    made = {
        "plain": save_run(root / "plain", (3, 8, 8), 10, "model=dcgan", *small, "tricks=[ema]"),
        "conditional": save_run(root / "conditional", (1, 8, 16), 4, "model=cgan", *small),
        "points": save_run(root / "points", (2,), None, "model=vanilla", "data=ring"),
    }
    return {name: str(folder) for name, folder in made.items()}


def request(**keys) -> Request:
    return Request.from_config({"accelerator": "cpu", "num_samples": 6, **keys})


def arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as file:
        return dict(file)


# ---- what is written ------------------------------------------------------------------------------------------------


def test_images_as_arrays(runs, tmp_path):
    said = sample(request(run=runs["plain"], output=str(tmp_path / "new" / "x.npz")))
    written = arrays(tmp_path / "new" / "x.npz")
    assert list(written) == ["images"]
    assert written["images"].shape == (6, 8, 8, 3)
    assert written["images"].dtype == np.uint8
    assert "6 samples of the generator's average (tricks.ema) after 12 batches, seed 0:" in said
    assert str(tmp_path / "new" / "x.npz") in said
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["x.npz"]  # nothing half-written is left


def test_labels_cycle_evenly_or_over_those_asked_for(runs, tmp_path):
    for label, expected in ((None, [0, 1, 2, 3, 0, 1]), (2, [2] * 6), ([3, 1], [3, 1] * 3)):
        said = sample(request(run=runs["conditional"], output=str(tmp_path / "x.npz"), label=label, overwrite=True))
        written = arrays(tmp_path / "x.npz")
        assert written["labels"].tolist() == expected
        assert written["labels"].dtype == np.int64
        assert written["images"].shape == (6, 8, 16, 1)
    assert "6 samples of the generator after 12 batches" in said


def test_the_label_changes_the_picture(runs, tmp_path):
    for label in (0, 1):
        sample(request(run=runs["conditional"], output=str(tmp_path / f"{label}.npz"), label=label))
    assert (arrays(tmp_path / "0.npz")["images"] != arrays(tmp_path / "1.npz")["images"]).any()


def test_points(runs, tmp_path):
    sample(request(run=runs["points"], output=str(tmp_path / "x.npz")))
    points = arrays(tmp_path / "x.npz")["points"]
    assert points.shape == (6, 2)
    assert points.dtype == np.float32
    sample(request(run=runs["points"], output=str(tmp_path / "x.png")))
    assert Image.open(tmp_path / "x.png").width == Image.open(tmp_path / "x.png").height


def test_a_picture_has_a_column_per_class(runs, tmp_path):
    sample(request(run=runs["plain"], output=str(tmp_path / "plain.png"), num_samples=9))
    sample(request(run=runs["conditional"], output=str(tmp_path / "classes.png"), num_samples=8))
    square, classes = Image.open(tmp_path / "plain.png"), Image.open(tmp_path / "classes.png")
    assert square.width == square.height
    assert classes.width == 4 * (128 + 2) + 2
    assert classes.height == 2 * (64 + 2) + 2


def test_a_folder_gets_a_picture_per_sample(runs, tmp_path):
    folder = tmp_path / "samples"
    sample(request(run=runs["conditional"], output=f"{folder}/", batch_size=4))
    assert [path.name for path in sorted(folder.iterdir())] == [f"{i:06d}.png" for i in range(6)]
    sample(request(run=runs["conditional"], output=str(tmp_path / "x.npz")))
    for index, image in enumerate(arrays(tmp_path / "x.npz")["images"]):
        picture = Image.open(folder / f"{index:06d}.png")
        assert picture.mode == "L"
        assert np.abs(np.asarray(picture).astype(int) - image[..., 0]).max() <= 1
    sample(request(run=runs["conditional"], output=f"{folder}/", num_samples=2, overwrite=True))
    assert len(list(folder.iterdir())) == 2  # no mixture of two requests


# ---- what is drawn --------------------------------------------------------------------------------------------------


def test_the_seed_decides_and_the_batch_size_does_not(runs, tmp_path):
    images = {}
    for seed, batch_size in ((0, 256), (0, 4), (1, 256)):
        keys = {"seed": seed, "batch_size": batch_size, "output": str(tmp_path / "x.npz"), "overwrite": True}
        sample(request(run=runs["plain"], **keys))
        images[seed, batch_size] = arrays(tmp_path / "x.npz")["images"].astype(int)
    assert np.abs(images[0, 256] - images[0, 4]).max() <= 1  # up to the rounding of another batch size
    assert np.abs(images[0, 256] - images[1, 256]).max() > 1


def test_the_samples_are_those_of_the_network(runs, tmp_path):
    system, batches = rebuild(Path(runs["points"]) / "checkpoints" / "last.ckpt")
    source = torch.randn(6, 6, generator=torch.Generator().manual_seed(5))
    sample(request(run=runs["points"], output=str(tmp_path / "x.npz"), seed=5))
    with torch.no_grad():
        expected = system.game.generator.eval()(source)
    torch.testing.assert_close(torch.from_numpy(arrays(tmp_path / "x.npz")["points"]), expected)
    assert batches == 12


def test_truncation_reaches_the_prior(runs, monkeypatch):
    system, _ = rebuild(Path(runs["plain"]) / "checkpoints" / "last.ckpt")
    asked = request(run=runs["plain"], truncation=0.5, num_samples=500)
    source, label = sampling.deal(asked, system.latent, [])
    assert source.abs().max() <= 0.5
    assert label is None


def test_interpolate_writes_a_strip_and_an_animation(runs, tmp_path):
    said = sample(request(run=runs["plain"], output=str(tmp_path / "walk.png"), interpolate=True))
    strip, animation = Image.open(tmp_path / "walk.png"), Image.open(tmp_path / "walk.gif")
    assert strip.size == (6 * (64 + 2) + 2, 64 + 4)
    assert animation.n_frames == 6
    assert "walk.png and " in said
    sample(request(run=runs["conditional"], output=str(tmp_path / "two.png"), interpolate=True, label=[0, 1]))
    assert Image.open(tmp_path / "two.png").height == 2 * (64 + 2) + 2  # a row per class, the same path in each
    (tmp_path / "two.png").unlink()
    asked = request(run="x", output=str(tmp_path / "two.png"), interpolate=True)
    with pytest.raises(ValueError, match=r"two\.gif exists already"):
        _ = asked.destination


# ---- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"output": None}, "output has no value: give output=<file>.npz"),
        ({"output": "x"}, "output=x does not say what to write.*npz.*png.*folder"),
        ({"output": "x.jpg"}, "output=x.jpg does not say what to write"),
        ({"run": None}, "give either run=<run folder> or ckpt="),
        ({"ckpt": "x.ckpt"}, "give either run=<run folder> or ckpt="),
        ({"run": "no/such/run"}, "no/such/run is no run folder"),
        ({"run": "."}, "has no checkpoints/last.ckpt"),
        ({"run": None, "ckpt": "no.ckpt"}, "checkpoint no.ckpt does not exist"),
        ({"num_samples": 0}, "num_samples=0 is not valid: it should be greater"),
        ({"num_samples": "6"}, "num_samples='6' is not valid: it should be a valid integer"),
        ({"num_samples": 10_001}, r"num_samples=10001 \(10001 images\) is too many for one picture"),
        ({"truncation": 0}, "truncation=0 is not valid: it should be greater than 0"),
        ({"truncation": -0.5}, "truncation=-0.5 is not valid"),
        ({"batch_size": 0}, "batch_size=0 is not valid"),
        ({"seed": -1}, "seed=-1 is not valid"),
        ({"accelerator": "tpu"}, "accelerator='tpu' is not valid: it should be 'auto', 'cpu' or 'gpu'"),
        ({"interpolate": "yes"}, "interpolate='yes' is not valid"),
        ({"label": 0}, "label=0, but this network was trained without labels"),
        ({"labels": 0}, r"unknown key labels \(did you mean label\?\)"),
    ],
)
def test_a_request_that_cannot_be_met(keys, said, runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sampling, "draw", lambda *_: pytest.fail("something was computed"))
    with pytest.raises((ValueError, FileNotFoundError), match=said) as caught:
        sample(request(**{"run": runs["plain"], "output": "x.png", **keys}))
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("label", [4, -1, [0, 4], []])
def test_labels_out_of_range(label):
    with pytest.raises(ValueError, match="this network knows the labels 0 to 3"):
        choose_labels(label, 4)


@pytest.mark.parametrize("keys", [{"output": "points/"}, {"output": "x.png", "interpolate": True}])
def test_points_are_no_images(keys, runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="this run makes points"):
        sample(request(run=runs["points"], **keys))


def test_nothing_is_overwritten_unasked(runs, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "keep.txt").write_text("precious")
    (tmp_path / "x.npz").write_text("precious")
    for output in ("x.npz", "folder", "folder/"):
        with pytest.raises(ValueError, match="exists already: choose another output, or set overwrite=true"):
            sample(request(run=runs["plain"], output=f"{tmp_path}/{output}"))
    with pytest.raises(ValueError, match="is a file, not a folder"):
        sample(request(run=runs["plain"], output=f"{tmp_path}/x.npz/"))
    assert (tmp_path / "x.npz").read_text() == "precious"
    sample(request(run=runs["plain"], output=f"{tmp_path}/folder/", num_samples=1, overwrite=True))
    assert (tmp_path / "folder" / "keep.txt").exists()


# ---- bad checkpoints ------------------------------------------------------------------------------------------------


def tampered(run: str, path: Path, change) -> Path:
    contents = torch.load(Path(run) / "checkpoints" / "last.ckpt", weights_only=True)
    change(contents)
    checkpoints.write(contents, path)
    return path


def refused(path: Path) -> str:
    with pytest.raises(ValueError, match=str(path)) as caught:
        rebuild(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_weights_at_odds_with_the_configuration(runs, tmp_path):
    def widen(contents):
        contents["origin"]["config"]["network"]["generator"]["width"] = 8

    said = refused(tampered(runs["plain"], tmp_path / "wide.ckpt", widen))
    assert "do not fit its configuration" in said
    assert "size mismatch" in said or "copying a param" in said

    def forget(contents):
        del contents["state_dict"]["games.gan.tricks.ema._extra_state"]

    assert "do not fit" in refused(tampered(runs["plain"], tmp_path / "forgot.ckpt", forget))


@pytest.mark.parametrize("section", ["config", "shape", "num_classes"])
def test_half_a_description(section, runs, tmp_path):
    said = refused(tampered(runs["plain"], tmp_path / "half.ckpt", lambda c: c["origin"].pop(section)))
    assert f"does not describe a whole experiment ('{section}')" in said


def test_a_missing_section_of_the_configuration(runs, tmp_path):
    said = refused(tampered(runs["plain"], tmp_path / "half.ckpt", lambda c: c["origin"]["config"].pop("loss")))
    assert "does not describe a whole experiment ('loss')" in said


@pytest.mark.parametrize("damage", ["cut", "noise", "empty"])
def test_damaged_files(damage, runs, tmp_path):
    whole = (Path(runs["plain"]) / "checkpoints" / "last.ckpt").read_bytes()
    path = tmp_path / "damaged.ckpt"
    path.write_bytes({"cut": whole[: len(whole) // 2], "noise": b"\x00\xff" * 500, "empty": b""}[damage])
    assert "is damaged: it is cut short, or no checkpoint of gan-train" in refused(path)


def test_a_target_that_is_not_trusted_is_never_called(runs, tmp_path):
    mark = tmp_path / "called"

    def attack(contents):
        contents["origin"]["config"]["latent"] = {"_target_": "os.system", "command": f"touch {mark}"}

    path = tampered(runs["plain"], tmp_path / "evil.ckpt", attack)
    with pytest.raises(ValueError, match=r"latent\._target_='os\.system', which is not trusted"):
        rebuild(path)

    def attack_by_pairs(contents):
        contents["origin"]["config"]["latent"] = [["_target_", "os.system"], ["command", f"touch {mark}"]]

    path = tampered(runs["plain"], tmp_path / "pairs.ckpt", attack_by_pairs)
    with pytest.raises(ValueError, match="not a plain value"):
        rebuild(path)
    assert not mark.exists()


def test_diverged_weights_are_told(runs, tmp_path):
    def diverge(contents):
        for name, value in contents["state_dict"].items():
            if name.startswith("games.gan.generator.head"):
                value.fill_(float("nan"))

    path = tampered(runs["points"], tmp_path / "nan.ckpt", diverge)
    with pytest.raises(ValueError, match="not finite: its training had diverged"):
        sample(request(ckpt=str(path), output=str(tmp_path / "x.npz")))
    assert not (tmp_path / "x.npz").exists()


def test_the_average_is_what_is_sampled(runs, tmp_path):
    def move(contents):
        state = contents["state_dict"]
        name = next(name for name in state if name.startswith("games.gan.generator.head"))
        state[name] = deepcopy(state[name]) + 1

    path = tampered(runs["plain"], tmp_path / "moved.ckpt", move)
    sample(request(run=runs["plain"], output=str(tmp_path / "a.npz")))
    sample(request(ckpt=str(path), output=str(tmp_path / "b.npz")))
    assert (arrays(tmp_path / "a.npz")["images"] == arrays(tmp_path / "b.npz")["images"]).all()
