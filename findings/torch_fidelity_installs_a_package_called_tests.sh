#!/usr/bin/env bash
# torch-fidelity 0.4.0: beside itself it installs a package called `tests`, which hides a project's own folder tests/.
#
# Guess:  a library for figures puts `torch_fidelity` on the path and nothing else; what lies in the folder where one
#         works comes first anyway.
# Found:  its wheel has a top-level package `tests` with an __init__.py. A folder tests/ without one is a namespace, and
#         a package anywhere on the path is taken before it, even from the project's own folder: `import tests.mine`
#         raises ModuleNotFoundError as soon as torch-fidelity is installed.
# Meets:  whoever installs it to compare figures, and has tests without __init__.py whose parts import or pickle one
#         another by name (pytest's importlib mode, processes started by spawn).
# Way out: an environment of its own for torch-fidelity, or an __init__.py in tests/.
#
# Installs the pinned package in a temporary folder, runs it on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/env"
mkdir -p "$place/project/tests"
echo 'print("mine")' >"$place/project/tests/mine.py"
cd "$place/project"
before=$("$place/env/bin/python" -c 'import tests.mine')
"$place/env/bin/pip" install --quiet --no-deps torch-fidelity==0.4.0
after=$("$place/env/bin/python" -c 'import tests.mine' 2>&1 | tail -n 1 || true)
touch tests/__init__.py
mended=$("$place/env/bin/python" -c 'import tests.mine')
found="$before | $after | $mended"
echo "$found"
[ "$found" = "mine | ModuleNotFoundError: No module named 'tests.mine' | mine" ] || { echo "this has changed" >&2; exit 1; }
