"""A latent space in tensors: what is drawn is what gan-sample draws, and what is moved moves by degrees."""

from pathlib import Path

import numpy as np
import pytest
import torch

from gan_runner.images.ranges import to_bytes
from gan_runner.inference.request import SampleRequest
from gan_runner.inference.sample import sample
from gan_runner.latents import walk
from gan_runner.runs.folder import last_of
from gan_runner.web.space import Space, png


@pytest.fixture(scope="module")
def autoencoder(tmp_path_factory: pytest.TempPathFactory) -> Space:
    from conftest import save_run

    folder = save_run(
        tmp_path_factory.mktemp("vae"), (1, 8, 8), 10, "model=vae", "data=digits", "data.image_size=8",
    )  # fmt: skip
    return Space.read(last_of(folder))


@pytest.fixture
def plain(runs) -> Space:
    return Space.read(last_of(Path(runs["plain"])))


@pytest.fixture
def conditional(runs) -> Space:
    return Space.read(last_of(Path(runs["conditional"])))


@pytest.mark.parametrize(
    "keys", [{}, {"seed": 7, "truncation": 0.5}, {"num_samples": 70}], ids=["plain", "truncated", "many"]
)
def test_tiles_are_those_of_gan_sample_to_the_bit(plain, runs, tmp_path, keys):
    given = {"seed": 3, "num_samples": 9, **keys}
    sample(SampleRequest(run=runs["plain"], output=str(tmp_path / "x.npz"), accelerator="cpu", **given))
    walked = plain.drawn(given["seed"], given["num_samples"], truncation=given.get("truncation"))
    with np.load(tmp_path / "x.npz") as file:
        assert np.array_equal(file["images"], to_bytes(walked.images).permute(0, 2, 3, 1).numpy())
    if "truncation" in keys:
        assert walked.latents.abs().max() <= 0.5


def test_labels_are_asked_for_or_taken_in_turn(conditional, runs, tmp_path):
    assert conditional.drawn(0, 6).labels.tolist() == [0, 1, 2, 3, 0, 1]
    walked = conditional.drawn(0, 6, label=2)
    sample(SampleRequest(run=runs["conditional"], output=str(tmp_path / "x.npz"), num_samples=6, label=2))
    with np.load(tmp_path / "x.npz") as file:
        assert np.array_equal(file["images"], to_bytes(walked.images).permute(0, 2, 3, 1).numpy())
        assert file["labels"].tolist() == walked.labels.tolist()
    latent = conditional.drawn(0, 1).latents
    assert not torch.equal(conditional.made(latent, 0).images, conditional.made(latent, 1).images)


def test_moving_along_a_direction_changes_the_image_by_degrees(plain):
    latent = plain.drawn(0, 1).latents[0]
    start = plain.made(latent[None]).images
    changes = [
        (plain.moved(latent, None, torch.tensor([amount])).images - start).norm().item()
        for amount in (0.0, 1e-3, 1e-2, 1e-1)
    ]
    assert changes[0] == 0
    assert changes[1] < changes[2] < changes[3]
    assert changes[2] == pytest.approx(10 * changes[1], rel=0.1)
    row = plain.row(latent, None, 0, 2.0, 5)
    assert torch.allclose(row.images[2], start[0], atol=1e-5)
    assert torch.allclose(row.latents[4], latent + 2 * plain.directions.steps[0])


def test_a_path_leads_from_pin_to_pin_along_arcs(plain, conditional):
    anchors = plain.drawn(1, 3).latents
    path = plain.path(anchors, [None] * 3, 4)
    assert len(path.latents) == 9
    assert torch.allclose(path.latents[::4], anchors, atol=1e-6)
    assert torch.allclose(path.latents[:5], walk(anchors[:2], 5, spherical=True, closed=False), atol=1e-5)
    walked = conditional.path(conditional.drawn(1, 2).latents, [0, 3], 4)
    assert walked.labels.tolist() == [0, 0, 3, 3, 3]


def test_the_nearest_training_image_of_a_sample(tmp_path, saved):
    folder = saved(tmp_path, (1, 8, 8), 10, "model=dcgan", "network.width=4", "data=digits", "data.image_size=8")
    space = Space.read(last_of(folder))
    latent = space.drawn(0, 1).latents[0]
    found = space.nearest(latent, None)
    sample_ = to_bytes(space.made(latent[None]).images).double()
    by_hand = (space.training.images.double() - sample_).flatten(1).norm(dim=1) / 127.5
    assert found.distance == pytest.approx(by_hand.min().item())
    assert found.place == int(by_hand.argmin())


def test_training_images_that_are_not_there_are_told(tmp_path, saved, tampered):
    folder = saved(tmp_path / "run", (3, 8, 8), None, "model=dcgan", "network.width=4", "data=synthetic")

    def move(contents):
        contents["origin"]["config"]["data"] = {"_target_": "os.system"}

    tampered(str(folder), tmp_path / "other" / "checkpoints" / "last.ckpt", move)
    space = Space.read(last_of(tmp_path / "other"))
    with pytest.raises(ValueError, match=r"cannot be read: .*not trusted"):
        space.nearest(space.drawn(0, 1).latents[0], None)


def test_an_image_gets_a_code_that_can_be_moved(autoencoder):
    assert autoencoder.takes_images
    image = autoencoder.training.images[0].float() / 127.5 - 1
    seen, walked = autoencoder.encoded(png(image), None)
    assert torch.equal(to_bytes(seen[None])[0], autoencoder.training.images[0])
    assert torch.equal(walked.latents, autoencoder.encoding.encode(seen[None]))
    moved = autoencoder.moved(walked.latents[0], None, torch.tensor([0.0, 1.5]))
    assert not torch.equal(moved.images, walked.images)
    assert autoencoder.directions_of == "codes"
    with pytest.raises(ValueError, match="this image cannot be read: cannot identify image file 'image'"):
        autoencoder.encoded(b"no image", None)


def test_what_cannot_be_walked_through_is_refused(plain, conditional, runs, translators):
    with pytest.raises(ValueError, match="makes points"):
        Space.read(last_of(Path(runs["points"])))
    with pytest.raises(ValueError, match="run that makes samples"):
        Space.read(last_of(Path(translators["cyclegan"])))
    with pytest.raises(ValueError, match="has 6 numbers, not 5"):
        plain.made(torch.zeros(1, 5))
    with pytest.raises(ValueError, match="finite"):
        plain.made(torch.full((1, 6), torch.nan))
    with pytest.raises(ValueError, match="label=4 is no class"):
        conditional.made(torch.zeros(1, 6), 4)
    with pytest.raises(ValueError, match="no codes"):
        plain.encoded(b"", None)
    with pytest.raises(ValueError, match="directions"):
        plain.moved(torch.zeros(6), None, torch.zeros(30))
