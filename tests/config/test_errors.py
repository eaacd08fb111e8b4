"""A mistake in a configuration is told in one sentence, wherever it is noticed."""

import ast

import pytest

from gan_runner.cli.sentences import sentence
from gan_runner.config.errors import ConfigError, did_you_mean
from gan_runner.config.options import CONFIGS, PACKAGE


def messages() -> list[tuple[str, str]]:
    """Every sentence that the package raises a ConfigError with: its place, and its text with … for values."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "ConfigError":
                place = f"{path.relative_to(PACKAGE)}:{node.lineno}"
                found += [(place, text) for argument in node.args if (text := text_of(argument))]
    return found


def text_of(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else ""


def test_the_user_reads_the_sentence_alone() -> None:
    """Other errors come with their kind and the way to their trace; whoever made this one can mend it."""
    said = "data.batch_size=0 is not valid: it should be greater than 0"
    assert sentence(ConfigError(said), CONFIGS, "train", []) == said
    assert "debug=trace" in sentence(RuntimeError(said), CONFIGS, "train", [])


def test_who_expects_a_bad_value_catches_it() -> None:
    with pytest.raises(ValueError, match="a bad value"):
        raise ConfigError("a bad value")


def test_every_sentence_is_one_line_without_a_full_stop() -> None:
    """Commands put their name before it, and callers add to it."""
    found = messages()
    assert len(found) > 40  # the scan sees them
    broken = [place for place, text in found if "\n" in text or "  " in text or text.strip() != text.rstrip(" .")]
    assert not broken


def test_what_was_meant_is_told_by_the_name_it_leads_to() -> None:
    assert did_you_mean("hing", ["hinge", "minimax"]) == " (did you mean hinge?)"
    assert did_you_mean("hflp", {"hflip": "data.augment.hflip"}) == " (did you mean data.augment.hflip?)"
    assert did_you_mean("xyz", ["hinge"]) == ""
