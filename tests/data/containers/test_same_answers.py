"""Every container gives the same answers as the folder that it was made from."""

import logging

import pytest
import torch

from fixtures.containers import ARRAYS, WRITERS, photos
from gan_runner.data.folder import Folder
from gan_runner.data.loader import Loader

WAYS = {"memory": {}, "mapped": {"memory_limit_mb": 0}, "stream": {"stream": True}}


@pytest.fixture
def made(request, tmp_path):
    folder = photos(tmp_path / "photos")
    (tmp_path / "made").mkdir()
    return folder, WRITERS[request.param](folder, tmp_path / "made"), request.param


def data(root, tmp_path, **settings) -> Folder:
    made = {"image_size": 8, "labels": True, "splits": "auto", "cache": str(tmp_path / "cache"), **settings}
    return Folder(root=str(root), **made)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("made", WRITERS, indirect=True)
def test_images_labels_and_splits(made, tmp_path, way):
    folder, root, kind = made
    expected, found = (data(each, tmp_path, **WAYS[way]) for each in (folder, root))
    found.check()
    assert expected.class_names == ("dark", "light")
    assert found.class_names == (("0", "1") if kind in ARRAYS else ("dark", "light"))
    contents = found.fingerprint()["content"]
    assert contents == data(root, tmp_path, cache=None).fingerprint()["content"]
    assert (contents == expected.fingerprint()["content"]) == (kind not in ARRAYS)
    assert (len(found.deck("train")), len(found.deck("test"))) == (20, 6)
    for split in ("train", "test"):
        count = torch.arange(len(expected.deck(split)))
        ours, theirs = found.deck(split)[count], expected.deck(split)[count]
        assert torch.equal(ours.real, theirs.real)
        assert torch.equal(ours.label, theirs.label)


@pytest.mark.parametrize("made", WRITERS, indirect=True)
def test_what_is_held_out_and_left_out(made, tmp_path):
    settings = {"splits": "none", "labels": False, "holdout": 0.25, "limit": 9}
    folder, root, kind = made
    expected, found = data(folder / "train", tmp_path, **settings), data(root, tmp_path, **settings)
    assert len(found.deck("train")) == 9
    assert found.has_test_split
    chosen = data(root, tmp_path, only=[1 if kind in ARRAYS else "light"])
    assert set(chosen.deck("train")[torch.arange(10)].label.tolist()) == {1}
    assert expected.holdout_key == found.holdout_key == "data.holdout"


@pytest.mark.parametrize("made", WRITERS, indirect=True)
def test_processes_read_it_too(made, tmp_path):
    deck = data(made[1], tmp_path, stream=True).deck("train")
    alone, helped = (torch.cat([batch.real for batch in Loader(deck, 4, num_workers=n)]) for n in (0, 2))
    assert torch.equal(alone, helped)


@pytest.mark.parametrize("made", WRITERS, indirect=True)
def test_a_second_run_finds_the_decoded_images(made, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    data(made[1], tmp_path).deck("train")
    caplog.clear()
    data(made[1], tmp_path).deck("train")
    assert "20 of 20 images were decoded before" in caplog.text
