"""Whether a run is being played now, on this machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from typing import Any


def is_playing(facts: Mapping[str, Any]) -> bool:
    """Whether the process that a record names still plays the run, here."""
    here = facts.get("status") == "running" and facts.get("host") == platform.node()
    return here and alive(int(facts.get("process", 0)))


def alive(process: int) -> bool:
    """Whether a process of this number is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process > 0
