"""How many normal images a share of false alarms takes."""

import pytest

from gan_runner.config.errors import ConfigError
from gan_runner.inference.false_alarms import place_of


@pytest.mark.parametrize(("count", "share", "place"), [(19, 0.05, 19), (99, 0.05, 95), (100, 0.05, 96), (9, 0.5, 5)])
def test_the_place_among_the_scores(count: int, share: float, place: int) -> None:
    assert place_of(count, share) == place


def test_too_few_for_so_small_a_share_are_told_with_a_way_out() -> None:
    with pytest.raises(ConfigError, match=r"false_alarms=0\.05 needs .* 19 normal images or more, of 16: .*0\.059"):
        place_of(16, 0.05)
    assert place_of(16, 0.059) == 16
    assert place_of(19, 0.05) == 19
