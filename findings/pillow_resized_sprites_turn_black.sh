#!/usr/bin/env bash
# Pillow 13.0.0: the white behind a transparent sprite turns black where it is resized, and stays white where it is not.
#
# Guess:  an RGBA image that is resized and then converted to RGB looks as one that is converted and then resized, but
#         for blended edges: where it is transparent colours are kept, as convert and NEAREST keep them.
# Found:  every filter but NEAREST weighs colours by opacity; where opacity is 0 nothing is left, and the colour becomes
#         black. reduce() and thumbnail() do so too. An image that has the size already comes back untouched. So in one
#         folder backgrounds are white or black by the size that a file had.
# Meets:  whoever trains on sprites, icons or logos by transforms.Resize and then .convert("RGB"): a generator learns
#         two backgrounds.
# Way out: Image.alpha_composite onto a background of one's own first, and resize then.
#
# Installs the pinned package in a temporary folder, runs it on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet pillow==13.0.0
cat >"$place/sprite.py" <<'PY'
from PIL import Image

sprite = Image.new("RGBA", (40, 40), (255, 255, 255, 0))
sprite.paste((200, 50, 50, 255), (10, 10, 30, 30))
small = sprite.copy()
small.thumbnail((20, 20))


def corner(image):
    return image.convert("RGB").getpixel((0, 0))[0]


print("converted, resized:", corner(sprite.convert("RGB").resize((20, 20))))
for name in ("NEAREST", "BOX", "BILINEAR", "BICUBIC", "LANCZOS"):
    print(f"{name}: resized, converted: {corner(sprite.resize((20, 20), Image.Resampling[name]))}")
print(f"thumbnail: {corner(small)}, reduce: {corner(sprite.reduce(2))}")
print(f"of that size already: {corner(sprite.resize((40, 40), Image.Resampling.BICUBIC))}")
PY
found=$("$place/venv/bin/python" "$place/sprite.py")
expect() { grep -qFx -- "$1" <<<"$found" || { echo "changed: expected «$1», got: $found" >&2; exit 1; }; echo "as found: $1"; }

expect "converted, resized: 255"
expect "NEAREST: resized, converted: 255"
for name in BOX BILINEAR BICUBIC LANCZOS; do expect "$name: resized, converted: 0"; done
expect "thumbnail: 0, reduce: 0"
expect "of that size already: 255"
