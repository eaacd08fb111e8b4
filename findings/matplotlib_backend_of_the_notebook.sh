#!/usr/bin/env bash
# matplotlib 3.11.2, ipykernel 7.4.0: a program of another environment that a notebook starts cannot import matplotlib.
#
# Guess:  a backend matters where pyplot opens a window; a program that a cell starts by ! knows nothing of the
#         notebook's, and one that draws by Figure alone needs none.
# Found:  the kernel sets MPLBACKEND=module://matplotlib_inline.backend_inline, what it starts inherits it, and where
#         matplotlib_inline is not installed, already `import matplotlib` raises ValueError.
# Meets:  whoever installs a tool that draws in an environment of its own (pipx, uv) and calls it from a notebook.
# Way out: the program takes MPLBACKEND out of its environment while it imports matplotlib.
#
# Installs the pinned packages in a temporary folder, runs them on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/notebook"
"$place/notebook/bin/pip" install --quiet ipykernel==7.4.0 nbclient nbformat
python3 -m venv "$place/tool"
"$place/tool/bin/pip" install --quiet matplotlib==3.11.2
cat >"$place/cell.py" <<'PY'
import sys

import nbclient
import nbformat

tool = sys.argv[1]
lines = [f'!{tool} -c "from matplotlib.figure import Figure" 2>&1 | tail -n 1 | cut -c -105']
lines.append(f'!env -u MPLBACKEND {tool} -c "from matplotlib.figure import Figure; print(1)"')
book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(line) for line in lines])
nbclient.NotebookClient(book, kernel_name="python3").execute()
for cell in book.cells:
    print("".join(output.text for output in cell.outputs).strip())
PY
found=$("$place/notebook/bin/python" "$place/cell.py" "$place/tool/bin/python" 2>/dev/null)
expected="ValueError: Key backend: 'module://matplotlib_inline.backend_inline' is not a valid value for backend; su
1"
echo "$found"
[ "$found" = "$expected" ] || { echo "this has changed" >&2; exit 1; }
