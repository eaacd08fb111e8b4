#!/usr/bin/env bash
# hydra-core 1.3.8 (omegaconf 2.3.1): a key whose value is null cannot be deleted from the command line.
#
# Guess:  ~key removes a key of the composed configuration, whatever its value; ~key=null removes it where it is null.
# Found:  where the value is null, both are refused: "Could not delete from config. 'key' does not exist."
#         The key is there: --cfg job prints it, and it can be overridden without a +.
# Meets:  whoever leaves optional keys at null (resume, warmup, an optional callback) and wants a configuration without
#         them, say for a class of their own that does not take the argument.
# Way out: put the keys that not everybody takes into an option of a group, and choose another option.
#
# Installs the pinned packages in a temporary folder, runs them on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet hydra-core==1.3.8 omegaconf==2.3.1
cat >"$place/config.yaml" <<'YAML'
optional: null
number: 1
YAML
cat >"$place/app.py" <<'PY'
import hydra
from omegaconf import OmegaConf


@hydra.main(version_base="1.3", config_path=".", config_name="config")
def app(config):
    print("left:", sorted(OmegaConf.to_container(config)))


app()
PY
run() { (cd "$place" && "$place/venv/bin/python" app.py hydra.run.dir=. hydra.output_subdir=null "$@" 2>&1) || true; }
expect() { grep -qF -- "$2" <<<"$1" || { echo "changed: expected «$2», got: $1" >&2; exit 1; }; echo "as found: $2"; }

expect "$(run '~number')" "left: ['optional']"
expect "$(run optional=2)" "left: ['number', 'optional']"
expect "$(run '~optional')" "Could not delete from config. 'optional' does not exist."
expect "$(run '~optional=null')" "Could not delete from config."
