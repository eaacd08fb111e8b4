"""gan_runner: GAN experiments as data × network × loss × tricks.

    import gan_runner as gr

    run = gr.train("model=dcgan", "data=digits", "trainer.max_steps=2000")
    run.sample(64, seed=0)

Importing it costs nothing: torch, Lightning and Hydra are imported when something is asked of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gan_runner.api.comparing import Comparison, compare
    from gan_runner.api.figures import Figures
    from gan_runner.api.images import Samples, Translations
    from gan_runner.api.run import Run, load
    from gan_runner.api.stopping import TrainingStopped
    from gan_runner.api.training import train
    from gan_runner.config.errors import ConfigError

__version__ = "0.1.0"
__all__ = [
    "Comparison",
    "ConfigError",
    "Figures",
    "Run",
    "Samples",
    "TrainingStopped",
    "Translations",
    "compare",
    "load",
    "train",
]

_PLACES = {
    "Comparison": "gan_runner.api.comparing",
    "ConfigError": "gan_runner.config.errors",
    "Figures": "gan_runner.api.figures",
    "Run": "gan_runner.api.run",
    "Samples": "gan_runner.api.images",
    "TrainingStopped": "gan_runner.api.stopping",
    "Translations": "gan_runner.api.images",
    "compare": "gan_runner.api.comparing",
    "load": "gan_runner.api.run",
    "train": "gan_runner.api.training",
}
"""Where each name is, which is imported when it is asked for."""


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_PLACES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
