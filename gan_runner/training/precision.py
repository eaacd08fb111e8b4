"""Which arithmetic a run uses."""

import logging
from typing import Literal

import torch

from gan_runner.types import Kind

log = logging.getLogger(__name__)

Precision = Literal["auto", "32-true", "bf16-mixed"]


def choose(precision: Precision, accelerator: str, kind: Kind) -> Literal["32-true", "bf16-mixed"]:
    """auto: bf16 for images where the processor computes in it natively, else float32.

    Points stay in float32: eight bits of mantissa cannot tell a mode of width .01 from its neighbour at distance 1.
    """
    if precision != "auto":
        if precision == "bf16-mixed" and not native_bf16(accelerator):
            log.warning(
                "trainer.precision=bf16-mixed: this processor does not multiply bf16 itself, which makes a run 4 to 20 "
                "times slower than trainer.precision=32-true"
            )
        return precision
    return "bf16-mixed" if kind == "images" and native_bf16(accelerator) else "32-true"


def native_bf16(accelerator: str) -> bool:
    """Whether the device multiplies bf16 in hardware: CUDA from compute capability 8.0, CPUs with AVX512-BF16/AMX."""
    if accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available():
        return torch.cuda.get_device_capability()[0] >= 8
    if accelerator in ("auto", "cpu"):
        capabilities = torch.cpu.get_capabilities()
        return any(capabilities.get(feature, False) for feature in ("avx512_bf16", "amx_bf16", "bf16"))
    return False
