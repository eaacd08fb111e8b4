#!/usr/bin/env bash
# vendi-score 0.0.3: score_X takes an order q, and gives the score of order 1 whatever q is.
#
# Guess:  vendi.score_X(X, q=2) is the Vendi score of order 2, as vendi.score and vendi.score_dual give it.
# Found:  it is the one of order 1. On 80 samples that are nearly equal and 20 that are not, score_X gives 1.96 for each
#         of q = 0.5, 1, 2 and inf; score_dual, of the same features, gives 2.93, 1.96, 1.43 and 1.20.
# Meets:  whoever reports several orders, a small one for rare modes and inf for the commonest: the figures agree, which
#         reads as if the order did not matter.
# Way out: score_dual, or score_K of normalized features @ their transpose.
#
# Installs the pinned packages in a temporary folder, runs them on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet vendi-score==0.0.3 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
cat >"$place/orders.py" <<'PY'
import numpy as np
from vendi_score import vendi

features = np.random.default_rng(0).normal(size=(100, 5))
features[:80] = 1 + features[:80] / 100
unit = features / np.linalg.norm(features, axis=1, keepdims=True)
for q in (0.5, 1, 2, "inf"):
    by_features, dual = vendi.score_X(features, q=q), vendi.score_dual(features, q=q)
    print(f"q={q}: score_X {by_features:.2f}, score_dual {dual:.2f}, score_K {vendi.score_K(unit @ unit.T, q=q):.2f}")
PY
found=$("$place/venv/bin/python" -W ignore "$place/orders.py")
expect() { grep -qFx -- "$1" <<<"$found" || { echo "changed: expected «$1», got: $found" >&2; exit 1; }; echo "as found: $1"; }

expect "q=0.5: score_X 1.96, score_dual 2.93, score_K 2.93"
expect "q=1: score_X 1.96, score_dual 1.96, score_K 1.96"
expect "q=2: score_X 1.96, score_dual 1.43, score_K 1.43"
expect "q=inf: score_X 1.96, score_dual 1.20, score_K 1.20"
