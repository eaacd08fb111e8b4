"""Where a sweep lies, and what to say of it when it ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from hydra.experimental.callback import Callback

WATCH_SECONDS = 1.0


class Sweep(Callback):
    """Hydra tells it of a sweep before the first job. (It tells nobody of the end when a job has failed.)"""

    folder: ClassVar[Path | None] = None
    objective: ClassVar[str | None] = None

    def on_multirun_start(self, config: Any, **_: Any) -> None:
        type(self).folder = Path(config.hydra.sweep.dir).absolute()
        type(self).objective = config.get("objective")


@contextmanager
def alongside(parent: int) -> Iterator[None]:
    """Let a job that joblib plays in a process of its own save itself and end when the sweep's own process is gone.

    A signal to that one alone (SIGTERM of a scheduler, SIGKILL) reaches nobody else, and the job would play on unseen.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        if os.getppid() != parent:  # nobody waits for the result, and this process would wait for the next job
            sys.stdout.flush()
            os._exit(75)


def tell() -> None:
    """Write and print the summary of the sweep that this command has played, if it was one."""
    if Sweep.folder is None:
        return
    from gan_runner.runs import summary

    folder, Sweep.folder = Sweep.folder, None
    written = summary.write(folder, Sweep.objective)
    if written:
        print(f"\n{written[-1].read_text(encoding='utf-8')}\nWritten to {' and '.join(map(str, written))}", flush=True)
