"""Keys that no configuration has, told before Hydra composes."""

import pytest

from gan_runner.cli.keys import composed, refuse_unknown
from gan_runner.config.errors import ConfigError

UNKNOWN = {
    ("data.batchsize=3",): "unknown key data.batchsize (did you mean data.batch_size?)",
    ("los=hinge",): "unknown key los (did you mean loss?)",
    ("batch_size=3",): "unknown key batch_size (did you mean data.batch_size?)",
    ("data.hflip=true",): "unknown key data.hflip (did you mean data.augment.hflip?)",
    ("data.root=x",): "unknown key data.root",  # digits have none
    ("model=cyclegan", "data=unpaired", "data.rot=x"): "unknown key data.rot (did you mean data.root?)",
    ("tricks=[ema,r1]", "tricks.r1.gama=3"): "unknown key tricks.r1.gama (did you mean tricks.r1.gamma?)",
    ("-m", "data.batchsize=3,4"): "unknown key data.batchsize",
    ("+data.batchsize=3",): "unknown key data.batchsize (did you mean batch_size?)",
    ("+loss.label_smoothing=0.1", "loss=hinge"): "unknown key loss.label_smoothing",
    ("++data.sizes=3",): "unknown key data.sizes",
    ("optimizer.weight_decay=1",): "unknown key optimizer.weight_decay: it is a setting of each player, optimizer.gen",
    ("tricks.ema.decay=1",): "tricks.ema.decay: tricks.ema is not on, choose it too: +tricks@tricks.ema=ema",
    ("schedule.generator._target_=x",): "schedule.generator holds no part: choose schedule=<option>, or give it whole",
    (
        "model=vae",
        "optimizer.discriminator.lr=1",
    ): "optimizer.discriminator.lr is read by nobody: system._target_=",
    ("model=f_anogan", "schedule.discriminator={}"): "schedule.discriminator is read by nobody",
    ("lr=3",): "unknown key lr (did you mean optimizer.lr?)",
    ("+lr=3",): "unknown key lr (did you mean optimizer.lr?)",
    ("perdida=minimos_cuadrados",): "unknown key perdida (did you mean loss=least_squares?)",
    ("optimizer.learning_rate=3",): "unknown key optimizer.learning_rate (did you mean optimizer.lr?)",
    ("xyzzy=1",): "unknown key xyzzy; `gan-train --help` lists the groups, `--cfg job` the keys",
}


@pytest.mark.parametrize("arguments", UNKNOWN, ids=" ".join)
def test_an_unknown_key_is_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        refuse_unknown("train", arguments)
    assert str(caught.value).startswith(UNKNOWN[arguments])


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("seed=1", "data.batch_size=0", "trainer.max_steps=many", "optimizer.lr=nan"),  # wrong values are not its task
        ("system.gradient_clip.generator=1", "callbacks.samples=null", "evaluation.best=null"),
        ("model=cyclegan", "data=unpaired", "data.root=x"),
        ("model=vae", "optimizer.generator.lr=1e-3"),  # which its only player follows
        ("model=ganomaly", "optimizer.discriminator.lr=1e-3"),
        ("model=denoising", "data@data.of=folder", "data.of.root=x"),
        ("tricks=[ema,r1]", "tricks.r1.gamma=3", "-m"),
        ("+tricks@tricks.ema=ema", "tricks.ema.decay=0.9"),
        ("+experiment=none", "+mine.own=3", "mine.own=4", "seed=${mine.own}"),
        ("+mine=3", "data.batch_size=${mine}"),
        ("+callbacks.mine={_target_: mine.Callback}", "callbacks.mine.every=3"),
        ("+callbacks.mine._target_=mine.Callback", "+callbacks.mine.every=3", "+data._convert_=all"),
        ("data=synthetic", "data._target_=mine.Data", "+data.sources=3"),  # its keys are not those of the option
        ("hydra.run.dir=x", "hydra/launcher=joblib", "~data.augment"),
        ("model=vanilla,dcgan", "-m", "network.generator.hidden=[4]"),  # of a sweep over options Hydra tells
        ("loss=hing", "data.batchsize=3"),  # of an option that does not exist too
        ("a=b=c", "los=hinge"),  # and of what is no key=value
        ("=3",),
        ("resume=some/run", "network.generator.hidden=[4]"),  # that run's configuration has other keys
        ("--config-name=mine", "own=3"),
        ("--config-dir", "mine", "own=3"),
        ("-sc", "query=bash"),
    ],
    ids=" ".join,
)
def test_silent_where_keys_are_known_or_hydra_must_tell(arguments: tuple[str, ...]) -> None:
    refuse_unknown("train", arguments)


def test_options_are_composed_and_keys_are_not() -> None:
    config = composed("train", ["loss=hinge", "seed=3", "-m"])
    assert config is not None
    assert (config.loss._target_, config.seed) == ("gan_runner.losses.hinge.Hinge", 0)
    assert composed("train", ["loss=hinge,minimax"]) is None
    assert composed("train", ["loss=nothing"]) is None
