"""HPARAMS: read back as TensorBoard's own plugin gives them to its page."""

from pathlib import Path
from typing import Any

from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams.backend_context import Context
from torch.utils.tensorboard import SummaryWriter

from gan_runner.callbacks.hparams import first_of, summaries

SETTINGS = {"data": "gaussians.Ring", "loss": "hinge.Hinge", "optimizer.lr": 1e-3, "seed": 0, "tricks": "none"}
FIGURES = {
    "discriminator/gan/D_real": 0.5,
    "evaluation/modes_kl/points/9": 0.1,
    "evaluation/other/points/9": 2.0,
    "evaluation/modes_covered/points/9/real": 8.0,
    "evaluation/modes_covered/points/9": 7.0,
}


def shown(folder: Path) -> Any:
    """The experiment as the page gets it."""
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(folder))
    multiplexer.Reload()
    provider = MultiplexerDataProvider(multiplexer, str(folder))
    context = Context(TBContext(logdir=str(folder), data_provider=provider))
    request = RequestContext()
    content = context.hparams_metadata(request, "")
    return context.experiment_from_metadata(request, "", True, content, [])


def test_the_page_begins_with_what_was_swept_and_the_main_figure(tmp_path: Path) -> None:
    for seed in (0, 1):
        with SummaryWriter(str(tmp_path / str(seed))) as writer:
            for summary in summaries(SETTINGS | {"seed": seed, "model": "vanilla"}, FIGURES, ("seed", "model")):
                writer._get_file_writer().add_summary(summary, 3)
    experiment = shown(tmp_path)
    assert [one.name for one in experiment.hparam_infos] == ["model", "seed", "data", "loss", "optimizer.lr", "tricks"]
    assert [one.name.tag for one in experiment.metric_infos] == [
        "evaluation/modes_covered/points/9",
        "evaluation/modes_kl/points/9",
        "evaluation/other/points/9",
        "evaluation/modes_covered/points/9/real",
        "discriminator/gan/D_real",
    ]


def test_what_comes_first() -> None:
    command = ["gan-train", "model=vanilla", "optimizer.lr=1e-3", "callbacks.progress=null", "trainer.max_steps=9"]
    settings = SETTINGS | {"trainer.max_steps": 9}
    typed = {"model": "vanilla", "optimizer.lr": 1e-3, "trainer.max_steps": 9, "loss": "hinge.Hinge", "tricks": "none"}
    assert first_of({"command": command}, settings) == typed
    assert first_of({"command": command, "swept": ["model", "seed"]}, settings) == {"model": "vanilla", "seed": 0}
    assert first_of({}, settings) == {"loss": "hinge.Hinge", "tricks": "none"}
