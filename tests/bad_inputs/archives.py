"""Archives of images that are cut, locked or half-written, or whose members lie outside of them."""

import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bad_inputs.pictures import png_bomb
from bad_inputs.runs import run
from bad_inputs.scene import QUICK, TRAIN, TRANSLATE, Row, Scene, both
from fixtures.containers import as_samples, as_stylegan, encrypted, grey, packed, taped
from gan_runner.data.containers import guards

IMAGES = {f"{shade}.png": grey(shade) for shade in range(6)}
CONDITIONAL = ("data.labels=true", "network.conditional=true")


def own(root: str, *overrides: str) -> tuple[str, ...]:
    keys = ("data=folder", f"data.root={root}", "data.image_size=8", "data.batch_size=2", "data.cache=null")
    return (TRAIN, *QUICK, *keys, *overrides)


def made(name: str, write: Callable[..., Any], *given: Any, **settings: Any) -> Callable[[Scene], None]:
    return lambda scene: write(scene.folder / name, *given, **settings)


def cut(name: str, length: int) -> Callable[[Scene], None]:
    """The first bytes of a file; where negative, all but so many of the last."""

    def make(scene: Scene) -> None:
        path = scene.folder / name
        path.write_bytes(path.read_bytes()[:length])

    return make


def limited(size: int) -> Callable[[Scene], None]:
    """A lower limit of unpacked bytes."""

    def make(scene: Scene) -> None:
        scene.monkeypatch.setattr(guards, "MOST_BYTES", size)
        scene.monkeypatch.setattr(guards, "MOST_UNPACKED", size)

    return make


def damaged(path: Path) -> None:
    content = bytearray(packed(path, IMAGES).read_bytes())
    content[content.index(IMAGES["2.png"]) + 50] ^= 255
    path.write_bytes(content)


def linked(path: Path) -> None:
    with tarfile.open(taped(path, IMAGES), "a") as archive:
        member = tarfile.TarInfo("link.png")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(member)


def twice(path: Path) -> None:
    with zipfile.ZipFile(packed(path, IMAGES), "a") as archive:
        archive.writestr("./1.png", IMAGES["2.png"])


def odd_method(path: Path) -> None:
    content = bytearray(packed(path, IMAGES).read_bytes())
    content[content.index(b"PK\1\2") + 10] = 9
    path.write_bytes(content)


def bomb(path: Path) -> None:
    """A megabyte in the place of an image, packed to a thousandth."""
    packed(path, {**IMAGES, "large.png": bytes(1_000_000)}, compression=zipfile.ZIP_DEFLATED)


def some_labelled(path: Path) -> None:
    as_samples(path, {**{f"{shade}": {"png": shade, "cls": shade % 2} for shade in range(4)}, "extra": {"png": 9}})


SHARD = made("set-0.tar", as_samples, {"seed3-psi0.7": {"png": 0}, "seed3-psi0.8": {"png": 1}, "a": {"cls": 1}})

