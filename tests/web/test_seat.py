"""What waits for a browser: all words in order, of frames the newest."""

import asyncio

from gan_runner.web.seat import MOST, Seat


def test_words_come_first_and_old_frames_are_missed() -> None:
    async def play() -> list[str | bytes]:
        seat = Seat()
        seat.show("left", b"old")
        seat.say("one")
        seat.show("left", b"new")
        seat.show("right", b"other")
        seat.say("two")
        return [await seat.next() for _ in range(4)]

    assert asyncio.run(play()) == ["one", "two", b"new", b"other"]


def test_one_waits_until_there_is_something() -> None:
    async def play() -> str | bytes:
        seat = Seat()
        waiting = asyncio.create_task(seat.next())
        await asyncio.sleep(0)
        assert not waiting.done()
        seat.say("now")
        return await asyncio.wait_for(waiting, 1)

    assert asyncio.run(play()) == "now"


def test_nothing_is_kept_for_a_browser_that_takes_nothing() -> None:
    seat = Seat()
    for _ in range(MOST):
        seat.say("x")
    assert not seat.gone.is_set()
    for _ in range(5):
        seat.say("x")
        seat.show("left", b"frame")
    assert seat.gone.is_set()
    assert not seat.words
    assert not seat.frames
