"""What a command prints comes through, whatever the terminal or the file that it is redirected to can hold."""

from __future__ import annotations

import io
import sys


def printable() -> None:
    """From now on a letter that the encoding of stdout or stderr lacks (×, ↑, ı) is printed as "?" and is no error.

    So it is where Windows redirects into a file, and where PYTHONIOENCODING or the locale asks for anything but UTF-8.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a notebook's takes every letter
            stream.reconfigure(errors="replace")
