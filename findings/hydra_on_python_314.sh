#!/usr/bin/env bash
# hydra-core 1.3.8 (omegaconf 2.3.1) on Python 3.14: no application of hydra.main starts.
#
# Guess:  a release for Python >= 3.8, newer than Python 3.14, starts an application there.
# Found:  every start ends in "ValueError: badly formed help string", whatever the command line, --help included.
#         Python 3.14's argparse looks into the help of a flag when it is added; Hydra's of --shell-completion is an
#         object that becomes a text when it is printed. Nothing in the wheel's metadata keeps it from being installed.
# Meets:  whoever offers a Hydra application for Python 3.14.
# Way out: a parser whose _check_help does nothing, in the place of hydra._internal.utils.argparse.ArgumentParser.
#
# Needs python3.14 (or PYTHON=…). Installs the pinned packages in a temporary folder, runs them on valid input, fails if
# the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3.14}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet hydra-core==1.3.8 omegaconf==2.3.1
echo "number: 1" >"$place/config.yaml"
cat >"$place/app.py" <<'PY'
import hydra


@hydra.main(version_base="1.3", config_path=".", config_name="config")
def app(config):
    print("number:", config.number)


app()
PY
cat >"$place/mend.py" <<'PY'
import argparse
from types import SimpleNamespace

from hydra._internal import utils


class Parser(argparse.ArgumentParser):
    def _check_help(self, action):
        pass


utils.argparse = SimpleNamespace(ArgumentParser=Parser, Namespace=argparse.Namespace)
PY
cat "$place/mend.py" "$place/app.py" >"$place/mended.py"
run() { (cd "$place" && "$place/venv/bin/python" "$@" hydra.run.dir=. hydra.output_subdir=null 2>&1) || true; }
expect() { grep -qF -- "$2" <<<"$1" || { echo "changed: expected «$2», got: $1" >&2; exit 1; }; echo "as found: $2"; }

expect "$(run app.py number=2)" "ValueError: badly formed help string"
expect "$(run mended.py number=2)" "number: 2"
