#!/usr/bin/env bash
# Pillow 13.0.0: an uncompressed TIFF that is to be turned by a quarter, grey or with opacity, comes out garbled, and
# nothing is said.
#
# Guess:  as in plain colour, or packed, the image is turned as its orientation (5 to 8) says when it is loaded.
# Found:  the file is mapped into memory as if its rows were as long as its columns, and that is turned: an image 6 wide
#         and 9 high, which is to be shown 9 wide and 6 high, is 6 wide and 9 high, of rows in disorder.
#         Of 16 bits, with a palette and in CMYK too. The size that it tells before it is loaded is that of the turned
#         image.
# Meets:  whoever trains on grey scans that were turned by a tag.
# Way out: hand Image.open a file that is open, not a path: then nothing is mapped.
#
# Installs the pinned packages in a temporary folder, runs them on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet pillow==13.0.0 numpy==2.4.6
cat >"$place/turned.py" <<'PY'
import sys

import numpy as np
from PIL import Image

turned = Image.Exif()
turned[0x0112] = 6  # to be shown turned by a quarter, clockwise
stored = np.arange(54, dtype=np.uint8).reshape(9, 6)
kinds = {"grey": (stored, {}), "packed": (stored, {"compression": "tiff_lzw"}), "colour": (np.stack([stored] * 3, -1), {}),
         "opacity": (np.stack([stored] * 4, -1), {})}
for kind, (pixels, options) in kinds.items():
    Image.fromarray(pixels).save(f"{sys.argv[1]}/{kind}.tif", exif=turned, **options)
    with Image.open(f"{sys.argv[1]}/{kind}.tif") as image:
        told, found = image.size, np.asarray(image)
    with open(f"{sys.argv[1]}/{kind}.tif", "rb") as file, Image.open(file) as image:
        by_file = np.array_equal(np.asarray(image), np.rot90(pixels, -1))
    as_shown, in_disorder = np.rot90(pixels, -1), np.rot90(pixels.reshape(6, 9, *pixels.shape[2:]), -1)
    what = "as shown" if np.array_equal(found, as_shown) else "in disorder" if np.array_equal(found, in_disorder) else "?"
    print(f"{kind}: told {told[0]} wide, loaded {found.shape[1]} wide, {what}; from an open file {'as shown' if by_file else '?'}")
PY
found=$("$place/venv/bin/python" "$place/turned.py" "$place")
expect() { grep -qFx -- "$1" <<<"$found" || { echo "changed: expected «$1», got: $found" >&2; exit 1; }; echo "as found: $1"; }

expect "grey: told 9 wide, loaded 6 wide, in disorder; from an open file as shown"
expect "packed: told 9 wide, loaded 9 wide, as shown; from an open file as shown"
expect "colour: told 9 wide, loaded 9 wide, as shown; from an open file as shown"
expect "opacity: told 9 wide, loaded 6 wide, in disorder; from an open file as shown"
