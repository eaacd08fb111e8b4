"""An eye is frozen, sees in float32, and leaves no gradient behind; the checksum notices what changes."""

import torch
from torch import nn

from gan_runner.features.base import Eye, Seen, checksum


def test_an_eye_is_frozen_and_answers_with_features():
    eye = Eye("double", nn.Sequential(nn.Flatten(), nn.Linear(4, 2), nn.Dropout(0.9)).train())
    assert not any(parameter.requires_grad for parameter in eye.parameters())
    image = torch.randn(3, 1, 2, 2)
    seen = eye(image)
    assert isinstance(seen, Seen)
    assert seen.logits is None
    assert seen.features.shape == (3, 2)
    assert seen.features.equal(eye(image).features)  # no dropout


def test_autocast_changes_nothing():
    eye, image = Eye("linear", nn.Sequential(nn.Flatten(), nn.Linear(64, 8))), torch.randn(3, 1, 8, 8)
    expected = eye(image).features
    with torch.autocast("cpu", torch.bfloat16):
        found = eye(image.bfloat16().float()).features
        assert eye(image).features.equal(expected)
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
