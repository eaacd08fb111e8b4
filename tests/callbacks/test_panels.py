"""Panels: which pictures are written when, what is in their columns, and that training never notices."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from fixtures.noise_pairs import TRANSLATING as SMALL
from fixtures.noise_pairs import NoisePairs
from fixtures.recipes import TRANSLATING as MODELS
from gan_runner.callbacks.panels import Panels
from gan_runner.data.decks import TooFewError
from gan_runner.images.lettering import HEADER

Played = Callable[..., Any]
QUIET = ("logger=none", "callbacks.summary=null", "callbacks.checkpoint=null")


def panels_of(experiment: Any) -> Panels:
    (found,) = (callback for callback in experiment.trainer.callbacks if isinstance(callback, Panels))
    return found


@pytest.mark.parametrize(("model", "columns"), [("cyclegan", 4), ("pix2pix", 3)])
def test_writes_a_picture_of_each_direction_at_the_start_every_so_often_and_at_the_end(
    played: Played, tmp_path: Path, model: str, columns: int
) -> None:
    settings = ("trainer.max_steps=5", "callbacks.panels.every=2", "callbacks.panels.count=3")
    system = played(f"model={model}", *SMALL, *QUIET, *settings).system
    names = sorted(path.name for path in (tmp_path / "samples").iterdir())
    assert names == [f"{direction}_{step:08d}.png" for direction in system.directions for step in (0, 2, 4, 5)]
    with Image.open(tmp_path / "samples" / "a2b_00000005.png") as picture:
        assert picture.size == (columns * 66 + 2, 3 * 66 + 2 + HEADER)  # 8 pixels a side, shown on 64


def test_the_columns_of_a_cycle(played: Played) -> None:
    experiment = played("model=cyclegan", *SMALL, *QUIET)
    system, batch = experiment.system.eval(), panels_of(experiment).batch
    views = system.views(batch)
    forth, back = system.translator("a2b"), system.translator("b2a")
    with torch.no_grad():
        expected = {
            "a2b": {
                "input": batch.source,
                "translated": forth(batch.source),
                "reconstructed": back(forth(batch.source)),
                "identity": back(batch.source),
            },
            "b2a": {
                "input": batch.real,
                "translated": back(batch.real),
                "reconstructed": forth(back(batch.real)),
                "identity": forth(batch.real),
            },
        }
    assert {d: list(columns) for d, columns in views.items()} == {d: list(columns) for d, columns in expected.items()}
    for direction, columns in expected.items():
        for name, images in columns.items():
            torch.testing.assert_close(views[direction][name], images)


def test_without_identity_there_is_no_column_of_it_and_channels_may_differ(played: Played, tmp_path: Path) -> None:
    played("model=cyclegan", *SMALL, *QUIET, "data.channels=1", "callbacks.panels.count=2")
    with Image.open(tmp_path / "samples" / "b2a_00000002.png") as picture:
        assert picture.size == (3 * 66 + 2, 2 * 66 + 2 + HEADER)


def test_the_images_are_of_the_test_split_and_depend_on_the_seed_alone(played: Played, tmp_path: Path) -> None:
    shown = [
        panels_of(played("model=pix2pix", *SMALL, *QUIET, "data.seed=0", *more, folder=tmp_path / str(index))).batch
        for index, more in enumerate([(), ("data.batch_size=2",), ("seed=1",), ("callbacks.panels.split=train",)])
    ]
    assert torch.equal(shown[0].source, shown[1].source)
    assert not torch.equal(shown[0].source, shown[2].source)
    assert not torch.equal(shown[0].source, shown[3].source)
    assert torch.equal(shown[0].real, shown[0].source.flip(-1))


def test_without_a_test_split_training_images_are_shown(
    played: Played, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read = NoisePairs.read

    def none_kept(self: NoisePairs, split: str) -> Any:
        if split == "test":
            raise TooFewError("data.holdout=0 leaves no test split")
        return read(self, split)

    monkeypatch.setattr(NoisePairs, "read", none_kept)
    panels = panels_of(played("model=pix2pix", *SMALL, *QUIET))
    assert panels.notes == ["callbacks.panels shows images of the training split: data.holdout=0 leaves no test split"]
    assert (tmp_path / "samples" / "a2b_00000002.png").exists()


@pytest.mark.parametrize("model", MODELS)
def test_training_is_the_same_to_the_bit_without_it(played: Played, tmp_path: Path, model: str) -> None:
    settings = (f"model={model}", *SMALL, *QUIET, "network.generator.norm=batch" if model == "pix2pix" else "seed=0")
    with_it = played(*settings, "callbacks.panels.every=1", folder=tmp_path / "on").system
    without = played(*settings, "callbacks.panels=null", folder=tmp_path / "off").system
    assert not (tmp_path / "off" / "samples").exists()
    for name, value in [*with_it.named_parameters(), *with_it.named_buffers()]:
        assert torch.equal(value, without.state_dict()[name]), name


def test_is_silent_for_games_from_latents(played: Played, tmp_path: Path) -> None:
    experiment = played("model=vanilla", "network.generator.hidden=[8]", "network.discriminator.hidden=[8]", *QUIET)
    assert panels_of(experiment).batch is None
    assert not list((tmp_path / "samples").glob("a2b*"))
