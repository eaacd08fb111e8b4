"""The file of a classifier: its name is that of its settings and its data, and damage is noticed."""

import logging
from dataclasses import replace

import pytest
import torch

from gan_runner.data.decks import Memory
from gan_runner.data.digits import Digits
from gan_runner.features.classifier_file import path_in, read, write
from gan_runner.features.classifier_training import Learned, Training
from gan_runner.features.small_cnn import SmallCNN

TRAINING = Training(steps=3, batch_size=16, lr=3e-3, seed=0)


def network(seed: int = 0) -> SmallCNN:
    return SmallCNN((1, 8, 8), 10, seed)


def deck(shade: int = 0, count: int = 4) -> Memory:
    return Memory(torch.full((count, 1, 8, 8), shade, dtype=torch.uint8), torch.arange(count))


@pytest.fixture
def path(tmp_path):
    """A file that holds the network of seed 0."""
    write(tmp_path / "kept" / "digits.pt", Learned(network(), 0.75, 8))
    return tmp_path / "kept" / "digits.pt"


def test_the_name_is_for_ever(tmp_path):
    """Another one would train every classifier again that is kept anywhere."""
    path = path_in(tmp_path, Digits(image_size=8), 10, deck(), TRAINING)
    assert path == tmp_path / "digits-1x8x8-68c508d91960a2db.pt"


def test_other_settings_and_other_data_are_another_name(tmp_path):
    data = Digits(image_size=8)
    names = {
        path_in(tmp_path, data, 10, deck(), TRAINING),
        path_in(tmp_path, data, 11, deck(), TRAINING),
        path_in(tmp_path, data, 10, deck(shade=1), TRAINING),
        path_in(tmp_path, data, 10, deck(count=5), TRAINING),
        path_in(tmp_path, data, 10, deck(), replace(TRAINING, lr=1e-3)),
    }
    assert len(names) == 5


def test_what_was_written_is_read(path):
    found = read(path, network(seed=1))
    assert (found.accuracy, found.tested) == (0.75, 8)
    assert not found.network.training
    for name, value in network().state_dict().items():
        assert found.network.state_dict()[name].equal(value)


def test_where_nothing_is_nothing_is_read(tmp_path, caplog):
    assert read(tmp_path / "nothing.pt", network()) is None
    assert not caplog.text


@pytest.mark.parametrize("damage", ["cut", "garbage", "weights", "accuracy"])
def test_damage_is_noticed_and_said(path, caplog, damage):
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:1000])
    elif damage == "garbage":
        path.write_bytes(b"garbage")
    else:
        content = torch.load(path, weights_only=True)
        content["accuracy"] += 0.001 if damage == "accuracy" else 0
        if damage == "weights":
            content["weights"]["head.1.bias"][0] += 1e-6
        torch.save(content, path)
    with caplog.at_level(logging.WARNING):
        assert read(path, network()) is None
    assert f"the classifier in {path} is damaged" in caplog.text


def test_a_folder_that_cannot_be_written_is_said_in_the_log(tmp_path, caplog):
    (tmp_path / "classifiers").write_text("a file")
    with caplog.at_level(logging.WARNING):
        write(tmp_path / "classifiers" / "digits.pt", Learned(network(), 0.75, 8))
    assert "cannot be kept in" in caplog.text
