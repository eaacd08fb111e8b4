"""Sets that gan-data is asked to look at, and cannot, or only in part."""

import os
import zipfile
from collections.abc import Callable

from PIL import Image

from bad_inputs.pictures import damaged, photos, png_bomb
from bad_inputs.scene import Row, Scene, both, file, locked

LOOK = "gan-data"
HERE = (LOOK, "root=photos")


def cut_zip(scene: Scene) -> None:
    photos("x.png", Image.new("L", (8, 8)))(scene)
    with zipfile.ZipFile(scene.folder / "set.zip", "w") as archive:
        for path in (scene.folder / "photos").iterdir():
            archive.write(path, path.name)
    path = scene.folder / "set.zip"
    path.write_bytes(path.read_bytes()[:-40])


def folders(*names: str) -> Callable[[Scene], None]:
    def make(scene: Scene) -> None:
        for name in names:
            (scene.folder / name).mkdir(parents=True)

    return make


def pipe(scene: Scene) -> None:
    os.mkfifo(scene.folder / "photos" / "pipe.png")


GOOD = photos("x.png", Image.new("RGB", (9, 9), (9, 9, 9)))
ROWS: dict[str, Row] = {
    "looking at nothing": Row((LOOK,), ("root has no value", "give root=")),
    "looking at what is not there": Row((LOOK, "root=nowhere"), ("data.root=nowhere", "not there")),
    "looking at a word of gan-train": Row((LOOK, "root=photos", "optimizer.lr=1"), ("data.optimizer",), GOOD),
    "looking with an unknown key": Row((*HERE, "image_sise=8"), ("data.image_sise", "did you mean"), GOOD),
    "looking with a wrong value": Row((*HERE, "image_size=0"), ("data.image_size=0",), GOOD),
    "looking with two values": Row((*HERE, "image_size=8,16"), ("data.image_size=8,16 has a comma",), GOOD),
    "looking with a wrong fit": Row((*HERE, "fit=tight"), ("data.fit", "'crop'"), GOOD),
    "looking with a bracket open": Row((*HERE, "image_size=[8"), ("data.image_size=[8", "cannot be read"), GOOD),
    "looking with a flag": Row((*HERE, "--grid"), ("unknown flag --grid",), GOOD),
    "looking at an empty folder": Row(HERE, ("data.root=photos", "holds no images"), folders("photos/cat")),
    "looking at no images": Row(HERE, ("holds no images", "1 HEIC"), file("photos/a.heic", b"x")),
    "looking at damaged images alone": Row(HERE, ("1 image files, none of which",), file("photos/a.png", b"x")),
    "looking at a text": Row((LOOK, "root=a.txt"), ("data.root=a.txt",), file("a.txt", "x")),
    "looking for labels of one folder": Row((*HERE, "labels=true"), ("data.labels=true", "it has none"), GOOD),
    "looking at a class without images": Row(
        (*HERE, "labels=true"), ("empty has no images",),
        both(photos("a/x.png", damaged(bytes)), folders("photos/empty")),
    ),
    "looking by classes that are not there": Row(
        (*HERE, "labels=true", "only=[cow]"), ("cow is no class",), photos("a/x.png", damaged(bytes))
    ),
    "looking at images beside classes": Row(
        (*HERE, "labels=true"), ("every image in a subfolder", "x.png"),
        both(photos("a/y.png", damaged(bytes)), file("photos/x.png", damaged(bytes))),
    ),
    "looking at two test folders": Row(
        HERE, ("would be the same split",),
        both(*(photos(f"{name}/x.png", damaged(bytes)) for name in ("train", "test", "testing"))),
    ),
    "looking, stopped by a damaged image": Row(
        (*HERE, "on_error=fail"), ("bad.png", "data.on_error=skip"), photos("bad.png", b"x")
    ),
    "looking at a zip that is cut": Row((LOOK, "root=set.zip"), ("set.zip",), cut_zip),
    "looking, told to replace": Row((*HERE, "json=x.json"), ("x.json exists already",), both(GOOD, file("x.json"))),
    "looking, told to write a folder": Row((*HERE, "output=out"), ("output=out", "give output=<file>.zip"), GOOD),
    "looking, told to write nowhere": Row((*HERE, "grid=no/x.png"), ("no folder no",), GOOD),
    "looking, told to write among images": Row((*HERE, "grid=photos/x1.png"), ("among the images",), GOOD),
    "looking past a damaged image": Row(
        HERE, ("1 skipped: cut.png",), photos("cut.png", damaged(lambda whole: whole[:500])), 0
    ),
    "looking past a bomb": Row(HERE, ("1 skipped: bomb.png", "megapixels"), photos("bomb.png", png_bomb(20_000)), 0),
    "looking past a pipe": Row(HERE, ("1 skipped: pipe.png", "no plain file"), both(GOOD, pipe), 0),
    "looking past a locked file": Row(
        HERE, ("1 skipped: 0.png", "Permission denied"), both(GOOD, locked("photos/0.png")), 0
    ),
    "looking past a link in a circle": Row(
        HERE, ("5 in photos",),
        both(GOOD, lambda scene: (scene.folder / "photos" / "again").symlink_to(scene.folder / "photos")), 0,
    ),
}  # fmt: skip
