"""The text of a page that opens from disk: that of gan-play explore, with all that it would fetch in it."""

from __future__ import annotations

import gzip
import html
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from gan_runner.exporting.runtime import VERSION, Runtime
from gan_runner.strings.reading import LANGUAGES, words
from gan_runner.web.bundling import STATIC, bundled, styled, within_script

ENTRY, STYLES = "disk/begin.js", ("look.css", "explore/explore.css", "disk/disk.css")
ALLOWED = (
    "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; style-src 'unsafe-inline'; img-src data:"
)
"""What the page may do: run what is in it, show images that it made; it may ask nobody for anything."""
MIT = """\
onnxruntime-web {version}, Copyright (c) Microsoft Corporation, MIT License.

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."""


def document(told: dict[str, Any], runtime: Runtime, models: Mapping[str, bytes]) -> str:
    """The page of gan-play explore as one file: what it would fetch is in it. models: ONNX files by their part's id."""
    page = (STATIC / "explore.html").read_text("utf-8")
    page = re.sub(r'<(?:link rel="stylesheet"|script type="module")[^\n]*\n', "", page)
    icon = b64encode((STATIC / "shared" / "icon.svg").read_bytes()).decode("ascii")
    page = page.replace("/static/shared/icon.svg", f"data:image/svg+xml;base64,{icon}")
    page = page.replace('<a href="/run/" data-needs="run" data-text="to_run"></a>\n', "")
    page = re.sub(r"<title>.*</title>", lambda _: f"<title>{html.escape(told['about']['title'])}</title>", page)
    head = (
        f"<!--\n{MIT.format(version=VERSION)}\n-->\n"
        f'<meta http-equiv="content-security-policy" content="{ALLOWED}">\n<style>\n{styled(STYLES)}\n</style>\n</head>'
    )
    parts = {"runtime": runtime.code, "wasm": runtime.binary, **models}
    said = {language: {part: words(language, part) for part in ("shared", "explore")} for language in LANGUAGES}
    texts = {"facts": within_script(told), "words": within_script(said)}
    foot = [
        *(_part("application/octet-stream", name, _packed(content)) for name, content in parts.items()),
        *(_part("application/json", name, text) for name, text in texts.items()),
        f'<script type="module">\n{bundled(ENTRY)}</script>\n</body>',
    ]
    return page.replace("</head>", head).replace("</body>", "\n".join(foot))


def part_of(page: str, name: str) -> bytes:
    """What was put into a page under a name."""
    found = re.search(_part("application/octet-stream", name, "([^<]*)"), page)
    if found is None:
        raise ValueError(f"this page holds no part {name}")
    return gzip.decompress(b64decode(found[1]))


def _part(kind: str, name: str, text: str) -> str:
    """A script that no browser runs."""
    return f'<script type="{kind}" id="{name}">{text}</script>'


def _packed(content: bytes) -> str:
    return b64encode(gzip.compress(content, 9, mtime=0)).decode("ascii")
