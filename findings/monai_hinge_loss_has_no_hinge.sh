#!/usr/bin/env bash
# monai 1.6.1: PatchAdversarialLoss(criterion="hinge") has neither the margin nor the slope of the hinge loss.
#
# Guess:  "hinge" is mean(max(0, 1 - D(x))) and mean(max(0, 1 + D(G(z)))), -mean(D(G(z))) for the generator; and
#         "least_squares" is mean((D - 1)²) and mean(D²), all of the discriminator's output as it is.
# Found:  the output goes through tanh first, so that 1 - tanh(D) is left: never 0, and where the discriminator is far
#         off its gradient is gone. At D(x) = -3 the loss is 1.995 in place of 4, its slope -0.01 in place of -1; the
#         generator's slope there is -0.01 too, where the hinge loss has -1. Least squares go through a leaky ReLU of
#         0.05: a fake of -3 costs 0.02 in place of 9. The documentation says that there is an activation, not which.
#         Cross-entropy is as guessed.
# Meets:  whoever takes "hinge" of a paper's recipe together with a learning rate and weights of losses.
# Way out: write the hinge out; no_activation_leastsq=True for least squares. The hinge has no such switch.
#
# Installs the pinned packages in a temporary folder, runs them on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet monai==1.6.1 torch==2.14.1 numpy==2.4.6
cat >"$place/loss.py" <<'PY'
import torch
from monai.losses import PatchAdversarialLoss

SIDES = {"real": (True, True), "fake": (False, True), "generator": (True, False)}
for criterion in ("hinge", "least_squares", "bce"):
    told = []
    for side, (target, judge) in SIDES.items():
        output = torch.full((1, 1, 4, 4), -3.0, requires_grad=True)
        loss = PatchAdversarialLoss(criterion=criterion)(output, target_is_real=target, for_discriminator=judge)
        slope = torch.autograd.grad(loss, output)[0].sum()
        told.append(f"{side} {loss.item():.3f} slope {slope.item():.3f}")
    print(f"{criterion} at -3:", ", ".join(told))
PY
found=$("$place/venv/bin/python" -W ignore "$place/loss.py" 2>/dev/null)
expect() { grep -qFx -- "$1" <<<"$found" || { echo "changed: expected «$1», got: $found" >&2; exit 1; }; echo "as found: $1"; }

expect "hinge at -3: real 1.995 slope -0.010, fake 0.005 slope 0.010, generator 1.995 slope -0.010"
expect "least_squares at -3: real 1.323 slope -0.115, fake 0.023 slope -0.015, generator 1.323 slope -0.115"
expect "bce at -3: real 3.049 slope -0.953, fake 0.049 slope 0.047, generator 3.049 slope -0.953"
