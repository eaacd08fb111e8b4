"""What reading says in the log is kept, and shown to nobody."""

import logging

import pytest

from gan_runner.looking.heard import NOTING, READING, SKIPPING, heard


def test_skipped_files_and_notes_are_kept_and_the_log_is_as_before(caplog):
    caplog.set_level(logging.INFO)
    with heard() as told:
        logging.getLogger(SKIPPING).warning("skipped %s", ValueError("a.png: cut"))
        logging.getLogger(SKIPPING).info("decoded %d", 3)
        logging.getLogger(NOTING[0]).info("%s: deep", "photos")
        logging.getLogger(f"{READING}.folder").info("three images")
    assert (told.skipped, told.notes) == (["a.png: cut"], ["photos: deep"])
    assert caplog.text == ""
    logging.getLogger(NOTING[0]).info("again")
    assert "again" in caplog.text
    assert told.notes == ["photos: deep"]


def test_the_log_is_as_before_after_an_error():
    logger = logging.getLogger(READING)
    before = (logger.level, logger.propagate, list(logger.handlers))
    with pytest.raises(ValueError, match="no"), heard():
        raise ValueError("no")
    assert (logger.level, logger.propagate, list(logger.handlers)) == before
