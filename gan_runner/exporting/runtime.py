"""onnxruntime-web: what runs an ONNX file in a browser. Fetched once, kept in a cache, known by its sums."""

from __future__ import annotations

import hashlib
import logging
import os
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import NoReturn

import torch

from gan_runner.config.errors import ConfigError
from gan_runner.data.fetching.downloads import FAILURES, File, store, transfer, unpack
from gan_runner.data.fetching.packages import NpmPackage
from gan_runner.files import expanded

log = logging.getLogger(__name__)

NAME, VERSION = "onnxruntime-web", "1.30.0"
CODE = File(
    "ort.wasm.bundle.min.mjs", 200_000, "sha256:11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90"
)
BINARY = File(
    "ort-wasm-simd-threaded.wasm", 20_000_000, "sha256:3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2"
)
FILES = (CODE, BINARY)
"""What a page needs of the package: its JavaScript, and the program that this starts."""
PACKAGE = File(
    f"{NAME}-{VERSION}.tgz",
    40_000_000,
    "sha512:ab4cbe26baedba45d2cec05610c71c55fa97db92d19a8b171c5f8269126683ca"
    "590a5cdc57bb2f35ce2b298de32f4d956fb42644c0ecd528a0a91e025c07ca61",
)
HOST = "registry.npmjs.org"
ADDRESS = f"https://{HOST}/{NAME}/-/{PACKAGE.name}"
PLACES = ("", "dist", "package/dist", f"node_modules/{NAME}/dist")
"""Where below a folder the files may lie."""
SHOWN = 80
"""Characters of a reason in a sentence that has two of them; the log has all."""


@dataclass(frozen=True)
class Runtime:
    """code: an ES module; binary: WebAssembly."""

    code: bytes
    binary: bytes


def cache() -> Path:
    """Beside the weights that torch keeps."""
    return Path(torch.hub.get_dir(), "gan_runner", f"{NAME}-{VERSION}")


def known() -> Runtime | None:
    """What the cache holds; None where it does not hold all, or other bytes."""
    try:
        code, binary = ((cache() / file.name).read_bytes() for file in FILES)
    except OSError:
        return None
    good = all(_is(file, content) for file, content in ((CODE, code), (BINARY, binary)))
    return Runtime(code, binary) if good else None


def bring(asked: str | None = None) -> Runtime:
    """The runtime, in the cache from now on: of a folder or an npm package (.tgz) that is asked for, else of the cache,
    else from the web. Raises ConfigError for a file that is not it, FileNotFoundError where it is nowhere.
    """
    if asked is not None or known() is None:
        _check_cache()
        _from_web() if asked is None else _from_disk(expanded(asked), asked)
    found = known()
    assert found is not None
    return found


def _check_cache() -> None:
    place = cache()
    try:
        place.mkdir(parents=True, exist_ok=True)
        if os.access(place, os.W_OK) and os.access(place.parent, os.W_OK):
            return
        reason = "permission denied"
    except OSError as error:
        reason = str(error.strerror)
    raise ConfigError(
        f"format=html keeps {NAME} in {place}, which cannot be written ({reason}): set TORCH_HOME to another folder"
    )


def _from_disk(path: Path, asked: str) -> None:
    folder = next((path / one for one in PLACES if (path / one / BINARY.name).is_file()), path)
    if not path.exists():
        raise ConfigError(f"runtime={asked} is not there: give the folder of {NAME} {VERSION}, or {PACKAGE.name}")
    try:
        _into_cache(lambda place: _copy(folder, place) if path.is_dir() else unpack(path, place, FILES))
    except FAILURES as error:
        raise ConfigError(f"runtime={asked} is not {NAME} {VERSION} ({_reason(error)}): get {ADDRESS}") from error


def _copy(folder: Path, place: Path) -> None:
    for file in FILES:
        with (folder / file.name).open("rb") as stream:
            store(stream, place, file)


def _from_web() -> None:
    """From the package's address, else by the client that the user has set up."""
    log.info("fetching %s %s into %s, once", NAME, VERSION, cache())
    reasons = []
    for called, fetch in ((HOST, _fetch_package), ("npm", _ask_npm)):
        try:
            return _into_cache(fetch)
        except FAILURES as error:
            log.info("%s: %s", called, _reason(error))
            reasons.append(f"{called}: {shorten(_reason(error), SHOWN, placeholder=' …')}")
    _refuse("; ".join(reasons))


def _fetch_package(folder: Path) -> None:
    transfer(ADDRESS, folder, PACKAGE)
    unpack(folder / PACKAGE.name, folder, FILES)


def _ask_npm(folder: Path) -> None:
    NpmPackage(f"{NAME}@{VERSION}").fetch(folder, FILES)


def _into_cache(fill: Callable[[Path], object]) -> None:
    """Both files, once both are there and right."""
    place = cache()
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".") as temporary:
        fill(Path(temporary))
        for file in FILES:
            (Path(temporary) / file.name).replace(place / file.name)


def _is(file: File, content: bytes) -> bool:
    algorithm, wanted = str(file.checksum).split(":")
    return hashlib.new(algorithm, content, usedforsecurity=False).hexdigest() == wanted


def _reason(error: Exception) -> str:
    if isinstance(error, tarfile.ReadError):  # which lists every compression that it tried
        return "no archive"
    return " ".join(str(error).split()) or type(error).__name__


def _refuse(reason: str) -> NoReturn:
    raise FileNotFoundError(
        f"format=html puts {NAME} {VERSION} into the page, and it cannot be fetched ({reason}): get {PACKAGE.name} "
        "on a machine with internet and give runtime=<that file>, or take format=onnx"
    )
