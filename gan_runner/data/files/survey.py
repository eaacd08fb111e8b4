"""What a set of files holds beyond images of bytes: one scale for all its pixels, and what of them is left out."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PIL import Image

from gan_runner.data.containers.inside import AnImage, InsidePath, Page, Place, reading_order
from gan_runner.data.files import dicom, nifti
from gan_runner.data.files.cache import fingerprint
from gan_runner.data.files.decoding import BandsError, DecodeError, Decoder, check_pixels, opened, pages_of
from gan_runner.data.files.deep import PLANES, Deep, Range, is_tiff, natural_range
from gan_runner.data.files.frames import ANIMATED, frames_of
from gan_runner.data.files.pages import apart, pages_in
from gan_runner.data.files.planes import planes_of
from gan_runner.data.files.reading import Reading
from gan_runner.files import read_json, write_json
from gan_runner.waiting.threads import each

log = logging.getLogger(__name__)

LOOKED_AT = 8
"""Files whose bands are looked at before all are."""
Read = TypeVar("Read", bound=Decoder)
PLAIN = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".tga", ".ico", ".ppm", ".pbm"})
"""Suffixes of files of one image of bytes, which need not be opened."""
TIFFS, PLANAR = (".tif", ".tiff"), 2
"""Suffixes of TIFF, and what its tag of planes says of bands that lie apart."""


@dataclass(frozen=True)
class Found:
    """Of one file: its type of pixels where they are no bytes, their extremes, its bands and its pages; volume: whether
    these are slices of a volume; whole: whether floats are whole numbers; planes: whether its colours may be slices.
    """

    kind: str = ""
    low: float = 0.0
    high: float = 0.0
    bands: int = 0
    pages: int = 1
    volume: bool = False
    whole: bool = False
    planes: bool = False


@dataclass(frozen=True)
class Survey:
    """Of a set. kinds: how many files have which type; low, high: their extremes; many: files of several pages, most:
    the most pages; four: files with a fourth band that Pillow leaves out; whole: whether all floats are whole numbers,
    beyond [-1, 1]; planes: files of colours that may be slices; joined: animations of which equal frames may be one,
    frames: how many they have, images: of how many these may be; volumes: how many are volumes, deepest: the most
    slices of one.
    """

    kinds: dict[str, int]
    low: float
    high: float
    many: int
    most: int
    four: int
    whole: bool
    planes: int
    joined: int
    frames: int
    images: int
    volumes: int = 0
    deepest: int = 0

    @property
    def depth(self) -> str | None:
        """The type that holds the pixels of all its files; None: bytes."""
        return np.result_type(*self.kinds).name if self.kinds else None

    def value_range(self, root: Place, key: str) -> Range:
        """What becomes black and white in the whole set. Raises ValueError where no scale suits all its files."""
        floats = [kind for kind in self.kinds if kind.startswith("float")]
        if floats and len(floats) < len(self.kinds) and not self.whole:
            raise ValueError(
                f"{root} holds pixels of several kinds ({', '.join(self.kinds)}), which have no scale in common: set "
                f"{key}=[<black>,<white>], or part the files by kind"
            )
        return natural_range(self.low, self.high, bool(floats))


def settled(decoder: Read, root: Place, paths: Sequence[AnImage], cache: Path | None) -> Read:
    """The decoder of a whole set, with one scale for all its files; says what of the files is scaled or left out.

    A scale that is given stands. A set without deep pixels needs none, and "type" is what it gets.
    """
    check_readers(paths)
    check_bands(decoder, paths)
    survey = surveyed(root, paths, cache, decoder.max_megapixels, decoder.reading)
    if survey.many:
        log.warning("%s: the first of %d pages or frames is taken of %s", root, survey.most, files(survey.many))
    if survey.volumes:
        log.warning(
            "%s: the middle of %d %s slices is taken of %s",
            root,
            survey.deepest,
            decoder.reading.axis,
            files(survey.volumes),
        )
    _say_of_slices(survey, root, decoder.reading)
    decoder = replace(decoder, four_bands=survey.four > 0, depth=survey.depth)
    if survey.four and decoder.channels != 4:
        log.warning(
            "%s: the first three of 4 bands are taken of %s: %schannels=4 takes all",
            root,
            files(survey.four),
            decoder.keys,
        )
    if not survey.kinds:
        return decoder if decoder.value_range else replace(decoder, value_range="type")
    key = f"{decoder.keys}value_range"
    value_range = decoder.value_range or survey.value_range(root, key)
    kinds = ", ".join(f"{files(count)} of {kind}" for kind, count in survey.kinds.items())
    if value_range == "type":
        log.info("%s: %s, from %g to %g, scaled by the range of their type", root, kinds, survey.low, survey.high)
    else:
        low, high = value_range
        log.info("%s: %s, from %g to %g; %g becomes black and %g white in all of them (%s)", root, kinds, survey.low,
                 survey.high, low, high, key)  # fmt: skip
    return replace(decoder, value_range=value_range)


def _say_of_slices(survey: Survey, root: Place, reading: Reading) -> None:
    """What a reader cannot know of stacks: whether all their slices are there, and whether they are slices."""
    if survey.joined:
        log.warning(
            "%s: the %d frames of %s may be %d images, by how long they are shown: writers of animations join equal "
            "neighbours, so save stacks as TIFF",
            root,
            survey.frames,
            files(survey.joined),
            survey.images,
        )
    if survey.planes and reading.pages not in (None, "bands"):
        log.warning("%s: the planes of %s are taken for slices, data.pages=null takes them for colours",
                    root, files(survey.planes))  # fmt: skip
    elif survey.planes:
        log.warning(
            "%s: the colours of %s may be slices, since tifffile.imwrite makes planes of colour of an array (3, H, W): "
            "if they are, data.pages=all takes each",
            root,
            files(survey.planes),
        )


def files(count: int) -> str:
    return f"{count} file" + "s" * (count != 1)


def check_readers(paths: Sequence[AnImage]) -> None:
    """Raises ValueError, one sentence, where a file's kind is read by a package that is not installed."""
    places = [apart(path)[0] for path in paths]
    for reader, asks in ((dicom, dicom.is_dicom), (nifti, nifti.is_nifti)):
        if any(map(asks, places)):
            reader.library()


