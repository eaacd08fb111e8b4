"""What a notebook shows below its cell and what changes there in place."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from html import escape
from typing import Any

FONT = "font: 13px/1.6 system-ui, sans-serif"
"""Of what is shown; its colours are those of the notebook, light or dark."""


def in_notebook() -> bool:
    """Whether this process is a notebook's kernel. What such a kernel starts, a command by !, is none."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


class Inline:
    """A place below the cell: what is shown there takes the place of what was."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._shown = ""

    def show(self, html: str, plain: str) -> None:
        """A piece of a page; plain: the same in words, for who shows no pages."""
        if html == self._shown:
            return
        from IPython.display import display as untyped

        display: Any = untyped
        bundle = {"text/html": html, "text/plain": plain}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)
        self._shown = html


def bar(done: int, total: int | None, told: Sequence[str], below: Sequence[str] = ()) -> str:
    """A bar and what is told beside it; without a total the words alone. below: fainter lines."""
    drawn = "" if total is None else f'<progress value="{done}" max="{total}" style="width: 16em"></progress> '
    lines = "".join(f'<br><span style="opacity: .7">{escape(line)}</span>' for line in below)
    return f'<div style="{FONT}">{drawn}{escape(" · ".join(told))}{lines}</div>'
