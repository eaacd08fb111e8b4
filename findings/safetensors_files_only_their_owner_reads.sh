#!/usr/bin/env bash
# safetensors 0.8.0: save_file makes files that nobody but their owner may read, whatever the umask says.
#
# Guess:  a new file has the permissions that open(…, "w") gives it, 0644 at a umask of 022, as those of numpy.save and
#         torch.save; a file that is there keeps its own.
# Found:  0600 always. A file of 0664 that is written again has 0600, and a symbolic link is replaced by a file.
# Meets:  whoever saves weights into a folder that others read: a group's cluster storage, a web server, a container
#         that runs as another user. "Permission denied" comes where the file is read, long after it was written.
# Way out: os.chmod after it, or path.write_bytes(safetensors.torch.save(tensors)), which keeps the usual permissions.
#
# Installs the pinned packages in a temporary folder, runs them on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet safetensors==0.8.0 numpy==2.4.6
cat >"$place/save.py" <<'PY'
import os

import numpy as np
from safetensors.numpy import save, save_file

os.umask(0o022)
tensors = {"weight": np.zeros(3)}


def told(name):
    print(name, oct(os.stat(name).st_mode & 0o777), "a link" if os.path.islink(name) else "a file")


np.save("by_numpy.npy", tensors["weight"])
told("by_numpy.npy")
save_file(tensors, "new.safetensors")
told("new.safetensors")
open("shared.safetensors", "w").close()
os.chmod("shared.safetensors", 0o664)
save_file(tensors, "shared.safetensors")
told("shared.safetensors")
os.symlink("elsewhere.safetensors", "link.safetensors")
save_file(tensors, "link.safetensors")
told("link.safetensors")
with open("bytes.safetensors", "wb") as file:
    file.write(save(tensors))
told("bytes.safetensors")
PY
expect() { grep -qF -- "$2" <<<"$1" || { echo "changed: expected «$2», got: $1" >&2; exit 1; }; echo "as found: $2"; }

out=$(cd "$place" && "$place/venv/bin/python" save.py)
expect "$out" "by_numpy.npy 0o644 a file"
expect "$out" "new.safetensors 0o600 a file"
expect "$out" "shared.safetensors 0o600 a file"
expect "$out" "link.safetensors 0o600 a file"
expect "$out" "bytes.safetensors 0o644 a file"
