"""A recording is one HTML file that opens from disk: this is all of it but the frames, which the browser puts in."""

from __future__ import annotations

from gan_runner.strings.reading import LANGUAGES, words
from gan_runner.web.bundling import bundled, called, styled, within_script

PLAYER = "game/player.js"
"""What draws a recording."""
STYLES = ("look.css", "game/player.css")
FRAMES = "/*frames*/null"
"""Where the browser writes the frames as JSON."""


def shell() -> str:
    """The page without frames: styles, words in all languages and the modules that draw, as one script."""
    told = {language: words(language, "shared") | words(language, "game") for language in LANGUAGES}
    return PAGE.format(
        styles=styled(STYLES),
        script=bundled(PLAYER),
        words=within_script(told),
        frames=FRAMES,
        player=called(PLAYER),
    )


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
{player}.showRecording(document.getElementById("recording"), frames, words);
</script>
</body>
</html>
"""
