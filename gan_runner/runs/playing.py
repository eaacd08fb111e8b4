"""Whether a run is being played now, on this machine."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from typing import Any, cast

QUERY, ACCESS_DENIED, STILL_ACTIVE = 0x1000, 5, 259
"""Windows' PROCESS_QUERY_LIMITED_INFORMATION, ERROR_ACCESS_DENIED and STILL_ACTIVE."""


def is_playing(facts: Mapping[str, Any]) -> bool:
    """Whether the process that a record names still plays the run, here."""
    here = facts.get("status") == "running" and facts.get("host") == platform.node()
    return here and alive(int(facts.get("process", 0)))


def alive(process: int) -> bool:
    """Whether a process of this number is there."""
    if sys.platform == "win32":
        return _alive_on_windows(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process > 0


def _alive_on_windows(process: int) -> bool:
    """os.kill(process, 0) would send it Ctrl-C there."""
    import ctypes
    from ctypes import wintypes

    kernel = cast(Any, ctypes).windll.kernel32
    handle = kernel.OpenProcess(QUERY, False, process)
    if not handle:
        return bool(kernel.GetLastError() == ACCESS_DENIED)
    code = wintypes.DWORD()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == STILL_ACTIVE
