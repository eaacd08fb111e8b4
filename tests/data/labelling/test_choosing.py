"""Which labelling the settings of a set ask for."""

from pathlib import Path

import pytest

from gan_runner.data.labelling.choosing import Asked, labelling_of
from gan_runner.data.labelling.pattern import Pattern
from gan_runner.data.labelling.subfolders import Subfolders
from gan_runner.data.labelling.table import InTable

ROOT = Path("photos")


def test_settings_choose_a_labelling():
    assert labelling_of(ROOT, Asked()) is None
    assert isinstance(labelling_of(ROOT, Asked(True)), Subfolders)
    assert isinstance(labelling_of(ROOT, Asked("t.csv", label_column="label")), InTable)
    assert isinstance(labelling_of(ROOT, Asked(label_pattern="(x)")), Pattern)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ((True, "(x)"), r"label_pattern=\(x\) and data\.labels=true label images twice: leave one"),
        (("t.csv", "(x)"), r"data\.labels=t\.csv label images twice"),
        (
            (True, None, "label"),
            r"data\.label_column=label names a column of a table, and data\.labels=true names none",
        ),
        ((False, None, None, "file"), r"data\.file_column=file names a column of a table, and data\.labels=false"),
    ],
)
def test_settings_that_do_not_go_together(settings, told):
    with pytest.raises(ValueError, match=told):
        labelling_of(ROOT, Asked(*settings))
