"""Summary: what TensorBoard reads from the events."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from gan_runner.callbacks.summary import by_class, described
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
    known = experiment.system.figures | experiment.system.measured
    assert {*metrics} == {*known}
    for name in metrics:  # HPARAMS shows a run's last scalar of that name
        last = events.Scalars(name)[-1]
        assert last.step == 3
        assert abs(last.value - known[name]) <= 1e-6 * abs(last.value)


def test_jobs_of_a_sweep_show_first_what_they_differ_in(run_command: Callable[..., Any], tmp_path: Path) -> None:
    points = ("data=ring", "data.num_samples=200", "data.batch_size=8", "trainer.max_steps=2", "model=vanilla",
              "trainer.accelerator=cpu", "evaluation.num_samples=50", "callbacks.progress=null")  # fmt: skip
    played = run_command("gan-train", "-m", *points, *TINY[1:], "loss=hinge,minimax")
    assert played.code == 0, played.err
    hinge, minimax = sorted(tmp_path.glob("outputs/sweeps/vanilla-ring/*/*/run.json"))
    assert (hinge.parent.name, minimax.parent.name) == ("0-hinge", "1-minimax")
    record = json.loads(hinge.read_text())
    assert (record["swept"], record["choices"]) == (["loss"], {"model": "vanilla", "data": "ring"})
    events = EventAccumulator(str(hinge.parent))
    events.Reload()
    content = events.summary_metadata["_hparams_/experiment"].plugin_data.content
    experiment = HParamsPluginData.FromString(content).experiment
    assert [info.name for info in experiment.hparam_infos if info.differs] == ["loss"]
    assert experiment.metric_infos[0].name.tag == "evaluation/modes_covered/points/50"


def test_runs_are_told_apart_by_their_data_too() -> None:
    red: Fingerprint = {"family": "folder.Folder", "name": "red", "files": 64, "content": "3f2a90c1d5"}
    origin = Origin({"seed": 3, "data": {"_target_": "gan_runner.data.folder.Folder", "root": "/red"}}, data=red)
    assert described(origin)["data.name"] == "red (64 files, 3f2a90c1)"
    assert described(origin)["data"] == "folder.Folder"
    assert "data.name" not in described(Origin(origin.config))


def test_the_run_folder_names_its_settings(played: Callable[..., Any], tmp_path: Path) -> None:
    played(*TINY, "trainer.max_steps=1")
    assert "loss: non_saturating.NonSaturating" in (tmp_path / "hparams.yaml").read_text()


# ---- classes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "counts", "told"),
    [
        (["cat", "dog"], [18, 17], "cat: 18, dog: 17"),
        (["cat", "dog"], [1200, 100], "cat: 1,200, dog: 100 (12 times as many of cat as of dog)"),
        (["cat", "dog"], [3, 0], "cat: 3, dog: 0"),
        (["a, b", "dog"], [9, 3], '"a, b": 9, dog: 3 (3 times as many of "a, b" as of dog)'),
        (list(map(str, range(1000))), [500] * 998 + [7, 1300],
         "1,000 classes, from 7 of 998 to 1,300 of 999, median 500"),
    ],
)  # fmt: skip
def test_classes_are_counted_in_a_line(names: list[str], counts: list[int], told: str) -> None:
    assert by_class(names, counts) == told


def test_training_says_how_many_samples_each_class_has(played: Callable[..., Any], caplog: Any) -> None:
    with caplog.at_level("INFO"):
        experiment = played(*TINY, "trainer.max_steps=1", "data.num_classes=3", "data.num_samples=44")
    counts = experiment.data.deck("train").labels.bincount().tolist()
    assert f"training samples by class: 0: {counts[0]}, 1: {counts[1]}, 2: {counts[2]}" in caplog.text
    assert "no training sample" not in caplog.text


def test_a_class_that_is_never_dealt_is_said_where_it_can_be_asked_for(played: Callable[..., Any], caplog: Any) -> None:
    played(*TINY, "trainer.max_steps=1", "data.num_classes=100", "network.conditional=true")
    assert "no training sample of " in caplog.text
    caplog.clear()
    played(*TINY, "trainer.max_steps=1", "data.num_classes=100")
    assert "no training sample of " not in caplog.text


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ((), []),
        (
            ("system.discriminator_steps=5",),
            [
                "12 batches are 2 updates of the generator: system.discriminator_steps, generator_steps and warmup say "
                "when it moves"
            ],
        ),
    ],
)
def test_how_often_the_generator_moves_is_told_where_it_is_not_once_a_batch(
    played: Callable[..., Any], caplog: pytest.LogCaptureFixture, settings: tuple[str, ...], told: list[str]
) -> None:
    caplog.set_level("INFO")
    experiment = played(*TINY, *settings, "trainer.max_steps=12", "logger=none")
    assert [record.message for record in caplog.records if "updates of" in record.message] == told
    system = experiment.system
    assert system.generator_updates == system.generator_updates_in(12)
