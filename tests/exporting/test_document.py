"""The text of a page: nothing in it is fetched, and nothing that it is told ends a tag."""

import re

import pytest

from gan_runner.exporting.document import document, part_of
from gan_runner.exporting.runtime import Runtime

RUNTIME = Runtime(b"export const code = 1;", b"\0asm")
TOLD = {"about": {"title": "</title><script>alert(1)</script>"}}


@pytest.fixture(scope="module")
def text() -> str:
    return document(TOLD, RUNTIME, {"model": b"numbers", "encoder": b"others"})


def test_a_title_cannot_end_its_tag(text):
    assert "<script>alert" not in text
    assert "<title>&lt;/title&gt;" in text


def test_parts_come_out_as_they_went_in(text):
    wanted = {"runtime": RUNTIME.code, "wasm": RUNTIME.binary, "model": b"numbers", "encoder": b"others"}
    assert {name: part_of(text, name) for name in wanted} == wanted
    with pytest.raises(ValueError, match="holds no part none"):
        part_of(text, "none")


def test_what_needs_the_server_is_no_part_of_it(text):
    assert not re.search(r"(?:src|href)=(?!\"data:)", text)
    assert "/static/" not in text
    assert "/run/" not in text
    assert "await fetch(`/explore/" not in text


def test_it_has_words_in_all_languages_and_the_licence_of_its_runtime(text):
    assert "Semillas" in text or "Semilla" in text
    assert "onnxruntime-web 1.30.0, Copyright (c) Microsoft Corporation, MIT License" in text
    assert "THE SOFTWARE IS PROVIDED" in text


def test_it_may_ask_nobody(text):
    allowed = re.search(r'content-security-policy" content="([^"]*)"', text)
    assert allowed is not None
    assert allowed[1].startswith("default-src 'none';")
    assert "http" not in allowed[1]
