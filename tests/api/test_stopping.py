"""The exception of a run that was stopped."""

import pytest

from gan_runner.api.stopping import TrainingStopped


def test_it_ends_what_a_keyboard_interrupt_ends() -> None:
    with pytest.raises(KeyboardInterrupt, match="Stopped"):
        raise TrainingStopped("Stopped before the first batch")
    assert not issubclass(TrainingStopped, Exception)
    assert TrainingStopped("told").run is None
