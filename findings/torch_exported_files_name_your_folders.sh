#!/usr/bin/env bash
# torch 2.14.1 (onnx 1.23.2, onnxscript 0.7.2): a network that is exported, as ONNX or by torch.export.save, takes the
# folders of its author's machine along.
#
# Guess:  the file holds the network: operations, weights, names of inputs.
# Found:  each operation has the lines of Python behind it, with the absolute path of every file on the way: in the .onnx
#         as metadata "pkg.torch.onnx.stack_trace" of the nodes, in the .pt2 as "stack_trace" in models/model.json. A
#         home folder tells who exported it, and the source line beside it tells the code.
# Meets:  whoever publishes a file that they trained at home, or in a company: "/home/<name>/<project>/net.py".
# Way out: torch.export first, drop node.meta["stack_trace"] of every node of every graph module in it, then
#         torch.export.save it or hand it to torch.onnx.export; or clear the metadata of the ONNX nodes.
#
# Installs the pinned packages in a temporary folder, runs them on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet torch==2.14.1 onnx==1.23.2 onnxscript==0.7.2 numpy==2.4.6
mkdir -p "$place/home/quijano"
cat >"$place/home/quijano/net.py" <<'PY'
import sys
import zipfile

import torch
from torch import nn
from torch.fx import GraphModule


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(4, 8), nn.Linear(8, 3)

    def forward(self, latent):
        return torch.tanh(self.last(self.first(latent).relu()))


def told(name):
    content = open(name, "rb").read()
    if name.endswith(".pt2"):
        with zipfile.ZipFile(name) as file:
            content = b"".join(map(file.read, file.namelist()))
    return "names the home folder" if b"/home/quijano/net.py" in content else "names no folder"


program = torch.export.export(Net().eval(), (torch.randn(2, 4),))
torch.export.save(program, "net.pt2")
torch.onnx.export(Net().eval(), (torch.randn(2, 4),), "net.onnx", external_data=False, verbose=False)
for name in ("net.pt2", "net.onnx"):
    print(name, told(name))
for module in program.graph_module.modules():
    for node in module.graph.nodes if isinstance(module, GraphModule) else ():
        node.meta.pop("stack_trace", None)
torch.export.save(program, "bare.pt2")
torch.onnx.export(program, None, "bare.onnx", external_data=False, verbose=False)
for name in ("bare.pt2", "bare.onnx"):
    print(name, told(name))
PY
expect() { grep -qF -- "$2" <<<"$1" || { echo "changed: expected «$2», got: $1" >&2; exit 1; }; echo "as found: $2"; }

out=$(cd "$place/home/quijano" && "$place/venv/bin/python" "$place/home/quijano/net.py" 2>/dev/null)
expect "$out" "net.pt2 names the home folder"
expect "$out" "net.onnx names the home folder"
expect "$out" "bare.pt2 names no folder"
expect "$out" "bare.onnx names no folder"
