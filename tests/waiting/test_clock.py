"""Time as people read it, and what of it is aside."""

from contextlib import suppress

import pytest

from gan_runner.waiting import clock as module
from gan_runner.waiting.clock import Aside, clock


@pytest.mark.parametrize(("seconds", "told"), [(0.4, "0:00:00"), (59.6, "0:01:00"), (3723, "1:02:03")])
def test_hours_minutes_seconds(seconds: float, told: str) -> None:
    assert clock(seconds) == told


def test_what_is_aside_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now, aside = [10.0], Aside()
    monkeypatch.setattr(module, "perf_counter", lambda: now[0])
    with aside.spent():
        now[0] += 2
        with aside.spent():  # an evaluation that has samples drawn
            now[0] += 3
    assert aside.seconds == 5
    with suppress(KeyError), aside.spent():
        now[0] += 1
        raise KeyError
    assert aside.seconds == 6
