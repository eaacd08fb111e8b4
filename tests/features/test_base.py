"""A feature extractor is frozen, sees in float32, and leaves no gradient behind; the checksum notices what changes."""

import torch
from torch import nn

from gan_runner.features.base import FeatureExtractor, Seen, checksum


def test_an_extractor_is_frozen_and_answers_with_features():
    extractor = FeatureExtractor("double", nn.Sequential(nn.Flatten(), nn.Linear(4, 2), nn.Dropout(0.9)).train())
    assert not any(parameter.requires_grad for parameter in extractor.parameters())
    image = torch.randn(3, 1, 2, 2)
    seen = extractor(image)
    assert isinstance(seen, Seen)
    assert seen.logits is None
    assert seen.features.shape == (3, 2)
    assert seen.features.equal(extractor(image).features)  # no dropout


def test_autocast_changes_nothing():
    extractor, image = (
        FeatureExtractor("linear", nn.Sequential(nn.Flatten(), nn.Linear(64, 8))),
        torch.randn(3, 1, 8, 8),
    )
    expected = extractor(image).features
    with torch.autocast("cpu", torch.bfloat16):
        found = extractor(image.bfloat16().float()).features
        assert extractor(image).features.equal(expected)
    assert found.dtype == torch.float32


def test_the_checksum_notices_names_shapes_types_and_bytes():
    known = {"a": torch.arange(4.0), "n": torch.tensor(3)}
    assert checksum(known) == checksum({name: value.clone() for name, value in known.items()})
    others = [
        {"b": known["a"], "n": known["n"]},
        {"a": known["a"].view(2, 2), "n": known["n"]},
        {"a": known["a"] + 1e-6, "n": known["n"]},
        {"a": known["a"], "n": known["n"].int()},
    ]
    assert checksum(known) not in {checksum(other) for other in others}
