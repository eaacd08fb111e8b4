import threading
from contextlib import closing

import pytest

from gan_runner.waiting import threads
from gan_runner.waiting.threads import AHEAD, AT_ONCE, each


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, 1000])
def test_all_are_made_in_their_order(count):
    assert list(each(lambda item: item * 2, range(count), "doubling", "numbers")) == [2 * item for item in range(count)]


def test_there_is_a_thread_for_each_core(monkeypatch):
    monkeypatch.setattr(threads, "cores", lambda: 3)
    meeting, met = threading.Barrier(3, timeout=30), set()

    def meet(item):
        meeting.wait()
        met.add(threading.get_ident())

    list(each(meet, range(3 * AT_ONCE), "meeting", "times"))
    assert len(met) == 3


def test_no_more_is_made_ahead_than_a_few_parts_and_none_after_the_end(monkeypatch):
    monkeypatch.setattr(threads, "cores", lambda: 1)
    made = []
    with closing(each(made.append, range(100 * AT_ONCE), "making", "pieces")) as results:
        next(results)
    assert len(made) <= (AHEAD + 1) * AT_ONCE


def test_an_error_comes_through():
    def fail(item):
        raise KeyError(item)

    with pytest.raises(KeyError):
        list(each(fail, range(3), "failing", "times"))