def check_bands(decoder: Decoder, paths: Sequence[AnImage]) -> None:
    """Raises ValueError where none of some files from all over a set has the bands that are asked for."""
    wrong = ""
    for path in paths[:: max(1, len(paths) // LOOKED_AT)]:
        try:
            decoder(path)
            return
        except DecodeError as error:
            if isinstance(error.__cause__, BandsError):
                wrong = wrong or str(error)
    if wrong:
        raise ValueError(wrong)


def surveyed(
    root: Place,
    paths: Sequence[AnImage],
    cache: Path | None,
    max_megapixels: float | None = None,
    reading: Reading | None = None,
) -> Survey:
    """The survey of a set, from the cache where it is known."""
    reading = reading or Reading()
    any_decoder = Decoder((1, 1), 1, "crop", max_megapixels=max_megapixels, reading=reading)  # the same for all others
    kept = None if cache is None else cache / f"{root.resolve().name}-{fingerprint(root, paths, any_decoder)}.json"
    if kept is not None:
        try:
            return Survey(**read_json(kept))
        except (OSError, ValueError, TypeError):  # not there, or not whole
            pass
    survey = survey_of(paths, max_megapixels, reading)
    if kept is not None:
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_json(kept, asdict(survey))
        except OSError:  # whoever keeps the images there will say so
            pass
    return survey


def survey_of(paths: Sequence[AnImage], max_megapixels: float | None = None, reading: Reading | None = None) -> Survey:
    """Look at every file that may hold more than one image of bytes; what cannot be read is left to the decoder."""
    looked_at = [paths[place] for place in reading_order(paths) if not is_plain(paths[place])]
    looks = partial(look, max_megapixels=max_megapixels, reading=reading)
    found = list(each(looks, looked_at, "looking at the kinds of pixels", "files"))
    deep = [one for one in found if one.kind]
    floats = [one for one in deep if one.kind.startswith("float")]
    animated = _animated(paths, reading or Reading())
    joined = [one for one in each(frames_of, animated, "looking at frames", "files") if one.images > one.there]
    return Survey(
        kinds=dict(sorted(Counter(one.kind for one in deep).items())),
        low=min((one.low for one in deep), default=0.0),
        high=max((one.high for one in deep), default=0.0),
        many=sum(one.pages > 1 and not one.volume for one in found),
        most=max((one.pages for one in found if not one.volume), default=1),
        four=sum(one.bands == 4 for one in found),
        whole=all(one.whole for one in floats) and any(one.low < -1 or one.high > 1 for one in floats),
        planes=sum(one.planes for one in found),
        joined=len(joined),
        frames=sum(one.there for one in joined),
        images=sum(one.images for one in joined),
        volumes=sum(one.pages > 1 and one.volume for one in found),
        deepest=max((one.pages for one in found if one.volume), default=0),
    )


def _animated(paths: Sequence[AnImage], reading: Reading) -> list[Place]:
    """The files of which other images than the first are taken, and whose writers join frames."""
    if reading.pages in (None, "first"):
        return []
    found = dict.fromkeys(apart(path)[0] for path in paths)
    return [file for file in found if file.suffix.lower() in ANIMATED]


def is_plain(path: AnImage) -> bool:
    """Whether it is one image of bytes, by its name or by what its container says."""
    return path.suffix.lower() in PLAIN or (isinstance(path, InsidePath) and path.container.plain)


def look(path: AnImage, max_megapixels: float | None = None, reading: Reading | None = None) -> Found:
    """What one file holds beyond an image of bytes; of a page that is asked for, what this page holds."""
    try:
        if reading is not None and reading.pages == "bands":
            return _look_at_bands(path, max_megapixels, reading)
        found = _look(path, max_megapixels, reading or Reading())
        return replace(found, pages=1) if isinstance(path, Page) or (reading and reading.pages) else found
    except DecodeError:
        return Found()


def _look_at_bands(path: AnImage, max_megapixels: float | None, reading: Reading) -> Found:
    """At all pages of a file."""
    try:
        file, _ = apart(path)
        count = pages_in(file, reading)
    except Exception:  # decoding tells of it
        return Found()
    one_by_one = replace(reading, pages=None)
    pages: list[AnImage] = [path] if count == 1 else [Page(file, number) for number in range(count)]
    found = [_look(page, max_megapixels, one_by_one) for page in pages]
    deep = [one for one in found if one.kind]
    if not deep:
        return Found(bands=count)
    kind = np.result_type(*(one.kind for one in deep)).name
    whole = all(one.whole for one in deep if one.kind.startswith("float"))
    return Found(kind, min(one.low for one in deep), max(one.high for one in deep), count, whole=whole)


def _look(path: AnImage, max_megapixels: float | None, reading: Reading) -> Found:
    with opened(path, reading) as (image, deep):
        found = _of_opened(path, image, deep, max_megapixels)
        return replace(found, planes=_may_be_slices(path, image))


def _may_be_slices(path: AnImage, image: Image.Image | None) -> bool:
    """Whether a file, if this is its first page, is colours in planes that may be slices."""
    file, page = apart(path)
    if page or file.suffix.lower() not in TIFFS or (image is not None and _planar(image) != PLANAR):
        return False
    return is_tiff(file) and planes_of(file) > 0


def _planar(image: Image.Image) -> int:
    tags: Any = getattr(image, "tag_v2", {})
    return int(tags.get(PLANES, 1))


def _of_opened(path: AnImage, image: Image.Image | None, deep: Deep | None, max_megapixels: float | None) -> Found:
    volume = nifti.is_nifti(apart(path)[0])
    pages = deep.pages if deep is not None and image is None else 1 if image is None else pages_of(image)
    if deep is None:
        return Found(pages=pages)
    four = 4 if deep.three_of_four else 0
    if deep.dtype.name == "uint8":
        return Found(bands=four, pages=pages)
    if image is not None and pages > 1 and not isinstance(path, Page):
        image.seek(0)
    check_pixels(deep.sides[0] * deep.sides[1], max_megapixels)
    pixels = deep.read()
    four = 4 if deep.bands == 4 and not pixels.transparent else 0
    low, high = pixels.extremes
    whole = deep.dtype.kind == "f" and bool((pixels.colours == np.rint(pixels.colours)).all())
    return Found(deep.dtype.name, low, high, four, pages, volume, whole)
