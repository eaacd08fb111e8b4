#!/usr/bin/env bash
# Pillow 13.0.0: an integer pasted into a grey image of 16 bits (mode I;16) arrives as its low byte, twice.
#
# Guess:  image.paste(1000, box) sets the pixels of the box to 1000, as putpixel and Image.new do.
# Found:  they become 59624, which is 0xE8E8: 1000 is 0x03E8, and only the low byte counts. No error, no warning.
#         Values below 256 are wrong too (200 becomes 51400). Image.new, putpixel, and pasting another image of
#         mode I;16 are right.
# Meets:  whoever fills a rectangle, a frame or a mask in a medical or a depth image: it comes out bright, not dark.
# Way out: paste Image.new("I;16", size, value), or write into the numpy array.
#
# Installs the pinned package in a temporary folder, runs it on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet pillow==13.0.0
cat >"$place/paste.py" <<'PY'
from PIL import Image

for value in (1000, 200):
    image = Image.new("I;16", (4, 2), 4000)
    image.paste(value, (2, 0, 4, 2))
    print(f"pasted {value}: {image.getpixel((3, 1))}, beside it {image.getpixel((0, 0))}")
image = Image.new("I;16", (4, 2), 4000)
image.putpixel((3, 1), 1000)
print(f"put 1000: {image.getpixel((3, 1))}")
image.paste(Image.new("I;16", (2, 2), 1000), (2, 0))
print(f"pasted an image of 1000: {image.getpixel((3, 1))}")
PY
found=$("$place/venv/bin/python" "$place/paste.py")
expect() { grep -qFx -- "$1" <<<"$found" || { echo "changed: expected «$1», got: $found" >&2; exit 1; }; echo "as found: $1"; }

expect "pasted 1000: 59624, beside it 4000"
expect "pasted 200: 51400, beside it 4000"
expect "put 1000: 1000"
expect "pasted an image of 1000: 1000"
