"""Two ends of a line: order, no waiting, and what is heard when the other is gone."""

import time
from multiprocessing import Pipe

from gan_runner.web.line import GONE, Line


def test_messages_come_in_order_both_ways() -> None:
    here, there = map(Line, Pipe())
    for number in range(100):
        here.say(number)
        there.say(-number)
    assert [there.hear(5) for _ in range(100)] == list(range(100))
    assert [here.hear(5) for _ in range(100)] == [-number for number in range(100)]


def test_asking_waits_no_longer_than_it_is_told() -> None:
    here, _ = map(Line, Pipe())
    begun = time.perf_counter()
    assert here.hear(0) is None
    assert time.perf_counter() - begun < 0.05
    assert here.hear(0.1) is None
    assert 0.09 < time.perf_counter() - begun < 1


def test_saying_never_waits_for_who_does_not_listen() -> None:
    ours, _ = Pipe()  # nobody reads
    line, begun = Line(ours), time.perf_counter()
    for _ in range(1000):
        line.say(bytes(10_000))
    assert time.perf_counter() - begun < 0.5


def test_who_is_gone_is_heard_of() -> None:
    ours, theirs = Pipe()
    line = Line(ours)
    theirs.send("last")
    theirs.close()
    assert line.hear(5) == "last"
    assert line.hear(5) is GONE
    line.say("to nobody")
