"""Points of a file: dealt as they are, a share held out, known again by what is in the file."""

import logging
from pathlib import Path

import numpy as np
import pytest
import torch

from gan_runner.data.decks import TooFewError
from gan_runner.data.points import Points

DRAWN = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    np.save(tmp_path / "p.npy", DRAWN)
    return tmp_path / "p.npy"


def test_both_splits_together_are_the_points_of_the_file(file: Path) -> None:
    data = Points(path=str(file), holdout=0.2)
    train, test = (data.deck(split)[torch.arange(len(data.deck(split)))].real for split in ("train", "test"))
    assert (len(train), len(test)) == (40, 10)
    assert data.has_test_split
    assert {tuple(point) for point in torch.cat([train, test]).tolist()} == {tuple(point) for point in DRAWN.tolist()}
    assert (data.kind, data.shape, data.num_classes) == ("points", (2,), None)


def test_batches_are_points_without_labels(file: Path) -> None:
    data = Points(path=str(file), holdout=0, batch_size=10)
    batch = next(iter(data.train_dataloader()))
    assert batch.real.shape == (10, 2)
    assert batch.real.dtype == torch.float32
    assert batch.label is None
    assert not data.has_test_split
    assert len(data.deck("train")) == 50


def test_a_share_that_leaves_nothing_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "two.npy", DRAWN[:2])
    with pytest.raises(TooFewError, match=r"data\.holdout=0\.1 of 2 samples leaves no test split"):
        Points(path=str(tmp_path / "two.npy")).deck("test")


def test_it_is_known_again_by_what_is_in_the_file(file: Path) -> None:
    first = Points(path=str(file)).fingerprint()
    assert first["family"] == "points.Points"
    assert (first["name"], first["files"], first["split"]) == ("p.npy", 1, "a share")
    assert Points(path=str(file), seed=3).fingerprint() == first
    assert Points(path=str(file), holdout=0).fingerprint()["split"] == "nothing"
    np.save(file, DRAWN + 1)
    assert Points(path=str(file)).fingerprint()["content"] != first["content"]


@pytest.mark.parametrize(("factor", "told"), [(1, False), (1000, True), (1e-3, True)])
def test_points_far_from_unit_scale_are_dealt_and_told_of(
    file: Path, caplog: pytest.LogCaptureFixture, factor: float, told: bool
) -> None:
    np.save(file, DRAWN * factor)
    with caplog.at_level(logging.WARNING):
        data = Points(path=str(file))
        data.check()
        data.check()
    assert len(caplog.messages) == told
    assert all("games of points go best at about 1" in message for message in caplog.messages)


def test_what_is_wrong_with_the_file_is_found_before_anything_is_played(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"data\.path=~/nowhere\.csv|data\.path=.*nowhere\.csv is not a file"):
        Points(path="~/nowhere.csv").check()
    (tmp_path / "p.csv").write_text("1,2\n3\n")
    with pytest.raises(ValueError, match="line 2 has 1 numbers"):
        Points(path=str(tmp_path / "p.csv")).check()
