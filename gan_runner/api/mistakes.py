"""Mistakes in Python: exceptions that say what the commands say of them, in the same sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from traceback import clear_frames

from gan_runner.config.errors import ConfigError
from gan_runner.config.options import CONFIGS


@contextmanager
def in_a_sentence(name: str, words: Sequence[str]) -> Iterator[None]:
    """Raise what a user can mend as ConfigError, FileNotFoundError or OSError with the sentence of gan-<name>; other
    errors as they are.
    """
    try:
        yield
    except Exception as error:
        from gan_runner.cli.sentences import of_a_mistake

        told = of_a_mistake(error, CONFIGS, name, words)
        if told is None:
            raise
        of_hydra = type(error).__module__.startswith("hydra")  # some of whose errors are called OSError
        kinds = (FileNotFoundError, OSError) if not of_hydra else ()
        kind = next((kind for kind in kinds if isinstance(error, kind)), ConfigError)
        clear_frames(error.__traceback__)  # or the networks that they hold would be held with it
        raise kind(told) from None
