"""The state of every random number generator a run draws from, in a form that loads with weights_only=True."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def state() -> dict[str, Any]:
    """Python's, NumPy's, torch's, and each CUDA device's."""
    kind, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    return {
        "python": random.getstate(),
        "numpy": (
            str(kind),
            torch.tensor(np.asarray(keys, dtype=np.int64)),
            int(position),
            int(has_gauss),
            float(gauss),
        ),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def restore(saved: dict[str, Any]) -> None:
    """Continue where `state` was taken. CUDA states are restored for the devices that are here."""
    version, internal, gauss_next = saved["python"]
    random.setstate((version, tuple(internal), gauss_next))
    kind, keys, position, has_gauss, gauss = saved["numpy"]
    np.random.set_state((kind, keys.numpy().astype(np.uint32), position, has_gauss, gauss))
    torch.set_rng_state(saved["torch"])
    for device, cuda in enumerate(saved["cuda"][: torch.cuda.device_count()]):
        torch.cuda.set_rng_state(cuda, device)


@contextmanager
def kept(device: torch.device) -> Iterator[None]:
    """torch's random numbers, on the processor and this device, go on as if nothing had been drawn inside.

    A hundredth of the time of `isolated`, whose seeding asks for every kind of device.
    """
    on_cuda = device.type == "cuda"
    drawn, drawn_there = torch.get_rng_state(), torch.cuda.get_rng_state(device) if on_cuda else None
    try:
        yield
    finally:
        torch.set_rng_state(drawn)
        if drawn_there is not None:
            torch.cuda.set_rng_state(drawn_there, device)


@contextmanager
def isolated(seed: int) -> Iterator[None]:
    """torch's random numbers start from `seed` inside, and outside go on as if nothing had been drawn."""
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        yield
