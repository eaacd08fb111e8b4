"""Strings: no language lacks a key or a gap to fill in, and what figures and states are called is translated."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from gan_runner.images.captions import CAPTIONS, OF_A_GAME, STATES, caption_of
from gan_runner.runs import curves
from gan_runner.strings.reading import FOLDER, LANGUAGES, phrase, words


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, f"{path}.{key}")
    else:
        yield path, node


def test_every_language_has_the_same_keys_and_gaps() -> None:
    told = {language: dict(leaves(words(language, "report"))) for language in LANGUAGES}
    gaps = {
        language: {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in found.items()}
        for language, found in told.items()
    }
    assert gaps["en"] == gaps["es"]
    assert all(text.strip() for found in told.values() for text in found.values())


def test_no_key_is_a_method_of_mappings() -> None:
    """Templates would find that in the place of the string."""
    assert not [key for key in words("en", "report") if hasattr(dict, key)]


def test_every_file_is_of_a_known_language() -> None:
    named = {re.fullmatch(r"(?:phrases\.)?(\w+)\.json", path.name)[1] for path in FOLDER.glob("*.json")}  # type: ignore[index]
    assert named == {*LANGUAGES}


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(KeyError):
        words("fr", "report")


def said_in_english() -> list[str]:
    captions = [text for caption in CAPTIONS.values() for text in (caption.short, caption.says)]
    captions += [caption.says for name in ("class_frechet_cat",) if (caption := caption_of(name))]
    titles = [panel.title for panel in curves._of_training({f"{word}": ([1], [1.0]) for word in FIGURES})]
    return [*captions, *STATES, *OF_A_GAME.values(), *curves.BESIDE.values(), *titles]


FIGURES = (
    "generator/gan/adversarial", "discriminator/gan/D_real", "discriminator/gan/logit_real",
    "discriminator/gan/accuracy_real", "generator/gradient_norm", "autoencoder/elbo", "autoencoder/active_units",
)  # fmt: skip


@pytest.mark.parametrize("english", said_in_english())
def test_what_other_modules_say_is_translated(english: str) -> None:
    from gan_runner.strings.reading import _phrases

    assert english in _phrases("es")
    assert phrase("en", english) == english


def test_what_nobody_has_translated_stays() -> None:
    assert phrase("es", "no such phrase") == "no such phrase"
