"""The files of a folder that are not taken for images, by suffix and reason."""

from __future__ import annotations

import logging
from collections import defaultdict

from gan_runner.data.containers.inside import Place
from gan_runner.data.files.decoding import SUFFIXES, DecodeError, counts_as_image, find_files, opened

log = logging.getLogger(__name__)

GROUPS = {
    "HEIC": ({".heic", ".heif", ".hif"}, "Pillow does not read it: convert it to JPEG or PNG"),
    "raw": (
        {
            ".dng",
            ".cr2",
            ".cr3",
            ".nef",
            ".nrw",
            ".arw",
            ".orf",
            ".rw2",
            ".raf",
            ".srw",
            ".pef",
            ".raw",
            ".3fr",
            ".iiq",
        },
        "of a camera: develop it to JPEG or TIFF",
    ),
    "of other image formats": (
        {".jxl", ".psd", ".svg", ".exr", ".hdr", ".eps", ".xcf", ".ai", ".pdf", ".j2k", ".jpx", ".dds", ".pcx", ".sgi"},
        "convert them to PNG",
    ),
    "of medical formats": ({".dcm", ".dicom", ".nii", ".mha", ".nrrd"}, "convert them to PNG or TIFF"),
    "of microscopes": ({".czi", ".lif", ".nd2", ".oib", ".svs", ".ndpi", ".lsm"}, "convert them to TIFF"),
    "arrays": ({".npy", ".npz", ".mat", ".h5", ".hdf5", ".pt", ".pth", ".parquet"}, "each can be data.root itself"),
    "videos": ({".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v"}, "write their frames as images"),
    "archives": (
        {".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz"},
        "data.root takes a zip or a tar, and data.container=webdataset a folder of shards",
    ),
}
"""What a suffix stands for, and what can be done."""
NO_IMAGES = frozenset(
    {".txt", ".json", ".jsonl", ".csv", ".tsv", ".xml", ".md", ".yaml", ".yml", ".html", ".htm", ".py", ".log", ".db"}
    | {".ini", ".aae", ".xmp", ".toml", ".pkl", ".sh"}
)
"""Suffixes of what lies beside images and is none."""
TOLD = 8


def say_left_out(root: Place) -> None:
    """One line about the files below a folder that are not taken; a warning where they may have been meant."""
    told, meant = left_out(root)
    if told:
        log.log(logging.WARNING if meant else logging.INFO, "%s: left out: %s", root, told)


def left_out(root: Place) -> tuple[str, bool]:
    """How many files below a folder are not taken, by kind, most first; whether any may be an image."""
    groups: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for path in find_files(root, hidden=True):
        if path.name.startswith("."):
            if path.suffix.lower() in SUFFIXES:
                groups["hidden", "their names begin with a dot"].append(path)
        elif not counts_as_image(path):
            groups[_kind(path)].append(path)
    parts = []
    meant = False
    for (name, reason), paths in sorted(groups.items(), key=lambda group: -len(group[1])):
        suffixes = sorted({path.suffix[1:].upper() for path in paths})
        if reason and name not in suffixes and name != "hidden":
            reason = ", ".join(suffixes) + ": " + reason
        if not reason and paths[0].suffix.lower() not in NO_IMAGES:
            reason = _by_content(paths)
        meant |= bool(reason)
        if len(paths) == 1 and not name.startswith("of "):
            name = name.removesuffix("s")
        parts.append(f"{len(paths)} {name}" + (f" ({reason})" if reason else ""))
    more = f", {sum(map(len, groups.values()))} in all" if len(parts) > TOLD else ""
    return ", ".join(parts[:TOLD]) + (", …" + more if more else ""), meant


def _kind(path: Place) -> tuple[str, str]:
    suffix = path.suffix.lower()
    for name, (suffixes, reason) in GROUPS.items():
        if suffix in suffixes:
            return name, reason
    return (suffix[1:].upper() if suffix else "without a suffix"), ""


def _by_content(paths: list[Place]) -> str:
    """What may be said of files whose suffix says nothing; the first hundred are looked at."""
    looked_at = paths[:100]
    images = sum(map(_is_image, looked_at))
    if not images:
        return ""
    if len(paths) == 1:
        return "an image by its content: give it a suffix such as .png"
    some = "" if images == len(looked_at) else "some are "
    return f"{some}images by their content: give them a suffix such as .png"


def _is_image(path: Place) -> bool:
    try:
        with opened(path):
            return True
    except DecodeError:
        return False
