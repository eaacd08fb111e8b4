"""Errors in Python: the sentence of the command, as an exception that can be told from others."""

import errno

import pytest

from gan_runner.api.mistakes import in_a_sentence
from gan_runner.config.errors import ConfigError


def test_a_mistake_is_a_config_error_without_what_lies_below() -> None:
    with pytest.raises(ConfigError, match="no such thing") as raised, in_a_sentence("train", []):
        raise ValueError("no\n such thing")
    assert raised.value.__suppress_context__


def test_what_is_not_there_and_what_the_system_refuses_keep_their_kind() -> None:
    with pytest.raises(FileNotFoundError, match="nowhere is no run"), in_a_sentence("train", []):
        raise FileNotFoundError("nowhere is no run")
    with pytest.raises(OSError, match="no space left on the disk that holds x"), in_a_sentence("train", []):
        raise OSError(errno.ENOSPC, "full", "x")
    with (
        pytest.raises(ConfigError, match="not enough memory: set a smaller num_samples"),
        in_a_sentence("evaluate", []),
    ):
        raise RuntimeError("CUDA out of memory")


def test_any_other_error_is_raised_as_it_is() -> None:
    error = KeyError("a bug")
    with pytest.raises(KeyError) as raised, in_a_sentence("train", []):
        raise error
    assert raised.value is error
