"""Summary: what TensorBoard reads from the events."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from gan_runner.callbacks.summary import described
from gan_runner.types import Fingerprint, Origin

TINY = ("model=vanilla", "network.generator.hidden=[8]", "network.discriminator.hidden=[8]", "callbacks.samples=null")


def test_tensorboard_gets_text_settings_and_final_figures(played: Callable[..., Any], tmp_path: Path) -> None:
    experiment = played(*TINY, "trainer.log_every_n_steps=1", "trainer.max_steps=3", "tricks=[ema]")
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    (text,) = events.Tensors("config/text_summary")
    assert b"```yaml\n" in text.tensor_proto.string_val[0]
    assert b"discriminator_steps: 1" in text.tensor_proto.string_val[0]
    (table,) = events.Tensors("players/text_summary")
    assert b"| discriminator | 1,553 |" in table.tensor_proto.string_val[0]  # 192 * 8 + 8 + 8 + 1

    content = events.summary_metadata["_hparams_/session_start_info"].plugin_data.content
    assert events.summary_metadata["_hparams_/session_start_info"].plugin_data.plugin_name == "hparams"
    params = HParamsPluginData.FromString(content).session_start_info.hparams
    assert params["loss"].string_value == "non_saturating.NonSaturating"
    assert params["optimizer.generator.lr"].number_value == 2e-4
    assert params["tricks"].string_value == "ema"
    content = events.summary_metadata["_hparams_/experiment"].plugin_data.content
    metrics = [info.name.tag for info in HParamsPluginData.FromString(content).experiment.metric_infos]
    assert "discriminator/gan/D_real" in metrics
    for name in metrics:  # HPARAMS shows a run's last scalar of that name
        last = events.Scalars(name)[-1]
        assert last.step == 3
        assert abs(last.value - experiment.system.figures[name]) <= 1e-6 * abs(last.value)


def test_runs_are_told_apart_by_their_data_too() -> None:
    red: Fingerprint = {"family": "folder.Folder", "name": "red", "files": 64, "content": "3f2a90c1d5"}
    origin = Origin({"seed": 3, "data": {"_target_": "gan_runner.data.folder.Folder", "root": "/red"}}, data=red)
    assert described(origin)["data.name"] == "red (64 files, 3f2a90c1)"
    assert described(origin)["data"] == "folder.Folder"
    assert "data.name" not in described(Origin(origin.config))


def test_the_run_folder_names_its_settings(played: Callable[..., Any], tmp_path: Path) -> None:
    played(*TINY, "trainer.max_steps=1")
    assert "loss: non_saturating.NonSaturating" in (tmp_path / "hparams.yaml").read_text()
