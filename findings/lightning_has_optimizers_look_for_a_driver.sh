#!/usr/bin/env bash
# pytorch-lightning 2.6.6 with torch 2.14.1, on a machine without an NVIDIA driver: each optimizer step tries to load
# the driver's management library anew.
#
# Guess:  whether there is a GPU is found out once in a process; an optimizer's step on a processor does not ask.
# Found:  torch's optimizers call torch.cuda.is_available() at every step. By itself that costs about 1 µs. Importing
#         Lightning sets PYTORCH_NVML_BASED_CUDA_CHECK=1, by which torch counts GPUs through NVML; where that library is
#         missing nothing is remembered, so that it is looked for at every step: about 50 µs, as much as several
#         operations of a small network. The builds of torch that the package index gives by default are such builds.
# Meets:  whoever trains small networks on a processor under Lightning: two players, two steps a batch.
# Way out: where torch.cuda.is_available() is false after the import, remove that variable from os.environ.
#
# Installs the pinned packages in a temporary folder, runs them on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet pytorch-lightning==2.6.6 torch==2.14.1
cat >"$place/steps.py" <<'PY'
import ctypes
import os
import sys

import torch

if torch.cuda.is_available():
    sys.exit("has a GPU: nothing to see")
if "lightning" in sys.argv:
    import pytorch_lightning
if "removed" in sys.argv:
    del os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"]
weight = torch.nn.Parameter(torch.ones(2))
weight.grad = torch.ones(2)
optimizer = torch.optim.Adam([weight])
optimizer.step()
looked, load = [], ctypes.CDLL.__init__


def counted(self, *names, **rest):
    looked.append(names)
    load(self, *names, **rest)


ctypes.CDLL.__init__ = counted
for _ in range(10):
    optimizer.step()
print(f"{' '.join(sys.argv[1:])}: libraries looked for in 10 steps: {len(looked)}")
PY
run() { "$place/venv/bin/python" "$place/steps.py" "$@" 2>/dev/null || true; }
expect() { grep -qF -- "$2" <<<"$1" || { echo "changed: expected «$2», got: $1" >&2; exit 1; }; echo "as found: $2"; }

expect "$(run torch)" "torch: libraries looked for in 10 steps: 0"
expect "$(run lightning)" "lightning: libraries looked for in 10 steps: 10"
expect "$(run lightning removed)" "lightning removed: libraries looked for in 10 steps: 0"
