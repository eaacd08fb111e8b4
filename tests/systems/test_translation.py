"""Translation either way: who translates, how it runs, which tricks and networks fit and which do not."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from fixtures.noise_pairs import TRANSLATING
from fixtures.recipes import TRANSLATING as MODELS
from fixtures.translations import QUIET, system_of
from gan_runner.assemble import assemble
from gan_runner.callbacks.checkpoint import Checkpoint
from gan_runner.config.errors import ConfigError
from gan_runner.config.options import CONFIGS
from gan_runner.systems.base import generate


@pytest.mark.parametrize("model", MODELS)
def test_the_average_translates_where_there_is_one(composed: Any, model: str) -> None:
    system = system_of(composed, model, "+tricks@tricks.ema=ema")
    for direction in system.directions:
        game = system.games[direction]
        for parameter in game.tricks["ema"].average.parameters():
            parameter.data.zero_()
        source = torch.randn(5, 3, 8, 8)
        assert not generate(system.translator(direction), source, batch_size=2).any()
        assert game.generator(source).any()
        assert game.generator.training
        assert not any(module.training for module in game.tricks["ema"].average.modules())


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("overrides", [(), ("system.discriminator_steps=3", "system.generator_steps=2")])
def test_max_steps_equals_batches_seen(played: Any, model: str, overrides: tuple[str, ...]) -> None:
    experiment = played(f"model={model}", *TRANSLATING, *QUIET, "trainer.max_steps=13", *overrides)
    assert experiment.trainer.global_step == 13
    assert int(experiment.system.images_seen) == 13 * 4
    assert all(optimizer.param_groups[0]["lr"] == 0 for optimizer in experiment.trainer.optimizers)


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
@pytest.mark.parametrize("model", MODELS)
def test_every_network_moves_and_every_term_is_logged(composed: Any, model: str, precision: str) -> None:
    config = composed(f"model={model}", *TRANSLATING, *QUIET, f"trainer.precision={precision}",
                      "trainer.log_every_n_steps=1")  # fmt: skip
    experiment = assemble(config)
    before = {name: value.clone() for name, value in experiment.system.named_parameters()}
    experiment.trainer.fit(experiment.system, experiment.data)
    for name, value in experiment.system.named_parameters():
        assert value.isfinite().all()
        assert not torch.equal(value, before[name]) or value.ndim == 1, name  # a shift before a norm has no gradient
    joint = {"l1"} if model == "pix2pix" else {"cycle_a", "cycle_b", "identity_a", "identity_b"}
    expected = {f"generator/{term}" for term in joint}
    for game in experiment.system.games:
        expected |= {f"discriminator/{game}/adversarial", f"generator/{game}/adversarial"}
    assert expected <= set(experiment.system.figures)
    assert all(value == value for value in experiment.system.figures.values())


@pytest.mark.parametrize("model", MODELS)
def test_slices_sum_to_the_gradient_of_the_whole_batch(composed: Any, model: str) -> None:
    """Of sixteen pixels a side: instance norm over four, as at eight, makes much of a last bit."""
    ends = []
    for slices in (1, 2):
        config = composed(f"model={model}", *TRANSLATING, *QUIET, "optimizer=sgd", "optimizer.lr=0.01", "tricks=[]",
                          "network.discriminator.norm=instance", f"system.accumulate={slices}",
                          "data.image_size=16", "trainer.precision=32-true")  # fmt: skip
        experiment = assemble(config)
        experiment.trainer.fit(experiment.system, experiment.data)
        ends.append(torch.cat([p.detach().flatten() for p in experiment.system.parameters()]))
    torch.testing.assert_close(*ends, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("model", MODELS)
def test_a_resumed_run_ends_where_the_whole_one_does_to_the_bit(composed: Any, tmp_path: Path, model: str) -> None:
    settings = (f"model={model}", *TRANSLATING, *QUIET, "tricks=[replay,ema]", "tricks.replay.size=6")
    whole, parts = (str(tmp_path / name) for name in ("whole", "parts"))

    def play(folder: str, steps: int, resume: str | None = None) -> dict[str, Any]:
        # The schedule's length is part of the state: the same for both, whatever the steps.
        lengths = (f"schedule.{player}.total_iters=14" for player in ("generator", "discriminator"))
        experiment = assemble(composed(*settings, *lengths, f"trainer.max_steps={steps}", folder=Path(folder)))
        experiment.trainer.callbacks.append(Checkpoint(f"{folder}/checkpoints"))
        experiment.trainer.fit(experiment.system, experiment.data, ckpt_path=resume, weights_only=True)
        return experiment.system.state_dict()

    expected = play(whole, 14)
    play(parts, 8)
    torch.manual_seed(99)
    found = play(parts, 14, f"{parts}/checkpoints/last.ckpt")
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert torch.equal(found[name], value) if isinstance(value, Tensor) else found[name] == value, name


@pytest.mark.parametrize("model", MODELS)
def test_from_the_command_line_to_a_run_folder(run_command: Any, model: str) -> None:
    """With all callbacks: those for games from latents stay silent."""
    settings = ("metrics=[frechet,reconstruction]", "features=random_conv", "evaluation.every=2", "trainer=cpu",
                "trainer.max_steps=4", "hydra.run.dir=run", "trainer.log_every_n_steps=2",
                "callbacks.progress=null")  # fmt: skip
    ended = run_command("gan-train", f"model={model}", *TRANSLATING, *settings)
    assert ended.code == 0, ended.err
    assert "gan-sample" not in ended.out
    assert "a2b_00000004.png" in ended.out
    facts = json.loads(Path("run/run.json").read_text())
    assert (facts["status"], facts["batches"]) == ("finished", 4)
    assert {"checkpoints/last.ckpt", "metrics.csv", "samples/a2b_00000000.png", "samples/worst_a2b_00000004.png"} <= {
        path.relative_to("run").as_posix() for path in Path("run").rglob("*")
    }
    assert not list(Path("run/samples").glob("real.png"))
    figures = Path("run/metrics.csv").read_text().splitlines()[0].split(",")
    assert {f"monitor/{game}/state" for game in ("a2b", "b2a")[: 1 + (model == "cyclegan")]} <= set(figures)
    assert {"evaluation/a2b_frechet/random_conv64/44", "evaluation/a2b_psnr/pixels/44"} <= set(figures)


@pytest.mark.parametrize(("model", "network"), [("cyclegan", "pix2pix"), ("pix2pix", "cyclegan")])
def test_either_network_plays_either_game(played: Any, model: str, network: str) -> None:
    system = played(f"model={model}", f"network={network}", *TRANSLATING, *QUIET).system
    made_of = {type(module).__module__ for module in system.translator().modules()}
    assert f"gan_runner.networks.{network}" in made_of
    assert all(p.isfinite().all() for p in system.parameters())


SMALLER = {"pix2pix": ("data.channels=1",), "cyclegan": ("network.blocks=1", "data.image_size=16")}


@pytest.mark.slow
@pytest.mark.parametrize(("model", "term"), [("pix2pix", "l1"), ("cyclegan", "cycle_a")])
def test_a_run_learns(played: Any, model: str, term: str) -> None:
    """To tell one channel of an image from the three; to come back to where it started."""
    settings = (*SMALLER[model], "data.kind=coarse", "network.width=8", "data.batch_size=8", "optimizer.lr=2e-3")
    before, after = (
        played(f"model={model}", *TRANSLATING, *QUIET, *settings, f"trainer.max_steps={steps}",
               f"trainer.log_every_n_steps={steps}").system.figures[f"generator/{term}"]
        for steps in (1, 80)
    )  # fmt: skip
    assert after < 0.65 * before, (before, after)


# ---- tricks ---------------------------------------------------------------------------------------------------------

TRICKS = sorted(path.stem for path in (CONFIGS / "tricks").glob("*.yaml"))
LINEAR_HEAD = dict.fromkeys(["minibatch_discrimination", "minibatch_stddev"], "before a linear head")
ABOUT_LATENTS = dict.fromkeys(["latent_regression", "latent_prior"], "is about the latent")
BATCH_NORM = dict.fromkeys(["r1", "r2", "gradient_penalty", "dragan"], r"set network\.discriminator\.norm=layer")
OTHER_GAMES = {"growing": "take network=progan", "auxiliary_classifier": "label"}
REFUSED = {
    "cyclegan": LINEAR_HEAD | ABOUT_LATENTS | OTHER_GAMES,
    "pix2pix": LINEAR_HEAD | ABOUT_LATENTS | OTHER_GAMES | BATCH_NORM,
}
"""Recipe -> trick -> a part of the sentence."""
USUAL = ["spectral_norm", "r1", "diff_augment", "ema", "replay", "discriminator_ensemble", "pacgan",
         "minibatch_stddev", "latent_prior"]  # fmt: skip


@pytest.mark.parametrize(
    "trick", [*USUAL, *(pytest.param(t, marks=pytest.mark.slow) for t in TRICKS if t not in USUAL)]
)
@pytest.mark.parametrize("model", MODELS)
def test_every_trick_plays_or_is_refused(composed: Any, model: str, trick: str) -> None:
    config = composed(f"model={model}", *TRANSLATING, *QUIET, f"tricks=[{trick}]")
    if trick in REFUSED[model]:
        with pytest.raises(ValueError, match=rf"(?=.*tricks\.{trick})(?=.*{REFUSED[model][trick]})"):
            assemble(config)
        return
    experiment = assemble(config)
    before = [p.detach().clone() for p in experiment.system.parameters()]
    experiment.trainer.fit(experiment.system, experiment.data)
    after = list(experiment.system.parameters())
    assert all(p.isfinite().all() for p in after)
    assert not all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("trick", sorted(BATCH_NORM))
def test_what_batch_norm_forbids_plays_on_pairs_by_the_way_out_it_names(played: Any, trick: str) -> None:
    experiment = played("model=pix2pix", *TRANSLATING, *QUIET, f"tricks=[{trick}]", "network.discriminator.norm=layer")
    assert all(p.isfinite().all() for p in experiment.system.parameters())


# ---- what does not fit ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (("model=cyclegan",), "translates images of one domain .* this data has one domain: choose data=paired"),
        (
            ("model=cyclegan", *TRANSLATING[:-1], "network=dcgan"),
            "from a latent: set network=cyclegan or",
        ),
        (("model=dcgan", "network=cyclegan"), "deals it latents: choose model=cyclegan or model=pix2pix, or another"),
        (
            ("model=pix2pix", *TRANSLATING, "data.num_classes=2", "network.conditional=true"),
            "set network.conditional=f",
        ),
        (("model=cyclegan", *TRANSLATING, "system.cycle_a=-1"), r"system\.cycle_a=-1 is not valid"),
        (("model=cyclegan", *TRANSLATING, "+system.l1=1"), r"unknown key system\.l1"),
        (("model=pix2pix", *TRANSLATING, "tricks=[latent_regression]"), "remove tricks.latent_regression$"),
        (
            ("model=pix2pix", *TRANSLATING, "network.layers=3"),
            r"8×8: set network\.layers=1, or the size: the nearest is data\.image_size=24",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(composed: Any, overrides: tuple[str, ...], said: str) -> None:
    with pytest.raises((ConfigError, ValueError), match=said):
        assemble(composed(*overrides, *QUIET))
