"""Hostile and broken input: whatever comes in, one sentence and a non-zero exit, or a documented skip."""

import gzip
import hashlib
import http.server
import io
import json
import os
import pickle
import re
import resource
import struct
import tarfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from gan_runner.checkpoints import MARK, PREVIOUS, SEAL_BYTES, write

TRAIN, SAMPLE = "gan-train", "gan-sample"
PLAYERS = ("model=vanilla", "network.generator.hidden=[4]", "network.discriminator.hidden=[4]")
QUICK = (*PLAYERS, "trainer.max_steps=1", "trainer.accelerator=cpu", "callbacks.samples=null", "logger=none")
DRAWN = (*QUICK, "data=synthetic", "data.image_size=8", "data.num_samples=8", "data.batch_size=4")
PHOTOS = (*QUICK, "data=folder", "data.root=photos", "data.image_size=8", "data.batch_size=2", "data.cache=null")
LABELLED = (*PHOTOS, "data.labels=true", "network.conditional=true")
CKPT = (SAMPLE, "ckpt=run/checkpoints/last.ckpt", "accelerator=cpu", "output=x.npz")
RUN = (SAMPLE, "run=run", "accelerator=cpu")
CANARY = "touch canary"
MOST_SECONDS, MOST_MEGABYTES = 20, 600


@dataclass
class Scene:
    """Where a row plays: a folder that is the working directory, a finished run to copy, a web server to start."""

    folder: Path
    finished: Path
    monkeypatch: pytest.MonkeyPatch
    serve: Callable[..., str]


@dataclass(frozen=True)
class Row:
    """A command, what it meets, and what it says. A row with code 0 is a documented skip or acceptance."""

    command: tuple[str, ...]
    told: tuple[str, ...]
    make: Callable[[Scene], None] = field(default=lambda scene: None)
    code: int = 1


# ---- what a row meets: pictures -------------------------------------------------------------------------------------


def photos(name: str, content: bytes | Image.Image | Callable[[Path], Any], **saving: Any) -> Callable[[Scene], None]:
    """Four good pictures in photos/, and one more of the given content."""

    def make(scene: Scene) -> None:
        path = scene.folder / "photos" / name
        path.parent.mkdir(parents=True)
        for shade in range(4):
            Image.new("RGB", (9, 9), (shade, 0, 0)).save(path.parent / f"{shade}.png")
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, Image.Image):
            content.save(path, **saving)
        else:
            content(path)

    return make


