"""Pictures that are broken, hostile or odd, and folders of them."""

import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from bad_inputs.scene import QUICK, TRAIN, Row, Scene, both, file, flipped, locked

PHOTOS = (*QUICK, "data=folder", "data.root=photos", "data.image_size=8", "data.batch_size=2", "data.cache=null")
LABELLED = (*PHOTOS, "data.labels=true", "network.conditional=true")
SKIPPED, TAKEN = ("decoded 4 of 5 images", "skipped", "Done."), ("decoded 5 of 5 images", "Done.")


def photo(*overrides: str) -> tuple[str, ...]:
    return (TRAIN, *PHOTOS, *overrides)


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


def classes(**sizes: int) -> Callable[[Scene], None]:
    """photos/<class>/ with that many pictures each."""

    def make(scene: Scene) -> None:
        for name, size in sizes.items():
            (scene.folder / "photos" / name).mkdir(parents=True)
            for shade in range(size):
                Image.new("L", (8, 8), shade).save(scene.folder / "photos" / name / f"{shade}.png")

    return make


ROWS: dict[str, Row] = {
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
        photo(),
        (*SKIPPED, "bad.png", "900 megapixels", "data.max_megapixels=900 lets it in"),
        photos("bad.png", png_bomb(30_000)),
        0,
    ),
    "more megapixels than allowed": Row(
        photo("data.max_megapixels=0.001"),
        (*SKIPPED, "bad.png", "data.max_megapixels=1 lets it in"),
        photos("bad.png", Image.new("L", (40, 40))),
        0,
    ),
    "a range without values": Row(photo("data.value_range=[9,1]"), ("data.value_range=[9,1]", "set the smaller")),
    "a range by another name": Row(photo("data.value_range=full"), ("data.value_range", "should be 'type'")),
    "pixels that are no numbers": Row(
        photo(), (*SKIPPED, "bad.tif", "NaN"), photos("bad.tif", Image.new("F", (8, 8), float("nan"))), 0
    ),
    "files left out": Row(
        photo(), ("left out: 1 HEIC", "decoded 4 of 4 images", "Done."), photos("phone.heic", b"x"), 0
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
    "file for a folder": Row(photo(), ("data.root=photos is neither a folder",), file("photos", "text")),
    "no folder": Row(photo(), ("data.root=photos is not there",)),
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
    "class of bad pictures": Row(
        (TRAIN, *LABELLED),
        ("no image of x is left to train on", "data.labels=false"),
        both(classes(many=9), file("photos/x/bad.png", "text")),
    ),
    "two training splits": Row(photo(), ("folders Train and train", "data.splits=none"), classes(Train=3, train=3)),
    "a class of the held-out split alone": Row(
        (TRAIN, *LABELLED),
        ("val has images of b", "none to train on", "data.labels=false"),
        classes(**{"train/a": 3, "val/a": 3, "val/b": 1}),
    ),
    "cache in a file": Row(
        photo("data.cache=notes"), ("data.cache=notes", "set another folder"), both(classes(a=4), file("notes", "x"))
    ),
}
