"""Which arithmetic a run uses."""

import logging
from typing import Literal

import torch

from gan_runner.config.errors import ConfigError
from gan_runner.types import Kind

log = logging.getLogger(__name__)

Precision = Literal["auto", "32-true", "bf16-mixed", "16-mixed"]
Chosen = Literal["32-true", "bf16-mixed", "16-mixed"]


def choose(precision: Precision, accelerator: str, kind: Kind) -> Chosen:
    """auto: for images what the device multiplies natively, bf16 before float16; else float32.

    Points stay in float32: eight bits of mantissa cannot tell a mode of width .01 from its neighbour at distance 1.
    float16 is for GPUs whose tensor cores know nothing else: it needs scaled losses (systems/scaling.py), bf16 none.
    Raises ConfigError for float16 where there is no scaler for it.
    """
    if precision != "auto":
        _warn_of(precision, accelerator)
        return precision
    if kind == "points":
        return "32-true"
    return "bf16-mixed" if native_bf16(accelerator) else "16-mixed" if needs_float16(accelerator) else "32-true"


def _warn_of(precision: Precision, accelerator: str) -> None:
    if precision == "bf16-mixed" and not native_bf16(accelerator):
        log.warning(
            "trainer.precision=bf16-mixed: this processor does not multiply bf16 itself, which makes a run 4 to 20 "
            "times slower than trainer.precision=32-true"
        )
    if precision == "16-mixed" and not on_cuda(accelerator):
        if accelerator == "mps" or (accelerator != "cpu" and torch.backends.mps.is_available()):
            raise ConfigError("trainer.precision=16-mixed was tried on CUDA alone: set trainer.precision=32-true")
        log.warning(
            "trainer.precision=16-mixed: processors have no backward pass of float16 convolutions to speak of, which "
            "makes a run 10 to 1000 times slower than trainer.precision=32-true: only to try what a GPU will play"
        )


def on_cuda(accelerator: str) -> bool:
    return accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available()


def native_bf16(accelerator: str) -> bool:
    """Whether the device multiplies bf16 in hardware: CUDA from compute capability 8.0, CPUs with AVX512-BF16/AMX.

    Not torch.cuda.is_bf16_supported(), which counts emulation.
    """
    if on_cuda(accelerator):
        return torch.cuda.get_device_capability()[0] >= 8
    if accelerator in ("auto", "cpu"):
        capabilities = torch.cpu.get_capabilities()
        return any(capabilities.get(feature, False) for feature in ("avx512_bf16", "amx_bf16", "bf16"))
    return False


def needs_float16(accelerator: str) -> bool:
    """Whether the device has tensor cores for float16 and none for bf16: compute capability 7.x, the T4 and V100.

    They multiply float16 8 times as fast as float32 (T4: 65 and 8.1 TFLOPS, NVIDIA's data sheet).
    """
    return on_cuda(accelerator) and torch.cuda.get_device_capability()[0] == 7
