"""The keys of commands that compose nothing."""

import pytest

from gan_runner.cli.asked import SWITCH, chosen, own_and_others
from gan_runner.config.errors import ConfigError


def test_own_keys_are_told_from_other_arguments_which_keep_their_order() -> None:
    given, others = own_and_others("runs", ["minimax", "sort=figure", "data=ring", "sort=age", "yes="], ("sort", "yes"))
    assert given == {"sort": "age", "yes": ""}
    assert others == ["minimax", "data=ring"]


def test_a_flag_is_refused_with_the_page_to_read() -> None:
    with pytest.raises(ConfigError, match=r"unknown flag --port: keys are given as key=value, see gan-play --help"):
        own_and_others("play", ["--port=80"], ("port",))


def test_one_of_a_few_values_is_taken_out() -> None:
    given = {"yes": "true", "sort": "age"}
    assert chosen(given, "yes", SWITCH, "false") == "true"
    assert chosen(given, "yes", SWITCH, "false") == "false"
    assert given == {"sort": "age"}
    with pytest.raises(ConfigError, match="sort=age is not valid: it should be true or false"):
        chosen(given, "sort", SWITCH, "false")
