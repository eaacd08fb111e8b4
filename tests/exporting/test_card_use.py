"""What a card says of inputs and outputs, and when it has code."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from gan_runner.exporting.card import card
from gan_runner.exporting.network import Handed
from gan_runner.types import Conditions


def test_classes(conditional: Handed, monkeypatch: pytest.MonkeyPatch) -> None:
    text = card(conditional, None, "onnx", "generator.onnx", None)
    assert "Classes: 0 to 3, which are their names." in text
    assert "| input | `label` | (N,) | int64 |" in text
    assert "and of the classes that are asked for" in text
    assert "# it prints a line on `truncation`, since that input may be left out: nothing is wrong\nsession =" in text
    assert "No class can be asked for" not in text
    called = replace(conditional.origin, class_names=("cat", "dog", "emu", "fox"))
    monkeypatch.setattr(conditional.system, "origin", called)
    assert "Classes: 0 is cat, 1 is dog, 2 is emu, 3 is fox." in card(conditional, None, "onnx", "x.onnx", None)


def test_a_bar_in_a_name_parts_no_cell(conditional: Handed) -> None:
    asked = replace(conditional.inputs[1], meaning="The class, by its place among cat|dog, emu.")
    text = card(replace(conditional, inputs=(conditional.inputs[0], asked)), None, "onnx", "x.onnx", None)
    assert "| The class, by its place among cat\\|dog, emu. |" in text


def test_numbers_for_labels(conditional: Handed, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = Conditions(("age|years", "smile"), (30.0, 0.5), (10.0, 0.5), ((0.0, 1.0),))
    monkeypatch.setattr(conditional.system, "origin", replace(conditional.origin, conditions=numbers))
    asked = replace(conditional.inputs[1], shape=(2,), dtype=torch.float32)
    handed = replace(conditional, inputs=(conditional.inputs[0], asked))
    text = card(handed, None, "onnx", "x.onnx", None)
    assert "| age\\|years | 30 | 10 |" in text
    assert "and of the numbers that are asked for" in text
    assert "The network is told (number − mean) / spread." in text
    assert "label = np.zeros((count, 2), dtype=np.float32)  # the mean of each" in text


def test_what_a_run_mends(translators: dict[str, str], network_of: Callable[..., Handed]) -> None:
    text = card(network_of(translators["denoise"]), None, "onnx", "a2b.onnx", None)
    assert "damaged as in training: `data.task=denoise`" in text


def test_values_of_deep_files(plain: Handed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        plain.system, "origin", replace(plain.origin, depth="uint16", scales={"real": [0.0, 4095.0]}), raising=False
    )
    text = card(plain, None, "onnx", "generator.onnx", None)
    assert "In the values of the files that it was trained on: uint16, black is 0 and white 4095." in text


def test_a_page_is_opened(plain: Handed) -> None:
    text = card(plain, None, "html", "generator.html", None)
    assert "`generator.html` is a page: any browser opens it from disk." in text
    assert "```python" not in text
