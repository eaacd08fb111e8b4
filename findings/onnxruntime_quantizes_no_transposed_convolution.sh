#!/usr/bin/env bash
# onnxruntime 1.32.0 (onnx 1.23.2): quantize_dynamic leaves the generator of a DCGAN as it is, and says nothing.
#
# Guess:  weights of 8 bits make the file about a quarter as large, as with convolutions and matrix products; or it says
#         which layers it cannot do.
# Found:  a ConvTranspose keeps its 32-bit weights, with QInt8 and QUInt8. A generator of nothing else comes out as
#         large as it went in, with the same outputs, and the call returns as if it had done its work.
# Meets:  whoever makes a generator small for a web page or a phone: DCGAN's layers are all of this kind.
# Way out: a generator that upsamples and convolves; or an export in half precision.
#
# Installs the pinned packages in a temporary folder, runs them on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat >"$place/quantize.py" <<'PY'
import logging
import os
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

logging.disable(logging.CRITICAL)
os.chdir(sys.argv[1])
draw = np.random.default_rng(0).standard_normal
SHAPES = {"ConvTranspose": (64, 64, 4, 4), "Conv": (64, 64, 4, 4), "MatMul": (256, 256)}
latent = draw((1, 64, 16, 16), dtype=np.float32)


def saved(kind):
    """One layer, with weights of 32 bits."""
    size = (1, 64, 16, 16) if kind != "MatMul" else (64, 256)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (("x", size), ("y", None))]
    keys = {} if kind == "MatMul" else {"strides": [2, 2], "pads": [1, 1, 1, 1]}
    weight = numpy_helper.from_array(0.02 * draw(SHAPES[kind], dtype=np.float32), "w")
    node = helper.make_node(kind, ["x", "w"], ["y"], **keys)
    graph = helper.make_graph([node], "layer", ends[:1], ends[1:], [weight])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.save(model, f"{kind}.onnx")
    return latent.reshape(size)


def run(name, image):
    return onnxruntime.InferenceSession(name, providers=["CPUExecutionProvider"]).run(None, {"x": image})[0]


for kind in SHAPES:
    image = saved(kind)
    quantize_dynamic(f"{kind}.onnx", "small.onnx", weight_type=QuantType.QUInt8)
    share = os.path.getsize("small.onnx") / os.path.getsize(f"{kind}.onnx")
    same = np.array_equal(run(f"{kind}.onnx", image), run("small.onnx", image))
    print(f"{kind}: {share:.2f} of the size, outputs {'equal' if same else 'near'}")
PY
found=$("$place/venv/bin/python" "$place/quantize.py" "$place" 2>/dev/null)
expect() { grep -qFx -- "$1" <<<"$found" || { echo "changed: expected «$1», got: $found" >&2; exit 1; }; echo "as found: $1"; }

expect "ConvTranspose: 1.00 of the size, outputs equal"
expect "Conv: 0.25 of the size, outputs near"
expect "MatMul: 0.25 of the size, outputs near"
