"""The HPARAMS tab of TensorBoard: what it shows first is what was swept or typed, and the figures that matter."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData  # type: ignore[import-untyped]
from torch.utils.tensorboard.summary import hparams

from gan_runner.figures import by_weight
from gan_runner.runs.naming import BESIDE, typed_of
from gan_runner.runs.settings import Scalar

EXPERIMENT = "_hparams_/experiment"
ALWAYS = ("loss", "tricks")
"""Settings that come to the front where nothing is swept."""


def summaries(settings: Mapping[str, Scalar], figures: Mapping[str, float], first: Collection[str]) -> list[Any]:
    """What a writer of events is given: the experiment, and how this run of it began and ended.

    TensorBoard shows the settings that an experiment says runs differ in before the others, each in the order of the
    alphabet, and figures in the order in which they come.
    """
    experiment, *session = hparams(dict(settings), {name: figures[name] for name in by_weight(figures)})
    (value,) = experiment.value
    content = HParamsPluginData.FromString(value.metadata.plugin_data.content)
    for setting in content.experiment.hparam_infos:
        setting.differs = setting.name in first
    value.metadata.plugin_data.content = content.SerializeToString()
    return [experiment, *session]


def first_of(facts: Mapping[str, Any], settings: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The settings to show first, with their values: those that differ in the sweep, or were typed, as the record of
    the run has them. What the settings have no such key for (a model, a recipe) is told as it was typed.
    """
    given = typed_of(facts)
    if swept := facts.get("swept"):
        return {key: settings.get(key, given.get(key, "")) for key in swept}
    keys = [key for key in given if key.partition(".")[0] not in BESIDE or key in settings]
    found = {key: settings.get(key, given[key]) for key in keys}
    return found | {key: settings[key] for key in ALWAYS if key in settings}
