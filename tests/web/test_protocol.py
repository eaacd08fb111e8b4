"""Messages of a page are held against their models; a frame is what the page takes apart."""

import json
import struct

import pytest

from gan_runner.web import protocol


@pytest.mark.parametrize(
    "said",
    [{"do": "play"}, {"do": "pause"}, {"do": "reset"}, {"do": "step", "players": ["generator"]},
     {"do": "speed", "batches_per_second": None}, {"do": "speed", "batches_per_second": 25},
     {"do": "rate", "side": "right", "player": "discriminator", "value": 0.001},
     {"do": "steps", "side": "left", "value": 5}, {"do": "new", "state": {"shared": [], "left": ["loss=hinge"]}}],
)  # fmt: skip
def test_what_pages_say_is_read(said: dict[str, object]) -> None:
    assert protocol.read(json.dumps(said)).model_dump()["do"] == said["do"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "3", "null", "[]", '{"do":"fly"}', '{"do":"play","x":1}', '{"do":"step","players":[]}',
     '{"do":"step","players":["encoder"]}', '{"do":"rate","side":"left","player":"generator","value":"0.1"}',
     '{"do":"rate","side":"left","player":"generator","value":NaN}', '{"do":"steps","side":"left","value":1.5}',
     '{"do":"speed","batches_per_second":-1}', '{"do":"new","state":{"left":[]}}',
     '{"do":"new","state":{"shared":[],"left":[],"drawn":[[1]]}}',
     json.dumps({"do": "new", "state": {"shared": [], "left": ["a" * 999]}})],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be read") as refused:
        protocol.read(text)
    assert "\n" not in str(refused.value)


def test_a_frame_is_a_header_and_its_arrays() -> None:
    data = protocol.frame({"event": "frame", "batch": 3}, [b"abcd", b"xy"])
    (length,) = struct.unpack_from("<I", data)
    assert json.loads(data[4 : 4 + length]) == {"event": "frame", "batch": 3}
    assert data[4 + length :] == b"abcdxy"


def test_numbers_that_are_not_finite_are_null() -> None:
    assert protocol.finite({"a": float("nan"), "b": [1.5, float("inf")], "c": "x"}) == {
        "a": None,
        "b": [1.5, None],
        "c": "x",
    }