def damaged(change: Callable[[bytes], bytes], suffix: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(buffer, suffix)
    return change(buffer.getvalue())


def png_bomb(side: int) -> bytes:
    """A PNG of side² black pixels, a thousandth of their size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    packer = zlib.compressobj(1)
    row = bytes(1 + side // 8 + 1)
    pixels = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def text_bomb(path: Path) -> None:
    """A small PNG whose comment unpacks to 200 MB."""
    buffer = io.BytesIO()
    Image.new("L", (8, 8)).save(buffer, "PNG")
    whole = buffer.getvalue()
    content = b"zTXt" + b"comment\0\0" + zlib.compress(bytes(200_000_000), 1)
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    path.write_bytes(whole[:33] + chunk + whole[33:])


def animation(path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), (0, shade, 0)) for shade in range(0, 200, 10)]
    frames[0].save(path, save_all=True, append_images=frames[1:])


def turned(path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (16, 8)).save(path, exif=exif)


def locked(*names: str) -> Callable[[Scene], None]:
    """Take the permission to read away, from root too."""

    def make(scene: Scene) -> None:
        paths = {str(scene.folder / name) for name in names}
        for path in paths:
            os.chmod(path, 0)
        if os.geteuid() == 0:
            for module, name in ((io, "open"), (__import__("builtins"), "open"), (os, "listdir"), (os, "scandir")):
                scene.monkeypatch.setattr(module, name, denying(getattr(module, name), paths))

    return make


def denying(call: Callable[..., Any], paths: set[str]) -> Callable[..., Any]:
    def denied(path: Any = ".", *rest: Any, **named: Any) -> Any:
        if isinstance(path, str | os.PathLike) and os.path.abspath(path) in paths:
            raise PermissionError(13, "Permission denied", str(path))
        return call(path, *rest, **named)

    return denied


def classes(**sizes: int) -> Callable[[Scene], None]:
    """photos/<class>/ with that many pictures each."""

    def make(scene: Scene) -> None:
        for name, size in sizes.items():
            (scene.folder / "photos" / name).mkdir(parents=True)
            for shade in range(size):
                Image.new("L", (8, 8), shade).save(scene.folder / "photos" / name / f"{shade}.png")

    return make


def both(*makes: Callable[[Scene], None]) -> Callable[[Scene], None]:
    def make(scene: Scene) -> None:
        for each in makes:
            each(scene)

    return make


def file(name: str, content: bytes | str = b"") -> Callable[[Scene], None]:
    def make(scene: Scene) -> None:
        path = scene.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return make


# ---- what a row meets: runs and checkpoints -------------------------------------------------------------------------


def run(change: Callable[[Path], None] = lambda folder: None) -> Callable[[Scene], None]:
    """A copy of the finished run in run/, changed."""

    def make(scene: Scene) -> None:
        import shutil

        shutil.copytree(scene.finished, scene.folder / "run")
        change(scene.folder / "run")

    return make


def saved(change: Callable[[bytes], bytes]) -> Callable[[Scene], None]:
    """A run whose checkpoint has other bytes."""

    def edit(folder: Path) -> None:
        path = folder / "checkpoints" / "last.ckpt"
        path.write_bytes(change(path.read_bytes()))

    return run(edit)


def sealed(change: Callable[[bytes], bytes]) -> Callable[[Scene], None]:
    """A run whose checkpoint has other bytes and their right checksum, which anyone can compute."""

    def seal(content: bytes) -> bytes:
        changed = change(content[:-SEAL_BYTES])
        return changed + MARK + hashlib.sha256(changed).hexdigest().encode()

    return saved(seal)


def told(change: Callable[[dict[str, Any]], Any]) -> Callable[[Scene], None]:
    """A run whose checkpoint has other contents."""

    def edit(folder: Path) -> None:
        path = folder / "checkpoints" / "last.ckpt"
        contents = torch.load(path, weights_only=True)
        write(change(contents) or contents, path)
        path.with_name(PREVIOUS).unlink()

    return run(edit)


def part(name: str, node: Any) -> Callable[[Scene], None]:
    """A run whose checkpoint's configuration has another part."""
    return told(lambda contents: contents["origin"]["config"].update({name: node}))


def flipped(start: int) -> Callable[[bytes], bytes]:
    return lambda content: content[:start] + bytes([content[start] ^ 0xFF]) + content[start:][1:]


class Code:
    def __reduce__(self) -> Any:
        return os.system, (CANARY,)


def in_folder_configuration(line: str) -> Callable[[Scene], None]:
    """A run whose .hydra/config.yaml has been extended."""

    def edit(folder: Path) -> None:
        path = folder / ".hydra" / "config.yaml"
        path.write_text(path.read_text() + line)

    return run(edit)


def deflated(content: bytes) -> bytes:
    """The same checkpoint, with a record of half a gigabyte that takes half a megabyte."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for info in source.infolist():
            if info.filename.endswith("/data/0"):
                target.writestr(info.filename, bytes(500_000_000), zipfile.ZIP_DEFLATED, 1)
            else:
                target.writestr(info, source.read(info))
    return buffer.getvalue()


# ---- what a row meets: sets and servers -----------------------------------------------------------------------------

IDX = bytes([0, 0, 8, 3]) + struct.pack(">3I", 4, 28, 28) + bytes(4 * 784)
RAW = "data/MNIST/raw/"
MNIST = (*QUICK, "data=mnist", "data.download=false")
FETCHED = (*QUICK, "data=mnist")
CIFAR = (*QUICK, "data=cifar10", "data.download=false")
BATCH = "data/cifar-10-batches-py/data_batch_1"


def mnist(**contents: bytes) -> Callable[[Scene], None]:
    """MNIST's training files; images=… or labels=… in place of good ones."""
    good = {"images": IDX, "labels": bytes([0, 0, 8, 1]) + struct.pack(">I", 4) + bytes(4)} | contents
    names = {"images": "train-images-idx3-ubyte", "labels": "train-labels-idx1-ubyte"}
    packed = {key: ".gz" if value.startswith(b"\x1f\x8b") else "" for key, value in good.items()}
    return both(*(file(f"{RAW}{names[key]}{packed[key]}", value) for key, value in good.items()))


def cifar(*, first: bytes) -> Callable[[Scene], None]:
    names = [f"data/cifar-10-batches-py/data_batch_{number}" for number in range(1, 6)]
    return both(*(file(name, first) for name in names))


def archive(*members: tarfile.TarInfo | str, content: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as tar:
        for member in members:
            entry = tarfile.TarInfo(member) if isinstance(member, str) else member
            if entry.isfile():
                entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def link(name: str, goal: str) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = tarfile.SYMTYPE, goal
    return entry


def mirror(answer: Any) -> Callable[[Scene], None]:
    """MNIST's only mirror answers that; its limits are short."""

    def make(scene: Scene) -> None:
        from gan_runner import downloads
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
        from gan_runner import downloads
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
    from gan_runner import downloads
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


def pickled(opcodes: bytes) -> bytes:
    return b"\x80\x04" + opcodes + b"."


# ---- the table ------------------------------------------------------------------------------------------------------


def keys(*overrides: str) -> tuple[str, ...]:
    return (TRAIN, *DRAWN, *overrides)


def photo(*overrides: str) -> tuple[str, ...]:
    return (TRAIN, *PHOTOS, *overrides)


SKIPPED, TAKEN = ("decoded 4 of 5 images", "skipped", "Done."), ("decoded 5 of 5 images", "Done.")

ROWS: dict[str, Row] = {
    # keys and values
    "unknown option": Row(keys("loss=hing"), ("loss=hing does not exist", "did you mean hinge?", "wasserstein")),
    "unknown option of a list": Row(keys("tricks=[spectralnorm]"), ("did you mean spectral_norm?", "ema")),
    "unknown group": Row(keys("los=hinge"), ("unknown key los", "did you mean loss?")),
    "unknown key": Row(keys("data.batchsize=3"), ("unknown key data.batchsize", "did you mean data.batch_size?")),
    "added unknown key": Row(keys("+data.batchsize=3"), ("unknown key data.batchsize", "did you mean batch_size?")),
    "unknown experiment": Row(keys("experiment=nope"), ("experiment=nope does not exist", "known: digits")),
    "unknown configuration": Row((TRAIN, "--config-name=nope"), ("configuration nope does not exist", "train")),
    "unknown flag": Row((TRAIN, "--nope"), ("--nope", "gan-train --help")),
    "no option": Row(keys("loss=null"), ("loss=null", "hinge")),
    "a number for an option": Row(keys("tricks=5"), ("tricks=5", "ema")),
    "no value": Row(keys("seed"), ("'seed'", "key=value")),
    "no key": Row(keys("=3"), ("key=value", "'=3'")),
    "two equal signs": Row(keys("a=b=c"), ("a=b=c", "key=value")),
    "unclosed quote": Row(keys('data.kind="blobs'), ('data.kind="blobs', "key=value")),
    "unclosed list": Row(keys("data.image_size=["), ("data.image_size=[", "key=value")),
    "reference to nothing": Row(keys("seed=${nowhere}"), ("nowhere", "not found", "seed")),
    "reference to itself": Row(keys("seed=${seed}"), ("Recursive", "seed")),
    "letters for a number": Row(keys("data.batch_size=many"), ("data.batch_size='many'", "valid integer")),
    "fraction for an integer": Row(keys("system.generator_steps=1.5"), ("system.generator_steps=1.5", "integer")),
    "letters for a switch": Row(keys("data.augment.hflip=often"), ("data.augment.hflip='often'", "boolean")),
    "letters for another switch": Row(keys("network.conditional=maybe"), ("network.conditional='maybe'", "boolean")),
    "a number for a part": Row(keys("+tricks.ema=5"), ("tricks.ema", "_target_", "5")),
    "no optimizer": Row(keys("optimizer.generator=null"), ("optimizer.generator", "_target_")),
    "a list of one beta": Row(keys("optimizer.betas=[0.5]"), ("optimizer.generator.betas=[0.5]", "more elements")),
    "a list of no widths": Row(keys("network.generator.hidden=[]"), ("network.generator.hidden=[]", "at least 1")),
    "negative seed": Row(keys("seed=-1"), ("seed=-1", "greater than or equal to 0")),
    "negative rate": Row(keys("optimizer.lr=-1"), ("optimizer.generator", "Invalid learning rate: -1")),
    "rate that is no number": Row(keys("optimizer.lr=nan"), ("optimizer.lr=nan", "finite")),
    "rate in YAML's spelling": Row(keys("optimizer.lr=.nan"), ("optimizer.generator.lr='.nan'", "valid number")),
    "infinite rate": Row(keys("optimizer.lr=inf"), ("optimizer.lr=inf", "finite")),
    "infinite rate in YAML's spelling": Row(keys("optimizer.lr=.inf"), ("optimizer.generator.lr='.inf'", "number")),
    "infinite noise": Row(
        keys("tricks=[instance_noise]", "tricks.instance_noise.std=inf"), ("tricks.instance_noise.std=inf", "finite")
    ),
    "decay above one": Row(keys("tricks=[ema]", "tricks.ema.decay=2"), ("tricks.ema.decay=2", "less than 1")),
    "empty latent": Row(keys("latent.latent_dim=0"), ("latent.latent_dim=0", "greater than or equal to 1")),
    "no steps": Row(keys("trainer.max_steps=0"), ("trainer.max_steps=0", "greater than or equal to 1", "-1")),
    "schedule without an end": Row(
        keys("schedule=cosine", "trainer.max_steps=-1"), ("schedule.generator.T_max=-1", "trainer.max_steps")
    ),
    "clip at zero": Row(keys("system.gradient_clip.generator=0"), ("system.gradient_clip", "greater than 0")),
    "conditional without labels": Row(
        (TRAIN, *QUICK, "data=ring", "network.conditional=true"), ("network.conditional=true needs labels", "digits")
    ),
    "slices that do not divide": Row(keys("system.accumulate=3"), ("system.accumulate=3", "data.batch_size=4")),
    "unreachable size": Row(
        (TRAIN, "model=dcgan", "data=synthetic", "data.image_size=30"), ("cannot reach 30×30", "28", "32")
    ),
    "batch larger than the set": Row(keys("data.batch_size=9"), ("data.batch_size=9", "data.batch_size=8 or less")),
    "images of a terabyte": Row(keys("data.image_size=1000000"), ("not enough memory", "data.image_size")),
    "layer of a terabyte": Row(keys("network.generator.hidden=[100000000000]"), ("not enough memory", "network.width")),
    "set of a petabyte": Row(keys("data.num_samples=1000000000000000"), ("not enough memory", "data.num_samples")),
    "width beyond counting": Row(
        keys("network.generator.hidden=[1000000000000000000000]"), ("not enough memory", "network.width")
    ),
    "outputs nowhere": Row(keys("paths.outputs="), ("paths.outputs= names no folder", "paths.outputs=outputs")),
    "a run in no folder": Row(keys("paths.run=null"), ("paths.run=null names no folder",)),
    "no devices": Row(keys("trainer.devices=0"), ("trainer.devices=0 is not valid", "greater than or equal to 1")),
    "devices in words": Row(keys("trainer.devices=two"), ("trainer.devices='two' is not valid", "'auto'")),
    "one core twice": Row(keys("trainer.devices=[0,0]"), ("trainer.devices=[0, 0]", "trainer.devices=2")),
    "epochs below none": Row(keys("trainer.max_epochs=-7"), ("trainer.max_epochs=-7", "greater than or equal to 1")),
    "an accelerator of others": Row(keys("trainer.accelerator=tpu"), ("trainer.accelerator='tpu'", "'cpu'", "'gpu'")),
    "outputs in a file": Row(keys("paths.outputs=notes"), ("notes", "not a directory"), file("notes", "mine")),
    # picture files
    "empty picture": Row(photo(), (*SKIPPED, "bad.png"), photos("bad.png", b""), 0),
    "truncated picture": Row(photo(), (*SKIPPED, "bad.png"), photos("bad.png", damaged(lambda b: b[:900])), 0),
    "truncated JPEG": Row(photo(), (*SKIPPED, "bad.jpg"), photos("bad.jpg", damaged(lambda b: b[:900], "JPEG")), 0),
    "flipped picture": Row(photo(), (*SKIPPED, "bad.png"), photos("bad.png", damaged(flipped(200))), 0),
    "text for a picture": Row(photo(), (*SKIPPED, "bad.png"), photos("bad.png", b"no picture"), 0),
    "PostScript for a picture": Row(
        photo(), (*SKIPPED, "bad.png"), photos("bad.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"), 0
    ),
    "unreadable picture": Row(
        photo(), (*SKIPPED, "bad.png", "Permission"), both(photos("bad.png", b"x"), locked("photos/bad.png")), 0
    ),
    "broken link": Row(
        photo(), (*SKIPPED, "bad.png"), photos("bad.png", lambda path: path.symlink_to("nowhere.png")), 0
    ),
    "link to itself": Row(photo(), (*SKIPPED, "bad.png"), photos("bad.png", lambda p: p.symlink_to("bad.png")), 0),
    "pipe": Row(photo(), (*SKIPPED, "bad.png"), photos("bad.png", lambda path: os.mkfifo(path)), 0),
    "link to a device": Row(photo(), (*SKIPPED, "bad.png"), photos("bad.png", lambda p: p.symlink_to("/dev/zero")), 0),
    "circular folders": Row(
        photo(), ("decoded 4 of 4", "Done."), photos("loop", lambda path: path.symlink_to(path.parent)), 0
    ),
    "folder with a picture's name": Row(
        photo(), ("decoded 4 of 4", "Done."), photos("bad.png", lambda path: path.mkdir()), 0
    ),
    "bomb of 900 million pixels": Row(
        photo(), (*SKIPPED, "bad.png", "900000000 pixels"), photos("bad.png", png_bomb(30_000)), 0
    ),
    "bomb in a comment": Row(photo(), (*SKIPPED, "bad.png"), photos("bad.png", text_bomb), 0),
    "animation": Row(photo(), TAKEN, photos("odd.gif", animation), 0),
    "16 bits": Row(photo(), TAKEN, photos("odd.png", Image.new("I;16", (8, 8), 40000)), 0),
    "CMYK": Row(photo(), TAKEN, photos("odd.jpg", Image.new("CMYK", (8, 8))), 0),
    "EXIF rotation": Row(photo(), TAKEN, photos("odd.jpg", turned), 0),
    "one pixel": Row(photo(), TAKEN, photos("odd.png", Image.new("1", (1, 1))), 0),
    "stop at a bad picture": Row(
        photo("data.on_error=fail"), ("bad.png", "data.on_error=skip"), photos("bad.png", b"no picture")
    ),
    "bad picture while streaming": Row(
        photo("data.stream=true", "data.on_error=fail", "data.holdout=0", "data.batch_size=5"),
        ("bad.png", "data.on_error=skip"),
        photos("bad.png", b"no picture"),
    ),
    "nothing but bad pictures": Row(photo(), ("data.root=photos", "none of which"), file("photos/x.png", "text")),
    "empty folder": Row(photo(), ("data.root=photos holds no images",), file("photos/notes.txt")),
    "file for a folder": Row(photo(), ("data.root=photos is not a folder",), file("photos", "text")),
    "no folder": Row(photo(), ("data.root=photos is not a folder",)),
    "no root": Row((TRAIN, *QUICK, "data=folder"), ("data.root has no value", "data.root=…")),
    "unreadable folder": Row(photo(), ("photos", "permission denied"), both(photos("x.png", b""), locked("photos"))),
    "unreadable subfolder": Row(
        photo(), ("photos/b", "permission denied"), both(classes(a=3, b=1), locked("photos/b"))
    ),
    "class of one": Row((TRAIN, *LABELLED), ("decoded 6 of 6", "2 classes", "Done."), classes(many=5, one=1), 0),
    "set of one": Row((TRAIN, *LABELLED), ("data.batch_size=2", "data.batch_size=1 or less"), classes(only=1)),
    "class of none": Row((TRAIN, *LABELLED), ("none has no images", "data.labels=false"), classes(many=5, none=0)),
    "no classes": Row((TRAIN, *LABELLED), ("data.labels=true", "data.labels=false"), photos("x.png", b"")),
    "stray picture": Row(
        (TRAIN, *LABELLED), ("stray.png", "data.labels=false"), both(classes(a=2), file("photos/stray.png"))
    ),
    "cache in a file": Row(
        photo("data.cache=notes"), ("data.cache=notes", "set another folder"), both(classes(a=4), file("notes", "x"))
    ),
    # sets of others
    "truncated IDX": Row((TRAIN, *MNIST), ("damaged", "3136 bytes", "train-images"), mnist(images=IDX[:-5])),
    "empty IDX": Row((TRAIN, *MNIST), ("train-images", "no IDX file"), mnist(images=b"")),
    "IDX of another shape": Row(
        (TRAIN, *MNIST), ("28 × 28", "data.root"), mnist(images=bytes([0, 0, 8, 1]) + struct.pack(">I", 4) + bytes(4))
    ),
    "IDX of a terabyte": Row(
        (TRAIN, *MNIST), ("damaged", "train-images"), mnist(images=IDX[:4] + struct.pack(">3I", 2**31, 2**10, 2**10))
    ),
    "IDX beyond counting": Row(
        (TRAIN, *MNIST), ("damaged", "train-images"), mnist(images=IDX[:4] + struct.pack(">3I", 2**32 - 1, 2**31, 2))
    ),
    "gzip bomb": Row(
        (TRAIN, *MNIST),
        ("train-images", "damaged"),
        lambda scene: mnist(images=gzip.compress(IDX + bytes(800_000_000), 1))(scene),
    ),
    "flipped gzip": Row((TRAIN, *MNIST), ("train-images", "damaged"), mnist(images=flipped(30)(gzip.compress(IDX)))),
    "set without a file": Row((TRAIN, *MNIST), ("data.download=false", "train-labels", "data.root"), file(f"{RAW}x")),
    "pickle that runs code": Row(
        (TRAIN, *CIFAR), ("data_batch_1", "system", "delete it"), cifar(first=pickle.dumps(Code()))
    ),
    "pickle of a number": Row((TRAIN, *CIFAR), ("data_batch_1", "damaged"), cifar(first=pickle.dumps(3))),
    "pickle of nonsense": Row((TRAIN, *CIFAR), ("data_batch_1", "damaged"), cifar(first=b"\x80\x04N0" + b"r" * 9)),
    "pickle that asks for memory": Row(
        (TRAIN, *CIFAR), ("data_batch_1", "damaged"), cifar(first=pickled(b"Nr\xff\xff\xff\x7f"))
    ),
    "archive without the files": Row(
        (TRAIN, *CIFAR), ("cifar-10", "damaged"), file("data/cifar-10-python.tar.gz", archive("../canary", "x"))
    ),
    "archive of links": Row(
        (TRAIN, *CIFAR),
        ("cifar-10", "damaged"),
        file("data/cifar-10-python.tar.gz", archive(link("cifar-10-batches-py/data_batch_1", "/etc/hostname"))),
    ),
    "truncated archive": Row(
        (TRAIN, *CIFAR), ("cifar-10", "damaged"), file("data/cifar-10-python.tar.gz", archive("x")[:60])
    ),
    "flipped archive": Row(
        (TRAIN, *CIFAR),
        ("cifar-10", "damaged"),
        file("data/cifar-10-python.tar.gz", flipped(20)(archive("x", content=os.urandom(999)))),
    ),
    # downloads
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
    # checkpoints
    "empty checkpoint": Row(CKPT, ("last.ckpt", "damaged"), saved(lambda b: b"")),
    "truncated checkpoint": Row(CKPT, ("last.ckpt", "damaged"), saved(lambda b: b[: len(b) // 2])),
    "checkpoint that ends early": Row(CKPT, ("last.ckpt", "damaged"), saved(lambda b: b[:-64])),
    "flipped checkpoint": Row(CKPT, ("last.ckpt", "damaged"), saved(lambda b: flipped(b.index(b"PK\1\2"))(b))),
    "text for a checkpoint": Row(CKPT, ("last.ckpt", "damaged"), saved(lambda b: b"weights")),
    "picture for a checkpoint": Row(CKPT, ("last.ckpt", "damaged"), saved(lambda b: png_bomb(8))),
    "checkpoint that runs code": Row(CKPT, ("last.ckpt", "no checkpoint"), sealed(lambda b: pickle.dumps(Code()))),
    "checkpoint that runs code, zipped": Row(CKPT, ("last.ckpt", "run code"), told(lambda c: {**c, "x": Code()})),
    "checkpoint of another program": Row(CKPT, ("last.ckpt", "gan-train"), told(lambda c: {"model": torch.ones(3)})),
    "list for a checkpoint": Row(CKPT, ("last.ckpt", "gan-train"), told(lambda c: [1, 2])),
    "checkpoint that unpacks to gigabytes": Row(CKPT, ("last.ckpt", "no checkpoint"), sealed(deflated)),
    "checkpoint with a flipped bit": Row(CKPT, ("last.ckpt", "checksum"), saved(lambda b: flipped(len(b) // 3)(b))),
    "sealed text for a checkpoint": Row(CKPT, ("last.ckpt", "no checkpoint"), sealed(lambda b: b"weights")),
    "checkpoint of other weights": Row(
        CKPT, ("last.ckpt", "do not fit"), told(lambda c: c.update(state_dict={"x": torch.ones(1)}))
    ),
    "checkpoint without a shape": Row(
        CKPT, ("last.ckpt", "whole experiment", "shape"), told(lambda c: c["origin"].pop("shape") and None)
    ),
    "checkpoint with a letter for a shape": Row(
        CKPT, ("last.ckpt", "experiment"), told(lambda c: c["origin"].update(shape="abc"))
    ),
    "checkpoint of numbers for a state": Row(CKPT, ("last.ckpt", "do not fit"), told(lambda c: c.update(state_dict=3))),
    "checkpoint of a network of a billion weights": Row(
        CKPT,
        ("last.ckpt",),
        told(lambda c: c["origin"]["config"]["network"]["generator"].update(hidden=[30000, 30000])),
    ),
    **{
        f"checkpoint that names {target}": Row(
            CKPT, (f"latent._target_='{target}'", "not trusted"), part("latent", {"_target_": target, **arguments})
        )
        for target, arguments in {
            "os.system": {"command": CANARY},
            "builtins.exec": {"_args_": ["open('canary', 'w')"]},
            "hydra.utils.get_method": {"path": "os.system"},
            "hydra.utils.instantiate": {"config": {"x": 1}},
            "torch.hub.load": {"repo_or_dir": ".", "model": "x", "source": "local"},
            "torch.load": {"f": "x", "weights_only": False},
            "subprocess.Popen": {"args": CANARY, "shell": True},
            "gan_runner.packages.run": {"command": ["touch", "canary"], "folder": "."},
            "gan_runner.record.subprocess.run": {"args": CANARY, "shell": True},
        }.items()
    },
    "checkpoint that nests os.system in lists": Row(
        CKPT,
        ("loss.x[0][1]._target_='os.system'", "not trusted"),
        part("loss", {"x": [[1, {"_target_": "os.system", "command": CANARY}]]}),
    ),
    "checkpoint that pairs up os.system": Row(
        CKPT, ("latent[0]", "not a plain value"), part("latent", [["_target_", "os.system"], ["command", CANARY]])
    ),
    "checkpoint that interpolates": Row(
        CKPT, ("latent", "not a plain value"), part("latent", "${oc.create:{_target_:os.system}}")
    ),
    # resume
    "resume nothing": Row((TRAIN, "resume=nowhere"), ("nowhere is no run folder",)),
    "resume a file": Row((TRAIN, "resume=notes"), ("notes is no run folder",), file("notes", "text")),
    "resume a checkpoint": Row((TRAIN, "resume=run/checkpoints/last.ckpt"), ("is no run folder",), run()),
    "resume before the first save": Row(
        (TRAIN, "resume=run"), ("has no checkpoints/last.ckpt",), run(lambda f: (f / "checkpoints/last.ckpt").unlink())
    ),
    "resume an empty checkpoint": Row((TRAIN, "resume=run"), ("last.ckpt", "damaged"), saved(lambda b: b"")),
    "resume other weights": Row(
        (TRAIN, "resume=run", "network.generator.hidden=[5]"), ("was [4], is [5]", "allow_changes"), run()
    ),
    "resume with a wrong value": Row((TRAIN, "resume=run", "data.image_size=0"), ("data.image_size=0",), run()),
    "resume without a state": Row(
        (TRAIN, "resume=run", "trainer.max_steps=2"),
        ("last.ckpt", "lacks"),
        told(lambda c: c.pop("optimizer_states") and None),
    ),
    "resume a damaged configuration": Row(
        (TRAIN, "resume=run"), (".hydra/config.yaml",), in_folder_configuration("}{")
    ),
    "resume a binary configuration": Row(
        (TRAIN, "resume=run"), (".hydra/config.yaml",), run(lambda f: (f / ".hydra/config.yaml").write_bytes(b"\xff\0"))
    ),
    "resume a configuration of os.system": Row(
        (TRAIN, "resume=run"),
        ("os.system", "not trusted"),
        in_folder_configuration(f"\nevil: {{_target_: os.system, command: {CANARY}}}\n"),
    ),
    "resume a configuration with Hydra's own callbacks": Row(
        (TRAIN, "resume=run"),
        ("hydra", "not trusted"),
        in_folder_configuration(f"\nhydra: {{callbacks: {{x: {{_target_: os.system, command: {CANARY}}}}}}}\n"),
    ),
    # gan-sample
    "sample from nothing": Row((SAMPLE, "output=x.png"), ("run=<run folder>", "ckpt=<checkpoint file>")),
    "sample from both": Row((*RUN, "ckpt=x", "output=x.png"), ("either run=", "or ckpt="), run()),
    "sample from a folder": Row((SAMPLE, "run=.", "output=x.png"), ("has no checkpoints/last.ckpt",)),
    "sample from an unreadable file": Row(
        CKPT, ("last.ckpt", "permission denied"), both(run(), locked("run/checkpoints/last.ckpt"))
    ),
    "sample to nowhere": Row(RUN, ("output has no value", ".npz"), run()),
    "sample to a film": Row((*RUN, "output=x.mp4"), ("output=x.mp4", ".npz", ".png"), run()),
    "sample over a file": Row(
        (*RUN, "output=x.png"), ("x.png exists already", "overwrite=true"), both(run(), file("x.png", "mine"))
    ),
    "sample into a file": Row(
        (*RUN, "output=notes/x.png"), ("notes", "file exists"), both(run(), file("notes", "mine"))
    ),
    "sample none": Row((*RUN, "output=x.png", "num_samples=0"), ("num_samples=0", "greater"), run()),
    "sample without end": Row(
        (*RUN, "output=x.npz", "num_samples=1000000000000000"), ("not enough memory", "num_samples"), run()
    ),
    "sample too many for a picture": Row((*RUN, "output=x.png", "num_samples=20000"), ("too many", ".npz"), run()),
    "sample with no truncation": Row((*RUN, "output=x.png", "truncation=nan"), ("truncation=nan", "greater"), run()),
    "sample a label of none": Row((*RUN, "output=x.png", "label=3"), ("label=3", "without labels"), run()),
    "sample with an unknown key": Row((*RUN, "outptu=x.png"), ("unknown key outptu", "did you mean output?"), run()),
}


# ---- the test -------------------------------------------------------------------------------------------------------

LATER = {"run/run.json", "run/train.log"}
"""What a resumed run adds its story to, even if it fails."""


def hashes(folder: Path) -> dict[str, str]:
    """Every plain file below a folder."""
    files = [Path(top, name) for top, _, names in os.walk(folder) for name in names]
    plain = [path for path in files if path.is_file() and not path.is_symlink() and readable(path)]
    names = {path: str(path.relative_to(folder)) for path in plain}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for path, name in names.items() if name not in LATER}


def readable(path: Path) -> bool:
    try:
        path.open("rb").close()
    except PermissionError:
        return False
    return True


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one batch, as gan-train leaves it."""
    import subprocess
    import sys

    folder = tmp_path_factory.mktemp("finished") / "run"
    script = str(Path(sys.executable).with_name(TRAIN))
    subprocess.run([script, *DRAWN, f"hydra.run.dir='{folder}'"], check=True, capture_output=True, cwd=folder.parent)
    return folder


@pytest.mark.parametrize("name", ROWS)
def test_bad_input_ends_in_one_sentence(
    name: str,
    finished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    serve: Callable[..., str],
    run_command: Callable[..., Any],
    recwarn: pytest.WarningsRecorder,
) -> None:
    row = ROWS[name]
    with monkeypatch.context() as patches:
        row.make(Scene(tmp_path, finished, patches, serve))
        before, memory, started = hashes(tmp_path), peak_megabytes(), time.monotonic()
        ended = run_command(*row.command)
    assert time.monotonic() - started < MOST_SECONDS
    assert peak_megabytes() - memory < MOST_MEGABYTES
    assert ended.code == row.code, ended.err
    if row.code:
        assert len(ended.err.strip().splitlines()) == 1, ended.err
        assert ended.err.startswith(f"{row.command[0]}: ")
        assert len(ended.err) < 900
        assert "debug=trace" not in ended.err
    else:
        assert ended.err == ""
    assert not [str(warning.message) for warning in recwarn if "PIL" in warning.filename]
    said = ended.out + ended.err
    assert "Traceback" not in said
    assert not [words for words in row.told if words not in said], said
    after = hashes(tmp_path)
    assert {path: after.get(path) for path in before} == before
    assert not list(tmp_path.rglob("canary"))
    records = [json.loads(path.read_text()) for path in tmp_path.rglob("run.json")]
    assert all(record["status"] in ("finished", "failed") for record in records)


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_the_table_is_long_and_its_sentences_are_checked() -> None:
    assert len(ROWS) >= 60
    assert all(row.told and not any(re.fullmatch(r"\W*", words) for words in row.told) for row in ROWS.values())
