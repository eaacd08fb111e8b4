"""What was seen of reals is looked at once and kept: by net, by every byte of the images; damage is looked at again."""

import logging

import pytest
import torch

from gan_runner.evaluation import kept_looks
from gan_runner.evaluation.kept_looks import keeping, key_of
from gan_runner.evaluation.samples import looking

CPU = torch.device("cpu")
IMAGES = torch.arange(5 * 16).view(5, 1, 4, 4).to(torch.uint8)


@pytest.fixture
def net(counting, tmp_path, monkeypatch):
    monkeypatch.setattr(kept_looks, "LEAST", 1)
    extractor = counting.extractor(None, CPU)
    extractor.kept = tmp_path / "features"
    return extractor


def test_a_second_run_takes_what_the_first_saw_to_the_bit(net, counting):
    first = keeping(net, 2)(IMAGES)
    again = keeping(net, 5)(IMAGES)
    assert counting.looks == len(IMAGES)
    plain = looking(net, 2)(IMAGES)
    for seen in (first, again):
        assert seen.features.equal(plain.features)
        assert seen.logits.equal(plain.logits)


def test_another_image_or_another_net_is_looked_at(net, counting):
    keeping(net, 2)(IMAGES)
    other = IMAGES.clone()
    other[-1, 0, -1, -1] += 1
    keeping(net, 2)(other)
    assert counting.looks == 2 * len(IMAGES)
    before = key_of(net, IMAGES)
    with torch.no_grad():
        net.network.weight.add_(1.0)
    assert key_of(net, IMAGES) != before
    assert key_of(net, IMAGES.view(5, 1, 2, 8)) != key_of(net, IMAGES)


def test_a_damaged_file_is_looked_at_again_and_mended(net, counting, caplog):
    keeping(net, 2)(IMAGES)
    (path,) = net.kept.iterdir()
    path.write_bytes(path.read_bytes()[:-100])
    with caplog.at_level(logging.WARNING):
        keeping(net, 2)(IMAGES)
    assert "damaged" in caplog.text
    assert counting.looks == 2 * len(IMAGES)
    keeping(net, 2)(IMAGES)
    assert counting.looks == 2 * len(IMAGES)


def test_features_without_logits_are_kept_too(net, monkeypatch):
    monkeypatch.setattr(type(net), "look", lambda self, image: kept_looks.Seen(image.flatten(1)))
    keeping(net, 2)(IMAGES)
    assert keeping(net, 2)(IMAGES).logits is None


def test_a_folder_that_cannot_be_written_costs_only_the_look(net, counting, caplog, tmp_path):
    (tmp_path / "file").write_text("in the way")
    net.kept = tmp_path / "file" / "features"
    with caplog.at_level(logging.WARNING):
        assert len(keeping(net, 2)(IMAGES).features) == 5
    assert "cannot be kept" in caplog.text


def test_small_sets_and_nets_without_a_cache_leave_nothing(net, tmp_path, monkeypatch):
    monkeypatch.setattr(kept_looks, "LEAST", IMAGES.numel() + 1)
    keeping(net, 2)(IMAGES)
    net.kept = None
    monkeypatch.setattr(kept_looks, "LEAST", 1)
    keeping(net, 2)(IMAGES)
    assert not (tmp_path / "features").exists()
