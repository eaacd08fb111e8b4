"""What may be added to a configuration, and taken from it."""

import pytest

from gan_runner.cli.keys import refuse_unknown
from gan_runner.config.errors import ConfigError

REFUSED = {
    ("~data",): "~data takes away what no game goes without: choose one, data=<option>; known: apple2orange",
    ("~metrics",): "~metrics is no way to leave all metrics out: metrics=none is",
    ("~schedule",): "~schedule is no way to leave all schedule out: schedule=constant is",
    ("~experiment",): "~experiment takes nothing away",
    (
        "~trainer.max_steps",
    ): "~trainer.max_steps takes away what a run needs: give it a value instead, as in trainer.max",
    (
        "~trainer.use_distributed_sampler",
    ): "~trainer.use_distributed_sampler takes away",  # Lightning's default is not ours
    ("~optimizer.lr",): "~optimizer.lr takes away what a run needs: give it a value instead, as in optimizer.lr=0.0002",
    ("~tricks.ema",): "unknown key tricks.ema",
    (
        "+metrics@metrics=kid",
    ): "+metrics@metrics=kid puts one in place of all metrics: give it a name, +metrics@metrics.kid",
    ("optimizer/generator=sgd",): "optimizer/generator=sgd chooses no group: optimizer=sgd does; known: adam",
    ("+evaluation.bset=kid",): "unknown key evaluation.bset (did you mean evaluation.best?)",
    ("+optimizer.nothing=1",): "unknown key optimizer.nothing",
    ("+mine.own=3", "mine.own=4"): "unknown key mine.own",
    (
        "loss._target_=gan_runner.losses.hinge.Hinge",
    ): "loss._target_=gan_runner.losses.hinge.Hinge keeps the settings of",
    (
        "data.augment._target_=gan_runner.losses.hinge.Hinge",
    ): "data.augment._target_=gan_runner.losses.hinge.Hinge keeps "
    "the settings of gan_runner.data.base.Augment, and that class has no hflip: take them away, ~data.augment.hflip",
}
LEFT = [
    ("tricks=[ema]", "~tricks.ema"),
    ("~callbacks.samples", "~optimizer.generator.betas", "~data.augment"),
    ("loss._target_=gan_runner.losses.hinge.Hinge", "~loss.label_smoothing"),
    ("loss._target_=mine.Loss",),
    ("+optimizer.generator.amsgrad=true",),
    ("+system.gradient_clip.other=1",),
    ("+callbacks.mine={_target_: mine.Callback}", "+callbacks.mine.every=3"),
    ("+tricks@tricks.ema=ema", "+tricks@tricks.mine=ema"),
    ("~tricks@tricks.ema",),
    ("hydra/job_logging=disabled", "hydra/launcher=joblib"),
    ("optimizer/_player@optimizer.generator=sgd",),
]


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_what_would_do_nothing_or_harm_is_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        refuse_unknown("train", arguments)
    assert str(caught.value).startswith(REFUSED[arguments])


@pytest.mark.parametrize("arguments", LEFT, ids=" ".join)
def test_what_is_read_is_left(arguments: tuple[str, ...]) -> None:
    refuse_unknown("train", arguments)
