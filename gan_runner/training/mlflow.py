"""A run in MLflow: in a database below outputs/, or on a server."""

from __future__ import annotations

import logging
import os
import re
import socket
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from PIL import Image
from pytorch_lightning.loggers.logger import Logger
from pytorch_lightning.utilities import rank_zero_only

from gan_runner.config.errors import ConfigError
from gan_runner.files import expanded, read_json, write_json
from gan_runner.runs.folder import RunFolder
from gan_runner.training.launch import rank
from gan_runner.training.tracking import how_ended, refuse_without, sweep_of
from gan_runner.types import PathString

if TYPE_CHECKING:
    from mlflow import MlflowClient

log = logging.getLogger(__name__)

STATUS = {"finished": "FINISHED", "stopped": "KILLED", "failed": "FAILED"}
"""How a run ended -> what MLflow calls it."""
AT_ONCE, LONGEST = 100, 500
"""Parameters that it takes together, and characters of one."""
PATIENCE = 5
"""Seconds in which a server has to answer."""


class MLflow(Logger):
    """Figures, settings and pictures of a run by the names they have in metrics.csv.

    tracking_uri: null keeps all runs of `outputs` in <outputs>/mlflow.db and their pictures in <outputs>/mlflow, or
    goes by MLFLOW_TRACKING_URI. experiment_name: what runs are kept together in; run_name: null takes the folder's.
    Which run of MLflow it is lies in <folder>/mlflow.json, by which a resumed run goes on with it.

    (Lightning's own opens its store on every rank and before a run is known to begin, by default in plain files, which
    MLflow 3 refuses; it changes names, and fails where a resumed run has other settings.)
    """

    def __init__(
        self,
        folder: PathString,
        outputs: PathString,
        tracking_uri: str | None = None,
        experiment_name: str = "gan_runner",
        run_name: str | None = None,
    ) -> None:
        super().__init__()
        self.run, self.outputs = RunFolder(Path(folder)), expanded(outputs).absolute()
        self.tracking_uri = tracking_uri or os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{self._database}"
        self.experiment_name, self.run_name = experiment_name, run_name or self.run.called
        self._run_id: str | None = None
        self._client: MlflowClient | None = None
        self._failed = False
        refuse_without("mlflow", *(("sqlalchemy", "alembic") if self._is_local else ()))  # mlflow-skinny has neither
        _refuse(self.tracking_uri)

    @property
    def _database(self) -> Path:
        return self.outputs / "mlflow.db"

    @property
    def name(self) -> str:
        return self.experiment_name

    @property
    def version(self) -> str | None:
        return self._run_id

    @property
    def client(self) -> MlflowClient:
        """MLflow's own, once the run has begun in it."""
        if self._client is None:
            self._client = self._begin()
        return self._client

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """Settings as parameters, which cannot change: those that a resumed run has others of become tags."""
        from mlflow.entities import Param, RunTag

        given = vars(params) if isinstance(params, Namespace) else params
        told = {key: str(value)[:LONGEST] for key, value in given.items()}
        known = self.client.get_run(self._begun).data.params
        fresh = [Param(key, value) for key, value in told.items() if key not in known]
        changed = [RunTag(key, value) for key, value in told.items() if known.get(key, value) != value]
        for start in range(0, len(fresh), AT_ONCE):
            self.client.log_batch(self._begun, params=fresh[start : start + AT_ONCE])
        self.client.log_batch(self._begun, tags=changed)

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Figures of one batch. A store that does not answer ends no run: it is told of, the first time."""
        from mlflow.entities import Metric
        from mlflow.exceptions import MlflowException

        now = int(time.time() * 1000)
        told = [Metric(accepted(name), float(value), now, step or 0) for name, value in metrics.items()]
        try:
            self.client.log_batch(self._begun, metrics=told)
        except MlflowException as error:
            self._lose(f"figures of batch {step}", error)

    @rank_zero_only
    def show_picture(self, tag: str, path: Path, step: int) -> None:
        """A picture of the run's folder, by the batches it was drawn after."""
        from mlflow.exceptions import MlflowException

        try:
            with Image.open(path) as picture:
                self.client.log_image(self._begun, picture, key=accepted(tag), step=step, synchronous=True)
        except MlflowException as error:
            self._lose(f"{path.name}", error)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        if self._client is not None:
            self._client.set_terminated(self._begun, STATUS[how_ended(status)])

    @property
    def _begun(self) -> str:
        assert self._run_id is not None  # a client has begun the run
        return self._run_id

    def _lose(self, what: str, error: Exception) -> None:
        if not self._failed:
            log.warning("mlflow did not take %s (%s): metrics.csv and samples/ have all", what, _line(error))
        self._failed = True

    def _begin(self) -> MlflowClient:
        """Go on with the run of this folder, or begin one. Raises ConfigError where no store answers."""
        if self._is_local:
            os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # or it tells its makers of its use
            self.outputs.mkdir(parents=True, exist_ok=True)
        logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)  # of tables that it makes
        from mlflow import MlflowClient

        try:
            with alone(self.tracking_uri) if self._is_local and os.name == "posix" else nullcontext():
                client = MlflowClient(self.tracking_uri)
                self._run_id = self._gone_on_with(client) or self._fresh(client)
        except Exception as error:  # of MLflow, of SQLAlchemy, of a network
            raise ConfigError(f"logger.mlflow.tracking_uri={_public(self.tracking_uri)}: {_line(error)}") from error
        return client

    @property
    def _is_local(self) -> bool:
        return urlsplit(self.tracking_uri).scheme == "sqlite"

    def _gone_on_with(self, client: MlflowClient) -> str | None:
        """The id of the run that has begun in this folder, which plays again; None where the store has none."""
        from mlflow.exceptions import MlflowException

        if not self.run.tracked_by_mlflow.is_file():
            return None
        known: str = read_json(self.run.tracked_by_mlflow)["run_id"]
        try:
            client.update_run(known, status="RUNNING")
        except MlflowException:
            log.warning("%s has no run %s, which this one was: it begins anew there", _public(self.tracking_uri), known)
            return None
        return known

    def _fresh(self, client: MlflowClient) -> str:
        """Begin a run, in the experiment of that name."""
        found = client.get_experiment_by_name(self.experiment_name)
        if found is not None and found.lifecycle_stage == "active":
            experiment: str = found.experiment_id
        else:
            place = (self.outputs / "mlflow").as_uri() if self._is_local else None  # or ./mlruns
            experiment = client.create_experiment(self.experiment_name, artifact_location=place)
        tags = {"folder": str(self.run.path), **({"sweep": sweep} if (sweep := sweep_of(self.run.path)) else {})}
        run_id: str = client.create_run(experiment, tags=tags, run_name=self.run_name).info.run_id
        write_json(self.run.tracked_by_mlflow, {"run_id": run_id, "tracking_uri": _public(self.tracking_uri)})
        return run_id


