#!/usr/bin/env bash
# torch 2.14.1: a first step of fused SGD that a gradient scaler leaves out sets momentum to whatever lay in memory.
#
# Guess:  a step with found_inf=1 leaves weights and state as they were: momentum begins as 0, or with the next gradient.
# Found:  fused SGD claims its momentum with empty_like, counts on its first step to fill it, and leaves out that step
#         too. The next one reads what was there: 0.5 × whatever + gradient. Weights move by other programs' numbers.
# Meets:  optimizer=sgd with momentum in 16-mixed, whose first update overflows often, as the scale begins at 65,536.
# Way out: where momentum is not there yet, look at the gradients on the host and do not call step() at all.
#
# Installs the pinned package in a temporary folder, runs it on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet torch==2.14.1 numpy
cat >"$place/first.py" <<'PY'
import torch

SIZE = 100_000
weight = torch.nn.Parameter(torch.ones(SIZE))
optimizer = torch.optim.SGD([weight], lr=0.1, momentum=0.5, fused=True)
scaler = torch.amp.GradScaler("cpu")
scaler.scale(weight.sum())
for gradient in (float("inf"), 1.0):
    left = [torch.full((SIZE,), 7.0) for _ in range(20)]  # what lies in memory
    del left
    weight.grad = torch.full((SIZE,), gradient)
    scaler.unscale_(optimizer)
    if gradient == 1.0:
        weight.grad.fill_(1.0)
    scaler.step(optimizer)
    scaler.update()
momentum = optimizer.state[weight]["momentum_buffer"]
print("momentum after the first applied gradient, which is 1:", momentum[:3].tolist())
raise SystemExit(0 if not torch.all((momentum == 1.0) | (momentum == 0.5)) else 1)
PY
"$place/venv/bin/python" "$place/first.py" || { echo "behaves otherwise now" >&2; exit 1; }
