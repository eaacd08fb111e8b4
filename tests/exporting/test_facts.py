"""What a file says of itself: texts alone, of the network and not of the machine."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gan_runner.exporting.facts import facts, value_range
from gan_runner.exporting.network import Handed


def test_a_generator_of_classes(conditional: Handed) -> None:
    told = facts(conditional)
    assert all(isinstance(value, str) for value in told.values())
    assert json.loads(told["classes"]) == ["0", "1", "2", "3"]
    assert json.loads(told["inputs"])["latent"]["shape"] == ["N", 6]
    assert json.loads(told["inputs"])["truncation"]["shape"] == []
    assert json.loads(told["output"])["shape"] == ["N", 1, 8, 16]
    assert told["run"] == "conditional"
    assert told["batches"] == "12"
    assert told["truncation"].startswith("standard deviations, inf for the whole prior")


def test_no_folder_of_the_machine_is_told(plain: Handed, tmp_path: Path) -> None:
    elsewhere = replace(plain, checkpoint=tmp_path / "mine" / "best.ckpt")
    assert facts(elsewhere)["run"] == "best"
    assert str(tmp_path) not in json.dumps(facts(plain))


def test_the_range_of_what_is_made(plain: Handed, points: Handed, network_of: Callable[..., Handed]) -> None:
    assert value_range(plain).startswith("-1 (black) to 1 (white)")
    assert value_range(points) == "any number"
    assert value_range(replace(plain, in_bytes=True)) == "bytes, 0 to 255"


def test_sides_that_are_free_have_letters(translators: dict[str, str], network_of: Callable[..., Handed]) -> None:
    told = facts(network_of(translators["cyclegan"]))
    assert json.loads(told["inputs"])["image"]["shape"] == ["N", 3, "H", "W"]
    assert "prior" not in told
    assert "classes" not in told
