"""Modules as one script: in order, each with names of its own; data that ends no script."""

import json
import re

import pytest

from gan_runner.web.bundling import EXPORT, IMPORT, STATIC, bundled, called, styled, within_script


def test_each_module_comes_once_after_those_that_it_imports(tmp_path) -> None:
    (tmp_path / "deep").mkdir()
    imports = 'import { b as other } from "./deep/b.js";\nimport { c } from "./c.js";\n'
    (tmp_path / "a.js").write_text(f"{imports}c(other);\n")
    (tmp_path / "deep" / "b.js").write_text('import { c } from "../c.js";\nconst own = 1;\nexport const b = c(own);\n')
    (tmp_path / "c.js").write_text("const own = 2;\nexport async function c() {}\nexport class D {}\n")
    script = bundled("a.js", tmp_path)
    assert re.findall(r"^const (\w+) = \(\(\)", script, re.MULTILINE) == ["c", "deep_b", "a"]
    assert "const { b: other } = deep_b;\n" in script
    assert "return { c, D };" in script
    assert not re.search(r"^(import|export) ", script, re.MULTILINE)


@pytest.mark.parametrize("entry", ["game/player.js", "disk/begin.js"])
def test_pages_from_disk_are_written_so_that_they_can_be_one_script(entry) -> None:
    """Imports and exports in the one form that is looked for; what a name exports may be imported."""
    script = bundled(entry)
    assert not re.search(r"^\s*(import|export)\b(?!\()", script, re.MULTILINE)
    assert f"const {called(entry)} = " in script


def test_modules_import_what_is_exported() -> None:
    for path in sorted(STATIC.rglob("*.js")):
        for names, other in IMPORT.findall(path.read_text("utf-8")):
            there = {name for _, name in EXPORT.findall((path.parent / other).read_text("utf-8"))}
            assert {one.split(" as ")[0] for one in names.split(", ")} <= there, path.name


def test_nothing_that_is_told_ends_a_script() -> None:
    told = {"a": "</script><script>alert(1)", "b": "<!--<script>", "c": "ñ"}
    text = within_script(told)
    assert "<" not in text
    assert json.loads(text) == told


def test_styles_follow_each_other() -> None:
    assert styled(["look.css", "game/player.css"]).startswith("/* What all pages look like")
