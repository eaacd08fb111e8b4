"""What kind of image file some bytes are, by how they begin."""

from __future__ import annotations

HEAD = 16
"""Bytes that are looked at."""
STARTS = {
    b"\xff\xd8\xff": ".jpg",
    b"\x89PNG\r\n\x1a\n": ".png",
    b"GIF8": ".gif",
    b"II*\0": ".tif",
    b"MM\0*": ".tif",
    b"II+\0": ".tif",
    b"MM\0+": ".tif",
}
SHORT_NAME, RESERVED = slice(8, 12), slice(6, 10)


def suffix_of(head: bytes) -> str:
    """The suffix that a file's name would have, by its first bytes; "" of what is no image that is read."""
    for start, suffix in STARTS.items():
        if head.startswith(start):
            return suffix
    if head.startswith(b"RIFF") and head[SHORT_NAME] == b"WEBP":
        return ".webp"
    if head[4:8] == b"ftyp" and head[SHORT_NAME] in (b"avif", b"avis"):
        return ".avif"
    return ".bmp" if head.startswith(b"BM") and head[RESERVED] == bytes(4) else ""
