"""Licences in the words of the hub."""

import pytest

from gan_runner.config.errors import ConfigError
from gan_runner.exporting.licences import fields, sentence


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, {"license": "unknown"}),
        ("mit", {"license": "mit"}),
        ("MIT", {"license": "mit"}),
        ("Apache 2.0", {"license": "apache-2.0"}),
        ("CC-BY-4.0", {"license": "cc-by-4.0"}),
        ("Our House Rules", {"license": "other", "license_name": "our-house-rules"}),
    ],
)
def test_the_fields_of_a_card(given: str | None, expected: dict[str, str]) -> None:
    assert fields(given) == expected


def test_no_name() -> None:
    with pytest.raises(ConfigError, match="names none: give one, license=mit say"):
        fields(" - ")


def test_what_a_reader_is_told() -> None:
    assert sentence(None).startswith("The licence is left open")
    assert sentence("unknown").startswith("The licence is left open")
    assert sentence("MIT").startswith("Published under: MIT.")
