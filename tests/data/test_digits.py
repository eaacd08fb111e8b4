import logging

import pytest
import torch

from gan_runner.data.digits import Digits


def test_shape_and_classes_are_known_without_reading():
    data = Digits(image_size=[16, 24], channels=3)
    assert data.shape == (3, 16, 24)
    assert data.num_classes == 10


@pytest.mark.parametrize(("image_size", "channels"), [(8, 1), (16, 1), ((16, 24), 3)])
def test_reads_both_splits(image_size, channels):
    data = Digits(image_size=image_size, channels=channels, holdout=0.2)
    train, test = data.deck("train"), data.deck("test")
    assert len(train) + len(test) == 1797
    assert len(test) == 359
    batch = train[torch.arange(100)]
    assert batch.real.dtype == torch.uint8
    assert batch.real.shape == (100, *data.shape)
    assert set(batch.label.tolist()) == set(range(10))
    assert batch.real.min() == 0
    assert batch.real.max() == 255


def test_native_size_is_exact():
    from sklearn.datasets import load_digits

    data = Digits(image_size=8)
    images = torch.cat([data.deck(split)[torch.arange(100)].real for split in ("train", "test")])
    levels = torch.from_numpy(load_digits().data).mul(255 / 16).round().unique()
    assert set(images.unique().tolist()) <= set(levels.int().tolist())


def test_the_digits_are_those_that_scikit_learn_reads(monkeypatch):
    import numpy as np
    from sklearn.datasets import load_digits

    from gan_runner.data import digits

    for levels, labels in (digits._bundled(), elsewhere(monkeypatch)):
        assert np.array_equal(levels, load_digits().data)
        assert np.array_equal(labels, load_digits().target)
        assert labels.dtype == np.int64


def elsewhere(monkeypatch):
    """What is read where the file is not."""
    from gan_runner.data import digits

    monkeypatch.setattr(digits, "find_spec", lambda name: None)
    return digits._bundled()


def test_how_many_are_held_out_is_said(caplog):
    with caplog.at_level(logging.INFO):
        Digits().setup("fit")
        Digits(only=[3], image_size=8).setup("fit")
        Digits(leave_out=3, image_size=8).setup("fit")
    assert caplog.messages == [
        "digits: 1797 images, 180 of them held out (data.holdout=0.1)",
        "digits: 1797 images, 180 of them held out (data.holdout=0.1)",
        "only=[3] leaves 167 of 1617 samples to train on",
        "digits: 1797 images, 180 of them held out (data.holdout=0.1)",
        "leave_out=3 leaves 1450 of 1617 samples to train on",
    ]
