"""Where a sweep lies, and what to say of it when it ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from hydra.experimental.callback import Callback


class Sweep(Callback):
    """Hydra tells it of a sweep before the first job. (It tells nobody of the end when a job has failed.)"""

    folder: ClassVar[Path | None] = None
    objective: ClassVar[str | None] = None

    def on_multirun_start(self, config: Any, **_: Any) -> None:
        type(self).folder = Path(config.hydra.sweep.dir).absolute()
        type(self).objective = config.get("objective")


def tell() -> None:
    """Write and print the summary of the sweep that this command has played, if it was one."""
    if Sweep.folder is None:
        return
    from gan_runner import comparison

    folder, Sweep.folder = Sweep.folder, None
    written = comparison.write(folder, Sweep.objective)
    if written:
        print(f"\n{written[-1].read_text(encoding='utf-8')}\nWritten to {' and '.join(map(str, written))}", flush=True)
