#!/usr/bin/env bash
# thop 0.1.1.post2209072238, torchinfo 1.8.0: a generator has four times its operations, a discriminator none.
#
# Guess:  tools that count multiplications agree on a transposed convolution, as they do on a convolution, and a layer
#         under spectral norm multiplies as often as without it (the norm itself may be left out).
# Found:  both count a transposed convolution of stride 2 as if each pixel of the output took the whole kernel, four
#         times too many (fvcore, ptflops and torch's FlopCounterMode count right). Under torch's parametrizations
#         (spectral_norm, weight_norm) both count 0, thop 0 parameters too: they look for the very class Conv2d. ptflops
#         0.7.5 leaves these layers out as well. No tool says so. The older torch.nn.utils.spectral_norm is counted.
# Meets:  tables of generators by cost: one that upsamples and convolves looks cheaper than DCGAN's at the same cost.
# Way out: torch.utils.flop_counter.FlopCounterMode, which counts what is run (two operations a multiplication).
#
# Installs the pinned packages in a temporary folder, runs them on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet torch==2.14.1 numpy==2.4.6 thop==0.1.1.post2209072238 torchinfo==1.8.0 \
  ptflops==0.7.5
cat >"$place/count.py" <<'PY'
import ptflops
import thop
import torch
import torchinfo
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

norm = nn.utils.parametrizations.spectral_norm
LAYERS = {
    "transposed": (nn.ConvTranspose2d(16, 32, 4, 2, 1, bias=False), 8 * 8 * 16 * 32 * 16),  # pixels that go in
    "plain": (nn.Conv2d(16, 32, 3, bias=False), 6 * 6 * 32 * 16 * 9),  # pixels that come out
    "normed": (norm(nn.Conv2d(16, 32, 3, bias=False)), 6 * 6 * 32 * 16 * 9),
}
image = torch.randn(1, 16, 8, 8)
for name, (layer, exact) in LAYERS.items():
    layer.eval()  # so that the norm makes no power iteration
    with FlopCounterMode(display=False) as counter:
        layer(image)
    quiet = {"as_strings": False, "print_per_layer_stat": False, "verbose": False}
    counts = {
        "torch": counter.get_total_flops() / 2,
        "torchinfo": torchinfo.summary(layer, input_data=image, verbose=0).total_mult_adds,
        "ptflops": ptflops.get_model_complexity_info(layer, (16, 8, 8), backend="pytorch", **quiet)[0],
        "thop": thop.profile(layer, (image,), verbose=False)[0],
    }
    print(f"{name}:", ", ".join(f"{tool} {count / exact:.2f}" for tool, count in counts.items()))
PY
found=$("$place/venv/bin/python" -W ignore "$place/count.py" 2>/dev/null)
expect() { grep -qFx -- "$1" <<<"$found" || { echo "changed: expected «$1», got: $found" >&2; exit 1; }; echo "as found: $1"; }

expect "transposed: torch 1.00, torchinfo 4.00, ptflops 1.00, thop 4.00"
expect "plain: torch 1.00, torchinfo 1.00, ptflops 1.00, thop 1.00"
expect "normed: torch 1.00, torchinfo 0.00, ptflops 0.00, thop 0.00"
