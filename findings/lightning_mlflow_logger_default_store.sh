#!/usr/bin/env bash
# pytorch-lightning 2.6.6 with mlflow-skinny 3.17.2: MLFlowLogger as its documentation shows it cannot be made.
#
# Guess:  MLFlowLogger() keeps a run in ./mlruns, as its documentation says, at most with a warning that plain files are
#         an old way; and `tracking_uri="file:./ml-runs"` of its first example works.
# Found:  both raise MlflowException in the constructor: MLflow has put "the filesystem tracking backend in maintenance
#         mode", and makes it an error to open one. With a database it works, but what is logged beside figures then goes
#         to ./mlruns of the current folder, for save_dir "has no effect if tracking_uri is provided".
# Meets:  whoever adds MLFlowLogger() to a Trainer, or updates MLflow below a project that has it.
# Way out: tracking_uri="sqlite:///mlflow.db" (mlflow-skinny needs sqlalchemy and alembic for it) and artifact_location;
#         or MLFLOW_ALLOW_FILE_STORE=true.
#
# Installs the pinned packages in a temporary folder, runs them on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet pytorch-lightning==2.6.6 torch==2.14.1 mlflow-skinny==3.17.2 sqlalchemy==2.1.9 \
  alembic==1.20.1
cat >"$place/log.py" <<'PY'
import os
import pathlib

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
from pytorch_lightning.loggers import MLFlowLogger

for name, settings in {
    "default": {},
    "documented": {"experiment_name": "lightning_logs", "tracking_uri": "file:./ml-runs"},
    "database": {"tracking_uri": "sqlite:///mlflow.db", "save_dir": "kept"},
}.items():
    try:
        logger = MLFlowLogger(**settings)
        logger.log_metrics({"loss": 1.0}, 1)
        logger.experiment.log_text(logger.run_id, "a note", "note.txt")
        found = "in " + ", ".join(str(path.parts[0]) for path in pathlib.Path().rglob("note.txt"))
    except Exception as error:
        found = f"{type(error).__name__}, maintenance mode: {'maintenance mode' in str(error)}"
    print(f"{name}: {found}")
PY
found=$(cd "$place" && mkdir here && cd here && "$place/venv/bin/python" -W ignore "$place/log.py" 2>/dev/null)
echo "$found"
expect() { grep -qF -- "$1" <<<"$found" || { echo "changed: expected «$1»" >&2; exit 1; }; echo "as found: $1"; }

expect "default: MlflowException, maintenance mode: True"
expect "documented: MlflowException, maintenance mode: True"
expect "database: in mlruns"
