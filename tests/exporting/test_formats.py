"""The forms there are: each has an ending of its own, and a module that writes and reads it."""

from gan_runner.exporting.formats import FORMATS


def test_every_form_has_an_ending_and_a_writer() -> None:
    assert len({form.suffix for form in FORMATS.values()}) == len(FORMATS) >= 2
    for name, form in FORMATS.items():
        assert form.suffix.startswith(".")
        assert form.says.startswith(("a ", "an ")), name
        form.check()
        writer = form.load()
        assert callable(writer.write)
        assert callable(writer.read)
