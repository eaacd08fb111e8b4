"""A run that was stopped while it was trained in Python, by Ctrl-C or the stop button of a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gan_runner.api.run import Run


class TrainingStopped(KeyboardInterrupt):
    """Training was stopped: what was kept and how it goes on, in a sentence.

    It is a KeyboardInterrupt, so that it ends a loop over runs and the cells below as well. run: what there is of the
    run; None where it had not begun.
    """

    def __init__(self, told: str, run: Run | None = None) -> None:
        super().__init__(told)
        self.run = run
