"""LMDB and parquet that hold no images, several sets of them, or less than they did."""

import io
from collections.abc import Callable
from typing import Any

from PIL import Image

from bad_inputs.scene import QUICK, TRAIN, Row, Scene
from fixtures.containers import write_lmdb, write_parquet

NAME = "store"
KEYS = (*QUICK, "data=folder", f"data.root={NAME}", "data.image_size=8", "data.batch_size=2", "data.cache=null")


def command(*overrides: str) -> tuple[str, ...]:
    return (TRAIN, *KEYS, *overrides)


def png(shade: int, side: int = 9) -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((side, side), 50 + shade).save(buffer, "PNG")
    return buffer.getvalue()


WORDS = {b"1": b"\x80\x04.", b"2": b"words"}


def entries(count: int = 5, side: int = 9) -> dict[bytes, bytes]:
    return {f"{shade}.png".encode(): png(shade, side) for shade in range(count)}


def pictures(count: int = 5, path: str = "{}.png") -> list[dict[str, Any]]:
    return [{"bytes": png(shade), "path": path.format(shade)} for shade in range(count)]


def lmdb(found: dict[bytes, bytes], change: Callable[[bytes], bytes] | None = None) -> Callable[[Scene], None]:
    def make(scene: Scene) -> None:
        path = write_lmdb(scene.folder / NAME, found) / "data.mdb"
        if change is not None:
            path.write_bytes(change(path.read_bytes()))

    return make


def parquet(
    columns: dict[str, list[Any]], features: dict[str, Any] | None = None, name: str = NAME, rows: int = 100
) -> Callable[[Scene], None]:
    def make(scene: Scene) -> None:
        path = scene.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_parquet(path, columns, features, rows)

    return make


def changed(make: Callable[[Scene], None], change: Callable[[bytes], bytes]) -> Callable[[Scene], None]:
    def made(scene: Scene) -> None:
        make(scene)
        path = scene.folder / NAME
        path.write_bytes(change(path.read_bytes()))

    return made


def both(*makes: Callable[[Scene], None]) -> Callable[[Scene], None]:
    def make(scene: Scene) -> None:
        for one in makes:
            one(scene)

    return make


def garbled(content: bytes) -> bytes:
    """A page of it overwritten, its foot whole."""
    third = len(content) // 3
    return content[:third] + bytes(third) + content[2 * third :]


def damaged_entry(scene: Scene) -> None:
    write_lmdb(scene.folder / NAME, {**entries(4), b"4.png": png(4)[:60]})


LABELS = [0, 1, 0, 1, 0]
CLASSES = {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": ["cat", "dog"]}}
POINTERS = [{"bytes": None, "path": f"/home/somebody/{shade}.png"} for shade in range(5)]
SOME = [*pictures(4), POINTERS[4]]
HALVES = {"photo": pictures(), "map": pictures()}

ROWS = {
    "LMDB without an entry": Row(command(), (NAME, "is an LMDB without an entry", "data.root"), lmdb({})),
    "LMDB of no images": Row(
        command(), (NAME, "is an LMDB of 2 entries, none of which is an image"), lmdb(WORDS)
    ),
    "LMDB that is cut": Row(
        command(), (NAME, "is cut off", "copy it again"), lmdb(entries(side=99), lambda content: content[:20_000])
    ),
    "LMDB that is none": Row(
        command(), (NAME, "cannot be read as an LMDB"), lmdb(entries(), lambda content: b"words" * 3000)
    ),
    "LMDB with a damaged image": Row(command(), ("skipped", "4.png", "decoded 4 of 5", "Done."), damaged_entry, code=0),
    "LMDB with an entry that counts": Row(
        command(), ("decoded 5 of 5", "Done."), lmdb({**entries(), b"length": b"5"}), code=0
    ),
    "parquet with paths only": Row(
        command(), (NAME, "only points to its images (0.png", "data.root"), parquet({"image": POINTERS})
    ),
    "parquet with a path among its images": Row(
        command(),
        ("skipped", "row 4 only points to 4.png", "decoded 4 of 5", "Done."),
        parquet({"image": SOME}),
        code=0,
    ),
    "parquet without images": Row(
        command(), (NAME, "has no column of images", "label, text"), parquet({"label": LABELS, "text": list("abcde")})
    ),
    "parquet of names of files": Row(
        command(), ("if file names image files, set data.root to their folder",), parquet({"file": list("abcde")})
    ),
    "parquet of bytes that are no images": Row(
        command(), (NAME, "has no column of images"), parquet({"data": [b"words"] * 5})
    ),
    "parquet with two columns of images": Row(
        command(), (NAME, "2 columns of images (photo, map)", "data.array"), parquet(HALVES)
    ),
    "a column that parquet lacks": Row(
        command("data.array=maps"), ("data.array=maps", "photo, map"), parquet(HALVES)
    ),
    "a column of what has none": Row(
        command("data.array=map"), ("data.array=map is for arrays and columns", "lmdb"), lmdb(entries())
    ),
    "parquet that is cut": Row(
        command(),
        (NAME, "cannot be read as parquet"),
        changed(parquet({"image": pictures()}), lambda content: content[: len(content) // 2]),
    ),
    "parquet with damaged pages": Row(
        command(), (NAME, "holds 5 image files, none of which can be decoded"),
        changed(parquet({"image": [{"bytes": png(shade, side=50), "path": None} for shade in range(5)]},
                        {"image": {"_type": "Image"}}), garbled),
    ),
    "parquet without a row": Row(
        command(), (NAME, "is parquet without a row"), parquet({"image": []}, CLASSES)
    ),
    "parquet with labels beyond its names": Row(
        command("data.labels=true"), ("has the label 7", "names 2 classes"),
        parquet({"image": pictures(), "label": [0, 1, 0, 1, 7]}, CLASSES),
    ),
    "parquet with images of no class": Row(
        command("data.labels=true"), ("its column label has no value in 1 of 5 rows", "the first is 2.png"),
        parquet({"image": pictures(), "label": [0, 1, -1, 1, 0]}, CLASSES),
    ),
    "parquet without a column of labels": Row(
        command("data.labels=true"), ("no column that is called as labels are", "data.array=[<images>,<labels>]"),
        parquet({"image": pictures()}),
    ),
    "folders of several sets of parquet": Row(
        command(), (NAME, "holds 2 sets of parquet (a, b)", "data.root"),
        both(*(parquet({"image": pictures()}, name=f"{NAME}/{one}/train.parquet") for one in "ab")),
    ),
    "a file of a set of parquet is missing": Row(
        command(), ("train: 1 of its 2 files are there", "decoded 5 of 5", "Done."),
        parquet({"image": pictures()}, name=f"{NAME}/train-00000-of-00002.parquet"), code=0,
    ),
}  # fmt: skip
