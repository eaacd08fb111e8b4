"""gan-doctor asked for what it cannot do; loggers of services that are not there."""

from bad_inputs.scene import DRAWN, TRAIN, Row, Scene
from gan_runner.training import tracking

DOCTOR = "gan-doctor"


def logged(*overrides: str) -> tuple[str, ...]:
    return (TRAIN, *(one for one in DRAWN if not one.startswith("logger=")), *overrides)


def not_installed(scene: Scene) -> None:
    scene.monkeypatch.setattr(tracking, "find_spec", lambda name: None)


def installed(scene: Scene) -> None:
    """As far as the run looks, before it asks for a store."""
    scene.monkeypatch.setattr(tracking, "find_spec", lambda name: name)
    scene.monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


ROWS: dict[str, Row] = {
    "a doctor asked for json of another kind": Row((DOCTOR, "json=yes"), ("json=yes is not valid", "true or false")),
    "a doctor asked for an unknown key": Row((DOCTOR, "outpust=x"), ("unknown key outpust", "did you mean outputs")),
    "a doctor asked for a word": Row((DOCTOR, "torch"), ("'torch' has no key", "give key=value")),
    "a doctor asked for a flag": Row((DOCTOR, "--verbose"), ("unknown flag --verbose", "gan-doctor --help")),
    "a doctor asked for no folder": Row((DOCTOR, "outputs="), ("outputs= names no folder",)),
    "a tracker that is not installed": Row(
        logged("logger=wandb"), ("logger=wandb needs wandb, which is not installed: pip install wandb",), not_installed
    ),
    "another tracker that is not installed": Row(
        logged("logger=[mlflow]"), ("logger=mlflow needs mlflow", "pip install mlflow"), not_installed
    ),
    "a tracker with an unknown key": Row(logged("logger=mlflow", "logger.mlflow.uri=x"), ("logger.mlflow.uri",)),
    "a tracker with a wrong value": Row(
        logged("logger=wandb", "logger.wandb.offline=perhaps"), ("logger.wandb.offline='perhaps' is not valid",)
    ),
    "a tracker's runs in plain files": Row(
        logged("logger=mlflow", "logger.mlflow.tracking_uri=mlruns"), ("tracking_uri=mlruns", "plain files"), installed
    ),
    "a tracker's server that is not there": Row(
        logged("logger=mlflow", "logger.mlflow.tracking_uri=http://127.0.0.1:9"), ("127.0.0.1:9", "does not answer"),
        installed,
    ),
}  # fmt: skip
