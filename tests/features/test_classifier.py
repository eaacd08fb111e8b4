"""The classifier: it learns, is kept, is recognised, and the run does not notice."""

import logging

import pytest
import torch

from gan_runner.data.digits import Digits
from gan_runner.data.gaussians import Gaussians
from gan_runner.data.mnist import MNIST
from gan_runner.data.stacked_mnist import StackedMNIST
from gan_runner.data.synthetic import Synthetic
from gan_runner.features import classifier
from gan_runner.features.base import FeatureExtractor
from gan_runner.features.classifier import Classifier
from gan_runner.waiting import preparing

CPU = torch.device("cpu")


def extractor_of(folder, data=None, **settings) -> FeatureExtractor:
    settings = {"steps": 3, "batch_size": 16, **settings}
    return Classifier(cache=None if folder is None else str(folder), **settings).extractor(
        data or Digits(image_size=8), CPU
    )


def weights(extractor: FeatureExtractor) -> torch.Tensor:
    return torch.cat([value.flatten() for value in extractor.state_dict().values()])


@pytest.fixture
def trainings(monkeypatch) -> list[int]:
    """Grows by one whenever a classifier is trained."""
    count: list[int] = []
    learn = classifier.learn
    monkeypatch.setattr(classifier, "learn", lambda *given: (count.append(1), learn(*given))[1])
    return count


def test_it_learns_digits_and_its_accuracy_is_what_it_says():
    data = Digits(image_size=8)
    extractor = extractor_of(None, data, steps=60, batch_size=64, lr=1e-2)
    image, label, _ = data.deck("test")[torch.arange(180)]
    seen = extractor(image / 127.5 - 1)
    assert extractor.name == "classifier_digits"
    assert seen.features.shape == (180, 128)
    assert seen.logits.shape == (180, 10)
    assert extractor.accuracy == pytest.approx((seen.logits.argmax(1) == label).float().mean().item())
    assert extractor.tested == 180
    assert extractor.accuracy > 0.9


def test_what_was_learned_is_found_again(tmp_path, trainings):
    first, second = extractor_of(tmp_path), extractor_of(tmp_path)
    assert len(trainings) == 1
    assert weights(first).equal(weights(second))
    assert (first.accuracy, first.tested) == (second.accuracy, second.tested)
    assert [path.name.rpartition("-")[0] for path in (tmp_path / "classifiers").iterdir()] == ["digits-1x8x8"]


def test_training_is_deterministic_and_draws_nothing_from_the_run():
    torch.manual_seed(1)
    first = extractor_of(None)
    drawn = torch.rand(3)
    torch.manual_seed(1)
    assert torch.rand(3).equal(drawn)
    assert weights(first).equal(weights(extractor_of(None)))
    assert not weights(first).equal(weights(extractor_of(None, seed=1)))


@pytest.mark.parametrize("block", [torch.no_grad, torch.inference_mode])
def test_it_trains_inside_of_a_callback_too(block):
    expected = weights(extractor_of(None))
    with block(), torch.autocast("cpu", torch.bfloat16):
        assert weights(extractor_of(None)).equal(expected)


@pytest.mark.parametrize(
    "other",
    [
        {"steps": 4},
        {"lr": 1e-3},
        {"data": Digits(image_size=9)},
        {"data": Digits(image_size=8, holdout=0.2)},
        {"data": Synthetic(image_size=8, channels=1)},
    ],
    ids=["steps", "rate", "size", "split", "kind"],
)
def test_other_settings_and_other_data_are_another_classifier(tmp_path, trainings, other):
    extractor_of(tmp_path)
    extractor_of(tmp_path, **other)
    assert len(trainings) == len(list((tmp_path / "classifiers").iterdir())) == 2


def test_a_damaged_file_is_trained_again_and_says_so(tmp_path, trainings, caplog):
    expected = extractor_of(tmp_path)
    (path,) = (tmp_path / "classifiers").iterdir()
    path.write_bytes(path.read_bytes()[:1000])
    with caplog.at_level(logging.WARNING):
        found = extractor_of(tmp_path)
    assert f"the classifier in {path} is damaged" in caplog.text
    assert weights(found).equal(weights(expected))
    extractor_of(tmp_path)
    assert len(trainings) == 2  # and what was written then is sound


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, caplog):
    (tmp_path / "classifiers").write_text("a file")
    with caplog.at_level(logging.WARNING):
        assert extractor_of(tmp_path).accuracy is not None
    assert "cannot be kept in" in caplog.text


@pytest.mark.parametrize("data", [Gaussians(), Synthetic()], ids=["points", "unlabelled"])
def test_data_without_labels_is_refused(data):
    if isinstance(data, Synthetic):
        data.num_classes = None
    with pytest.raises(ValueError, match=r"features=classifier learns from labelled images.*features=random_conv"):
        extractor_of(None, data)


def test_stacked_digits_are_asked_channel_by_channel(monkeypatch, tmp_path):
    digits = Digits(image_size=8)
    monkeypatch.setattr(MNIST, "read", lambda self, split: digits.read(split))
    data = StackedMNIST(root=str(tmp_path), image_size=8, num_samples=20, num_test_samples=20)
    stacked, single = extractor_of(None, data), extractor_of(None, MNIST(root=str(tmp_path), image_size=8))
    image = torch.rand(5, 3, 8, 8) * 2 - 1
    seen = stacked(image)
    assert stacked.name == single.name == "classifier_mnist"
    assert seen.logits.shape == (5, 3, 10)
    assert seen.features.shape == (5, 384)
    for channel in range(3):
        alone = single(image[:, channel : channel + 1])
        torch.testing.assert_close(seen.logits[:, channel], alone.logits)
        torch.testing.assert_close(seen.features[:, 128 * channel : 128 * (channel + 1)], alone.features)


def test_how_far_its_training_is_is_told(monkeypatch, capsys):
    monkeypatch.setattr(preparing, "PATIENCE", 0.0)
    extractor_of(None)
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("training a classifier of digits: 1/3 batches (33%), ")
    assert told[-1].startswith("training a classifier of digits: 3/3 batches in ")
