"""Servers that stall, drip, lie or lead elsewhere."""

import hashlib
import http.server
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bad_inputs.scene import QUICK, TRAIN, Row, Scene
from bad_inputs.sets import archive, link

FETCHED = (*QUICK, "data=mnist")


def mirror(answer: Any) -> Callable[[Scene], None]:
    """MNIST's only mirror answers that; its limits are short."""

    def make(scene: Scene) -> None:
        from gan_runner.data.fetching import downloads
        from gan_runner.data.mnist import MNIST

        address = scene.serve(answer)
        sums = {f"{file.name}.gz": hashlib.md5(b"").hexdigest() for file in MNIST.files}
        source = downloads.GzipMirror(address, sums)
        scene.monkeypatch.setattr(MNIST, "_mirrors", lambda self: [source])
        only_mirrors(scene)

    return make


def packed_mirror(content: bytes) -> Callable[[Scene], None]:
    """MNIST comes in this archive."""

    def make(scene: Scene) -> None:
        from gan_runner.data.fetching import downloads
        from gan_runner.data.mnist import MNIST

        source = downloads.ArchiveMirror(scene.serve(content), hashlib.md5(content).hexdigest(), 1 << 20)
        scene.monkeypatch.setattr(MNIST, "_mirrors", lambda self: [source])
        only_mirrors(scene)

    return make


class Nothing:
    def fetch(self, folder: Path, files: Any) -> None:
        raise OSError("no package")

    def __str__(self) -> str:
        return "package"


def only_mirrors(scene: Scene) -> None:
    from gan_runner.data.fetching import downloads
    from gan_runner.data.mnist import MNIST

    scene.monkeypatch.setattr(MNIST, "package", Nothing())
    scene.monkeypatch.setattr(downloads, "CONNECT_SECONDS", 0.5)
    scene.monkeypatch.setattr(downloads, "STALL_SECONDS", 0.5)
    scene.monkeypatch.setattr(downloads, "SLOWEST_BYTES_PER_SECOND", 1 << 20)


Handler = http.server.BaseHTTPRequestHandler


def begin(handler: Handler, length: int) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()


def truncating(handler: Handler, released: threading.Event) -> None:
    begin(handler, 1000)
    handler.wfile.write(bytes(100))


def stalling(handler: Handler, released: threading.Event) -> None:
    truncating(handler, released)
    handler.wfile.flush()
    released.wait(20)


def dripping(handler: Handler, released: threading.Event) -> None:
    begin(handler, 1000)
    while not released.wait(0.2):
        handler.wfile.write(b"x")
        handler.wfile.flush()


def endless(handler: Handler, released: threading.Event) -> None:
    begin(handler, 1 << 40)
    while not released.is_set():
        handler.wfile.write(bytes(1 << 16))


def circling(handler: Handler, released: threading.Event) -> None:
    handler.send_response(302)
    handler.send_header("Location", handler.path)
    handler.end_headers()


def to_a_file(handler: Handler, released: threading.Event) -> None:
    handler.send_response(302)
    handler.send_header("Location", "file:///etc/hostname")
    handler.end_headers()


ROWS: dict[str, Row] = {
    "download that stalls": Row((TRAIN, *FETCHED), ("timed out", "data.root"), mirror(stalling)),
    "download that drips": Row((TRAIN, *FETCHED), ("slow", "data.root"), mirror(dripping)),
    "download that never ends": Row((TRAIN, *FETCHED), ("longer than", "data.root"), mirror(endless)),
    "truncated download": Row(
        (TRAIN, *FETCHED), ("broke off after 100 of 1000 bytes", "data.root"), mirror(truncating)
    ),
    "wrong checksum": Row((TRAIN, *FETCHED), ("md5", "expected", "data.root"), mirror(b"something else")),
    "circular redirection": Row((TRAIN, *FETCHED), ("302", "data.root"), mirror(circling)),
    "redirection to a file": Row((TRAIN, *FETCHED), ("302", "data.root"), mirror(to_a_file)),
    "archive that leads out": Row(
        (TRAIN, *FETCHED),
        ("leads out of the archive", "data.root"),
        packed_mirror(archive("train-images-idx3-ubyte", "../canary")),
    ),
    "archive with an absolute member": Row(
        (TRAIN, *FETCHED), ("leads out of the archive", "data.root"), packed_mirror(archive("/canary"))
    ),
    "archive of links to download": Row(
        (TRAIN, *FETCHED),
        ("0 files named train-images", "data.root"),
        packed_mirror(archive(link("train-images-idx3-ubyte", "/etc/hostname"))),
    ),
}
