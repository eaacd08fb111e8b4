#!/usr/bin/env bash
# torch 2.14.1, on a processor: of one seed, the last latent of a small batch is not the one of a larger batch.
#
# Guess:  numbers of a seed come one after the other, so that the first n latents are the same however many are drawn:
#         randn(1, 100) is the first row of randn(64, 100), as it is with torch.rand and with numpy.
# Found:  16 of its 100 numbers differ. randn fills blocks of 16, and where the count of numbers is no multiple of 16
#         the last 16 are others. Of 10 latents the last is another one, of 16 or 64 latents none. Below 16 numbers in
#         all nothing fits: four latents of two numbers are four others. Two calls of 5 are not one call of 10: the
#         second call gives none of the same rows.
# Meets:  whoever finds image 24 of 25 by a seed and draws it again in a batch of 64; a demo that draws one latent;
#         a test that compares batch sizes. Widths of 128 and 512 never show it, DCGAN's 100 does.
# Way out: draw a multiple of 16 latents and cut the batch, or give each sample a generator of its own.
#
# Installs the pinned package in a temporary folder, runs it on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet torch==2.14.1 numpy==2.4.6
cat >"$place/draw.py" <<'PY'
import numpy as np
import torch


def drawn(*counts, size=100, draw=torch.randn):
    torch.manual_seed(0)
    return torch.cat([draw(count, size) for count in counts])


def unlike(few, many):
    return (few != many[: len(few)]).sum(1).tolist()


many = drawn(64)
print("1 of 64:", unlike(drawn(1), many))
print("10 of 64:", unlike(drawn(10), many))
print("16 of 64:", sum(unlike(drawn(16), many)))
print("1 of 64, of 128 numbers:", unlike(drawn(1, size=128), drawn(64, size=128)))
print("1 of 64, uniform:", unlike(drawn(1, draw=torch.rand), drawn(64, draw=torch.rand)))
print("4 of 64, of 2 numbers:", unlike(drawn(4, size=2), drawn(64, size=2)))
print("rows of 5 and 5 that are among 10:", (drawn(5, 5) == drawn(10)).all(1).tolist().count(True))
first, all_64 = (np.random.default_rng(0).standard_normal((count, 100)) for count in (1, 64))
print("1 of 64, numpy:", (first[0] != all_64[0]).sum())
PY
found=$("$place/venv/bin/python" "$place/draw.py")
expect() { grep -qFx -- "$1" <<<"$found" || { echo "changed: expected «$1», got: $found" >&2; exit 1; }; echo "as found: $1"; }

expect "1 of 64: [16]"
expect "10 of 64: [0, 0, 0, 0, 0, 0, 0, 0, 0, 16]"
expect "16 of 64: 0"
expect "1 of 64, of 128 numbers: [0]"
expect "1 of 64, uniform: [0]"
expect "4 of 64, of 2 numbers: [2, 2, 2, 2]"
expect "rows of 5 and 5 that are among 10: 4"
expect "1 of 64, numpy: 0"
