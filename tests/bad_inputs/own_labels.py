"""Containers whose own labels cannot be taken, and sets of which one has to be chosen."""

from collections.abc import Callable

import numpy as np

from bad_inputs.scene import Row, Scene, file
from bad_inputs.stores import command, parquet, pictures, png
from fixtures.containers import idx_of, taped

LOOK = "gan-data"
LABELLED = command("data.labels=true")


def labelled(*values: object, column: str = "label") -> Callable[[Scene], None]:
    return parquet({"image": pictures(), column: list(values)})


def shard(label: bytes) -> Callable[[Scene], None]:
    members = {f"{number}.{field}": content for number in range(3) for field, content in _sample(number, label)}

    def make(scene: Scene) -> None:
        taped(scene.folder / "set-0.tar", members)

    return make


def _sample(number: int, label: bytes) -> list[tuple[str, bytes]]:
    return [("image.png", png(number)), ("label.cls", label)]


def emnist(scene: Scene) -> None:
    for name in ("letters", "digits"):
        path = scene.folder / "photos" / f"emnist-{name}-train-images-idx3-ubyte"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(idx_of(np.zeros((3, 28, 28))))


ROWS: dict[str, Row] = {
    "parquet with a row without a label": Row(
        LABELLED, ("its column label has no value in 1 of 5 rows", "fill them in"), labelled("a", None, "b", "a", "b")
    ),
    "parquet with a text for each row": Row(
        LABELLED, ("its column label has a text of its own in each row", "data.array="), labelled(*"abcde")
    ),
    "parquet with labels by another name": Row(
        LABELLED,
        ("no column that is called as labels are (its columns: image, kind)",),
        labelled(*"aabbb", column="kind"),
    ),
    "parquet with labels that are infinite": Row(
        LABELLED, ("its column label holds no finite numbers",), labelled(float("inf"), 1.0, 2.0, 0.5, 1.0)
    ),
    "a shard with a word for a class": Row(
        (LOOK, "root=set-0.tar", "labels=true"), ("0.label.cls is no class", "or set data.labels=false"), shard(b"cat")
    ),
    "several sets of EMNIST": Row(
        (LOOK, "root=photos"), ("holds 2 sets (emnist-digits, emnist-letters)", "data.array=emnist-digits"), emnist
    ),
    "a folder in a zip that is gone": Row(
        (LOOK, "root=set.zip/cats"), ("data.root=set.zip/cats is not there",), file("photos/x", b"")
    ),
}
