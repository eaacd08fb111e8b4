"""Which arithmetic `auto` stands for, on processors and GPUs that this machine need not have."""

from typing import Any

import pytest
import torch

from gan_runner.config.errors import ConfigError
from gan_runner.training.precision import choose, native_bf16


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Any:
    """machine(capability, features): a GPU of that compute capability or None, a processor of those features."""

    def pretend(capability: tuple[int, int] | None = None, *features: str) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: capability is not None)
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: dict.fromkeys(features, True) | {"avx2": True})

    return pretend


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed", "16-mixed"])
@pytest.mark.parametrize("kind", ["images", "points"])
def test_what_was_asked_for_is_taken(machine: Any, precision: Any, kind: Any) -> None:
    for capability in (None, (7, 5), (9, 0)):
        machine(capability)
        assert choose(precision, "auto", kind) == precision


@pytest.mark.parametrize(
    ("accelerator", "capability", "features", "expected"),
    [
        ("cpu", None, (), "32-true"),
        ("cpu", None, ("avx512_bf16",), "bf16-mixed"),
        ("cpu", None, ("amx_bf16",), "bf16-mixed"),
        ("cpu", None, ("bf16",), "bf16-mixed"),  # ARM
        ("cpu", (9, 0), (), "32-true"),  # the GPU stands idle
        ("gpu", (8, 0), (), "bf16-mixed"),
        ("cuda", (9, 0), (), "bf16-mixed"),
        ("cuda", (7, 5), ("amx_bf16",), "16-mixed"),  # Turing emulates bf16: torch.cuda.is_bf16_supported() is true
        ("auto", (7, 5), ("amx_bf16",), "16-mixed"),  # auto plays on the GPU there is
        ("auto", (7, 0), (), "16-mixed"),
        ("cpu", (7, 5), (), "32-true"),  # never on a processor
        ("gpu", (6, 1), (), "32-true"),  # no tensor cores
        ("auto", (8, 6), (), "bf16-mixed"),
        ("auto", None, ("amx_bf16",), "bf16-mixed"),
        ("auto", None, (), "32-true"),
        ("mps", None, ("amx_bf16",), "32-true"),
    ],
)
def test_images_are_played_in_what_hardware_multiplies(
    machine: Any, accelerator: str, capability: Any, features: tuple[str, ...], expected: str
) -> None:
    machine(capability, *features)
    assert native_bf16(accelerator) == (expected == "bf16-mixed")
    assert choose("auto", accelerator, "images") == expected


def test_points_stay_in_float32(machine: Any) -> None:
    for capability in ((9, 0), (7, 5)):
        machine(capability, "amx_bf16")
        assert choose("auto", "auto", "points") == "32-true"
    # A mode of width 0.01 at distance 1 would be left with a handful of values.
    around = torch.linspace(0.99, 1.01, 1000)
    assert len(around.bfloat16().unique()) <= 6
    assert len(around.unique()) == 1000


def test_bf16_that_is_slower_here_is_warned_of_once(machine: Any, caplog: pytest.LogCaptureFixture) -> None:
    for capability, features, accelerator, warned in (
        (None, (), "auto", True),
        (None, ("amx_bf16",), "auto", False),
        ((7, 5), (), "gpu", True),
        ((9, 0), (), "auto", False),
        ((9, 0), (), "cpu", True),
    ):
        caplog.clear()
        machine(capability, *features)
        choose("bf16-mixed", accelerator, "images")
        assert [record.levelname for record in caplog.records] == ["WARNING"] * warned
        assert ("4 to 20 times slower than trainer.precision=32-true" in caplog.text) == warned
        choose("32-true", accelerator, "images")
        assert len(caplog.records) == warned


def test_float16_is_for_cuda(machine: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    machine((7, 5))
    choose("16-mixed", "gpu", "images")
    assert not caplog.records
    choose("16-mixed", "cpu", "images")
    assert "10 to 1000 times slower than trainer.precision=32-true" in caplog.text
    machine(None)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    for accelerator in ("mps", "auto"):
        with pytest.raises(ConfigError, match=r"was tried on CUDA alone: set trainer\.precision=32-true"):
            choose("16-mixed", accelerator, "images")