ROWS: dict[str, Row] = {
    "a home of nobody": Row(own("~nobody-at-all/photos"), ("data.root=~nobody-at-all/photos is not there",)),
    "a cut zip": Row(
        own("set.zip"),
        ("set.zip is no zip, or one that is cut off", "anew"),
        both(made("set.zip", packed, IMAGES), cut("set.zip", -40)),
    ),
    "an empty file called zip": Row(
        own("set.zip"), ("set.zip is no zip",), both(made("set.zip", packed, {}), cut("set.zip", 0))
    ),
    "a zip of nothing": Row(own("set.zip"), ("data.root=", "set.zip holds no images"), made("set.zip", packed, {})),
    "an encrypted zip": Row(
        own("set.zip"),
        ("set.zip is encrypted (1 of 6 members)", "without one"),
        lambda scene: encrypted(packed(scene.folder / "set.zip", IMAGES)),
    ),
    "a zip packed by another method": Row(
        own("set.zip"), ("a method that is not read (deflate64)", "by deflate"), made("set.zip", odd_method)
    ),
    "a zip that leads outside": Row(
        own("set.zip"), ("'../6.png', which lies outside of it",), made("set.zip", packed, {**IMAGES, "../6.png": b""})
    ),
    "a zip that leads to a drive": Row(
        own("set.zip"), ("lies outside of it", "no leading /"), made("set.zip", packed, {"C:\\photos\\1.png": b""})
    ),
    "a tar that leads outside": Row(
        own("set.tar"), ("'/6.png', which lies outside of it",), made("set.tar", taped, {**IMAGES, "/6.png": b""})
    ),
    "a member beyond the limit": Row(
        own("set.zip"),
        ("large.png: it unpacks to 1,000,000 bytes", "decoded 6 of 7 images", "Done."),
        both(made("set.zip", bomb), limited(5000)),
        code=0,
    ),
    "a member beyond the limit, to fail at": Row(
        own("set.zip", "data.on_error=fail"),
        ("large.png: it unpacks to 1,000,000 bytes", "data.on_error=skip"),
        both(made("set.zip", bomb), limited(5000)),
    ),
    "a compressed tar beyond the limit": Row(
        own("set.tgz"),
        ("set.tgz unpacks to more than 5,000 bytes",),
        both(made("set.tgz", taped, IMAGES, "w:gz"), limited(5000)),
    ),
    "a picture that is a bomb in a zip": Row(
        own("set.zip"),
        ("bomb.png: 400 megapixels are more than the", "decoded 6 of 7 images", "Done."),
        lambda scene: packed(scene.folder / "set.zip", {**IMAGES, "bomb.png": png_bomb(20_000)}),
        code=0,
    ),
    "a damaged member": Row(
        own("set.zip"), ("2.png: Bad CRC-32", "decoded 5 of 6 images", "Done."), made("set.zip", damaged), code=0
    ),
    "a name twice in a zip": Row(
        own("set.zip"),
        ("holds 1 names more than once", "decoded 6 of 6 images", "Done."),
        made("set.zip", twice),
        code=0,
    ),
    "a half-written StyleGAN zip": Row(
        own("set.zip"),
        ("set.zip has no dataset.json", "data.container=zip"),
        made("set.zip", as_stylegan, None, table=False),
    ),
    "a StyleGAN zip without labels": Row(
        own("set.zip", *CONDITIONAL),
        ("says of no image which class", "data.labels=false"),
        made("set.zip", as_stylegan, None),
    ),
    "a StyleGAN zip with labels for some": Row(
        own("set.zip", *CONDITIONAL),
        ("4 of 6 images", "have no label in its dataset.json", "img00000002.png"),
        made("set.zip", as_stylegan, [[0, 0], [1, 1]]),
    ),
    "a StyleGAN zip with words for labels": Row(
        own("set.zip", *CONDITIONAL), ('"cat" is no label', "whole numbers"), made("set.zip", as_stylegan, [[0, "cat"]])
    ),
    "a StyleGAN zip with vectors of two lengths": Row(
        own("set.zip", *CONDITIONAL),
        ("several kinds (vectors of 1, vectors of 2)",),
        made("set.zip", as_stylegan, [[0, [1]], [1, [1, 2]]]),
    ),
    "a cut tar": Row(
        own("set.tar"),
        ("set.tar is no tar, or one that is cut off", "after 2 files"),
        both(made("set.tar", taped, IMAGES), cut("set.tar", 1600)),
    ),
    "a tar cut between files": Row(
        own("set.tar"),
        ("set.tar ends without the zeros that end a tar", "(3 files are there)", "Done."),
        both(made("set.tar", taped, IMAGES), cut("set.tar", 3 * 1024)),
        code=0,
    ),
    "a cut compressed tar": Row(
        own("set.tgz"),
        ("set.tgz is cut off or damaged",),
        both(made("set.tgz", taped, IMAGES, "w:gz"), cut("set.tgz", -20)),
    ),
    "a compressed tar, streamed": Row(
        own("set.tgz", "data.stream=true"),
        ("data.stream=true", "set.tgz is compressed", "plain .tar"),
        made("set.tgz", taped, IMAGES, "w:gz"),
    ),
    "a link in a tar": Row(
        own("set.tar"),
        ("1 links, devices or files with holes are left out", "decoded 6 of 6 images", "Done."),
        made("set.tar", linked),
        code=0,
    ),
    "a tar called by what it is not": Row(
        own("set.tar", "data.container=zip"), ("set.tar is no zip",), made("set.tar", taped, IMAGES)
    ),
    "a container of no kind": Row(
        own("set.tar", "data.container=rar"), ("data.container=", "rar", "webdataset"), made("set.tar", taped, IMAGES)
    ),
    "a shard whose names fuse": Row(
        own("set-0.tar", "data.container=webdataset"),
        ("2 images", "1 samples", "seed3-psi0.7.png", "data.container=tar"),
        SHARD,
    ),
    "a shard with labels for some": Row(
        own("set-0.tar", *CONDITIONAL), ("1 of 5 images", "have no label beside them"), made("set-0.tar", some_labelled)
    ),
    "a range with a shard missing": Row(
        own("'set-{0..1}.tar'"), ("1 of 2 shards", "are missing", "set-1.tar"), made("set-0.tar", some_labelled)
    ),
    "translate a cut zip": Row(
        (TRANSLATE, "run=run", "accelerator=cpu", "input=set.zip", "output=out"),
        ("set.zip is no zip, or one that is cut off",),
        both(run(), made("set.zip", packed, IMAGES), cut("set.zip", -40)),
    ),
}