def accepted(name: str) -> str:
    """A figure's name with the characters that MLflow takes; ours have no others."""
    return re.sub(r"[^/\w.\- ]", "_", name)


@contextmanager
def alone(store: str) -> Iterator[None]:
    """One process at a time: MLflow makes the tables of a database, and experiments, for whoever comes first."""
    from mlflow.utils.file_utils import ExclusiveFileLock

    with ExclusiveFileLock(f"{tempfile.gettempdir()}/gan_runner-{sha256(store.encode()).hexdigest()[:16]}.lock"):
        yield


def _refuse(uri: str) -> None:
    """Raises ConfigError for a store that MLflow has not, or a server that is not there."""
    told, parts = f"logger.mlflow.tracking_uri={_public(uri)}", urlsplit(uri)
    if parts.scheme in ("", "file"):
        raise ConfigError(f"{told}: MLflow keeps no runs in plain files any more, give sqlite:///<file>.db or http://…")
    if parts.scheme in ("http", "https") and rank() == 0:
        try:
            port = parts.port or {"http": 80, "https": 443}[parts.scheme]
            socket.create_connection((str(parts.hostname), port), PATIENCE).close()
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"{told} does not answer ({_line(error)}): start mlflow server, or set it to null"
            ) from error


def _public(uri: str) -> str:
    """Without a password."""
    return re.sub(r"(?<=//)[^/@]*@", "", uri)


def _line(error: Exception) -> str:
    """Its first sentence."""
    text = " ".join(str(error).split())
    return re.split(r"\. | \[SQL", text)[0] or type(error).__name__
