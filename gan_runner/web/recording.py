"""A recording is one HTML file that opens from disk: this is all of it but the frames, which the browser puts in."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from gan_runner.strings.reading import LANGUAGES, words

STATIC = Path(__file__).parent / "static"
MODULES = ("shared/colours.js", "game/scene.js", "game/curves.js", "game/player.js")
"""What draws a recording, each after those that it imports."""
STYLES = ("look.css", "game/player.css")
FRAMES = "/*frames*/null"
"""Where the browser writes the frames as JSON."""
IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
EXPORT = re.compile(r"^export ", re.MULTILINE)


def shell() -> str:
    """The page without frames: styles, words in all languages and the modules that draw, as one script."""
    told = {language: words(language, "shared") | words(language, "game") for language in LANGUAGES}
    styles = "\n".join((STATIC / name).read_text("utf-8") for name in STYLES)
    return PAGE.format(styles=styles, script=joined(MODULES), words=_safe(told), frames=FRAMES)


def joined(modules: Sequence[str]) -> str:
    """Modules as one: what they import of each other is there already. Their top-level names must all differ."""
    texts = [(STATIC / name).read_text("utf-8") for name in modules]
    return "\n".join(EXPORT.sub("", IMPORT.sub("", text)) for text in texts)


def _safe(value: object) -> str:
    """JSON within a script: nothing in it ends the script."""
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/")


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>gan-play</title>
<style>
{styles}
</style>
</head>
<body class="recording">
<main id="recording"></main>
<script type="module">
{script}
const words = {words};
const frames = {frames};
showRecording(document.getElementById("recording"), frames, words);
</script>
</body>
</html>
"""
