"""Two games keep step."""

from gan_runner.web.pace import AHEAD, Pace


def test_the_one_ahead_waits_until_the_other_has_caught_up() -> None:
    pace = Pace()
    assert pace.look({"left": AHEAD, "right": 0}) == set()
    assert pace.look({"left": AHEAD + 1, "right": 0}) == {"left"}
    assert pace.look({"left": AHEAD + 1, "right": 10}) == {"left"}
    assert pace.look({"left": AHEAD + 1, "right": AHEAD // 2 + 1}) == set()


def test_one_game_alone_never_waits() -> None:
    pace = Pace()
    assert pace.look({"left": 10_000}) == set()
    assert pace.look({}) == set()
