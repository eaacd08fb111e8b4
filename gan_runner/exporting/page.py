"""format=html: one page that opens from disk and runs the network in the browser, for whoever has nothing installed."""

from __future__ import annotations

import gzip
import html
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn

from gan_runner.config.errors import ConfigError
from gan_runner.exporting import onnx
from gan_runner.exporting.network import Asked, Handed, Input
from gan_runner.exporting.page_facts import facts
from gan_runner.exporting.runtime import VERSION, Runtime, bring, known
from gan_runner.runs.folder import RunFolder
from gan_runner.strings.reading import LANGUAGES, words
from gan_runner.systems.capabilities import Samples
from gan_runner.systems.mixture import FromMixture
from gan_runner.web.bundling import STATIC, bundled, styled, within_script
from gan_runner.web.space import Space

ENTRY, STYLES = "disk/begin.js", ("look.css", "explore/explore.css", "disk/disk.css")
ALLOWED = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; style-src 'unsafe-inline'; img-src data:"
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
PART = re.compile(r'<script type="application/octet-stream" id="model">([^<]*)</script>')


@dataclass(frozen=True)
class Walkable(Handed):
    """A generator that is asked with latents as a page walks through them (of a mixture its codes), and with classes."""

    def examples(self, count: int, seed: int, larger: int = 0) -> tuple[Tensor, ...]:
        """As the run's own, its latents those that are walked through."""
        drawn, *others = super().examples(count, seed, larger)
        return self.latents(drawn), *others

    def latents(self, drawn: Tensor) -> Tensor:
        """What is walked through, of what the run draws."""
        mixture = getattr(self.system, "mixture", None)
        return drawn if mixture is None else mixture(drawn).detach()


def prepare(handed: Handed, runtime: str | None = None) -> None:
    """Bring what runs the network in a browser, once it is known that a page can walk through it. runtime: where it
    lies. Raises ConfigError, FileNotFoundError.
    """
    space_of(handed)
    bring(runtime)


def write(handed: Handed, path: Path) -> None:
    """The page. Raises ConfigError or ValueError, one sentence, for a network that no page can walk through."""
    space = space_of(handed)
    with TemporaryDirectory() as folder:
        model = Path(folder) / "model.onnx"
        onnx.write(walkable(handed, space), model)
        content = model.read_bytes()
    told = facts(space, RunFolder(handed.checkpoint.parent.parent))
    path.write_text(document(told, known() or bring(), content), "utf-8")


def read(path: Path, handed: Handed) -> Callable[..., Tensor]:
    """What the network in the page computes, by ONNX Runtime in Python."""
    found = PART.search(path.read_text("utf-8"))
    assert found is not None
    model = gzip.decompress(b64decode(found[1]))
    inner = walkable(handed, space_of(handed))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        file.write_bytes(model)
        ask = onnx.read(file, inner)

    def asked(*given: Tensor) -> Tensor:
        told = {one.name: value for one, value in zip(handed.inputs, given, strict=True)}
        told["latent"] = inner.latents(told["latent"])
        answer = ask(*(told[one.name] for one in inner.inputs))
        return answer

    return asked


def space_of(handed: Handed) -> Space:
    """Raises ConfigError for what a page cannot walk through."""
    if handed.output != "image" or not isinstance(handed.system, Samples):
        made = "points" if handed.output == "points" else f"a {handed.output}"
        raise ConfigError(
            f"format=html walks through latents to images, and part={handed.part} of this run makes {made}: give "
            "format=onnx"
        )
    if handed.origin.conditions is not None:
        raise ConfigError("format=html asks for classes, and the labels of this run are numbers: give format=onnx")
    if handed.in_bytes:
        raise ConfigError("bytes=true is for programs that ask the file, and nobody asks a page: leave it out")
    return Space(handed.system, handed.batches)


def walkable(handed: Handed, space: Space) -> Walkable:
    """The network behind the latents that a page walks through, without truncation, which the page does itself."""
    whole = handed.module
    assert isinstance(whole, Asked)
    network: nn.Module = whole.network
    network = network.decoding if isinstance(network, FromMixture) else network
    inputs = [one for one in handed.inputs if one.name in ("latent", "label")]
    inputs[0] = Input("latent", (space.size,), torch.float32, inputs[0].meaning)
    module = Asked(network, [one.name for one in inputs], whole.method, None, False).eval()
    known: dict[str, Any] = {one.name: getattr(handed, one.name) for one in fields(handed)}
    return Walkable(**known | {"module": module, "inputs": tuple(inputs)})


def document(told: dict[str, Any], runtime: Runtime, model: bytes) -> str:
    """The page of gan-play explore as one file: what it would fetch is in it."""
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
    parts = {"runtime": runtime.code, "wasm": runtime.binary, "model": model}
    said = {language: {part: words(language, part) for part in ("shared", "explore")} for language in LANGUAGES}
    foot = [
        *(f'<script type="application/octet-stream" id="{name}">{_packed(one)}</script>' for name, one in parts.items()),
        *(
            f'<script type="application/json" id="{name}">{within_script(one)}</script>'
            for name, one in {"facts": told, "words": said}.items()
        ),
        f'<script type="module">\n{bundled(ENTRY)}</script>\n</body>',
    ]
    return page.replace("</head>", head).replace("</body>", "\n".join(foot))


def _packed(content: bytes) -> str:
    return b64encode(gzip.compress(content, 9, mtime=0)).decode("ascii")
