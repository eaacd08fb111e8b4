import json

import pytest

from gan_runner.data.containers.parquet_columns import asked_of, noted


@pytest.mark.parametrize(
    ("array", "found"), [(None, (None, None)), ("photo", ("photo", None)), (["photo", "kind"], ("photo", "kind"))]
)
def test_columns_that_are_asked_for(array, found):
    assert asked_of(array) == found


@pytest.mark.parametrize("notes", [None, {}, {b"huggingface": b"words"}, {b"huggingface": b'{"info": null}'}])
def test_notes_that_are_not_there_or_not_whole_say_nothing(notes):
    assert noted(notes) == {}


def test_notes_say_what_columns_are():
    features = {"image": {"_type": "Image"}, "odd": [1]}
    assert noted({b"huggingface": json.dumps({"info": {"features": features}}).encode()}) == {
        "image": {"_type": "Image"}
    }
