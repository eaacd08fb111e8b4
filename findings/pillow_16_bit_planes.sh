#!/usr/bin/env bash
# Pillow 13.0.0: a TIFF of 16-bit colours in planes opens as RGB, and its pixels are garbled, without a word.
#
# Guess:  as with 16-bit colours side by side, Pillow keeps the high byte of each (or refuses the file).
# Found:  the file opens and loads as an RGB image of 8 bits, whose every plane holds the bytes of the file one after
#         the other, low and high in turn: the upper half of the picture, each of its rows as two, striped. The same
#         picture with its colours side by side comes out as its high bytes.
# Meets:  whoever trains on TIFFs of microscopes and scanners, which write a plane for each colour (tifffile too, of an
#         array (3, H, W)): the set trains, on stripes.
# Way out: read them with tifffile, and scale the 16 bits oneself.
#
# Installs the pinned packages in a temporary folder, runs them on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet pillow==13.0.0 tifffile==2026.3.3 numpy==2.4.6
cat >"$place/planes.py" <<'PY'
import sys

import numpy as np
import tifffile
from PIL import Image

ramp = (np.arange(8, dtype=np.uint16) * 8192 + 7).reshape(1, 8).repeat(4, 0)  # high bytes 0, 32, 64, …; low bytes 7
colours = np.stack([ramp] * 3)
tifffile.imwrite(f"{sys.argv[1]}/planes.tif", colours, photometric="rgb", planarconfig="separate")
tifffile.imwrite(f"{sys.argv[1]}/beside.tif", np.moveaxis(colours, 0, -1), photometric="rgb", planarconfig="contig")
for name in ("planes", "beside"):
    with Image.open(f"{sys.argv[1]}/{name}.tif") as image:
        print(f"{name}: {image.mode}, first rows of red {np.asarray(image)[:2, :, 0].tolist()}")
print(f"tifffile: {(tifffile.imread(f'{sys.argv[1]}/planes.tif') == colours).all()}")
PY
found=$("$place/venv/bin/python" "$place/planes.py" "$place")
expect() { grep -qFx -- "$1" <<<"$found" || { echo "changed: expected «$1», got: $found" >&2; exit 1; }; echo "as found: $1"; }

expect "planes: RGB, first rows of red [[7, 0, 7, 32, 7, 64, 7, 96], [7, 128, 7, 160, 7, 192, 7, 224]]"
expect "beside: RGB, first rows of red [[0, 32, 64, 96, 128, 160, 192, 224], [0, 32, 64, 96, 128, 160, 192, 224]]"
expect "tifffile: True"
