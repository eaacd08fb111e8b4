"""What changes in place below a notebook's cell."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from gan_runner.waiting.inline import Inline, bar, in_notebook


def ipython(monkeypatch: pytest.MonkeyPatch, shell: Any) -> None:
    found: Any = ModuleType("IPython")
    found.get_ipython = lambda: shell
    monkeypatch.setitem(sys.modules, "IPython", found)


def test_only_the_kernel_itself_is_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    ipython(monkeypatch, SimpleNamespace(kernel=object()))
    assert in_notebook()
    ipython(monkeypatch, SimpleNamespace())  # IPython on a terminal
    assert not in_notebook()
    ipython(monkeypatch, None)
    assert not in_notebook()
    monkeypatch.delitem(sys.modules, "IPython")
    assert not in_notebook()


def test_what_is_shown_takes_the_place_of_what_was(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    handle = SimpleNamespace(update=lambda bundle, raw: calls.append(("update", bundle)))

    def display(bundle: Any, raw: bool, display_id: bool) -> Any:
        calls.append(("display", bundle))
        return handle

    place: Any = ModuleType("IPython.display")
    place.display = display
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", place)
    inline = Inline()
    for html in ("a", "a", "b"):
        inline.show(html, html.upper())
    assert calls == [
        ("display", {"text/html": "a", "text/plain": "A"}),
        ("update", {"text/html": "b", "text/plain": "B"}),
    ]


def test_a_bar_is_text_in_the_colours_of_the_page() -> None:
    drawn = bar(5, 10, ["5/10 batches", "<fast>"], ["loss"])
    assert '<progress value="5" max="10"' in drawn
    assert "&lt;fast&gt;" in drawn
    assert "color:" not in drawn
    assert "<progress" not in bar(5, None, ["5 batches"])
