"""Fine-tuning: a new run's networks begin as an earlier run's ended, and nothing else of it goes on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from fixtures import noise_pairs
from gan_runner.assemble import Experiment, assemble
from gan_runner.config.errors import ConfigError
from gan_runner.runs.checkpoints import write
from gan_runner.runs.initial import pinned
from gan_runner.systems.base import System, generate
from gan_runner.training.initial_weights import Taken, begin

QUIET = ("callbacks.samples=null", "metrics=none", "logger=none")
WIDTHS = ("network.generator.hidden=[8,6]", "network.discriminator.hidden=[6,5]", "latent.latent_dim=4")
POINTS = ("model=vanilla", *WIDTHS, *QUIET)
IMAGES = ("network.width=4", "latent.latent_dim=4", *QUIET)
GROWING = ("model=progan_small", *QUIET)
RING = ("data=ring", "data.batch_size=8")
GRID = ("data=grid", "data.batch_size=8")


@pytest.fixture
def trained(played: Callable[..., Experiment], tmp_path: Path) -> Callable[..., tuple[System, dict[str, str]]]:
    """trained('model=dcgan', …) -> a system after two batches, and the checkpoint it left, pinned."""

    def train(*overrides: str) -> tuple[System, dict[str, str]]:
        folder = tmp_path / "before"
        folder.mkdir()
        system = played(*overrides, folder=folder).system
        return system.cpu(), pinned(str(folder))

    return train


@pytest.fixture
def built(composed: Callable[..., Any]) -> Callable[..., System]:
    """built('model=dcgan', …) -> the system of a run that has not begun, of another seed."""
    return lambda *overrides: assemble(composed(*overrides, "seed=5")).system


def drawn(system: System, label: Tensor | None = None) -> Tensor:
    latents = torch.randn(6, system.latent.latent_dim, generator=torch.Generator().manual_seed(0))
    return generate(system.sampler()[0], latents, label)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ((*POINTS, *RING), (*POINTS, *GRID)),
        ((*POINTS, *RING, "tricks=[ema]"), (*POINTS, *GRID, "tricks=[ema]")),
        (("model=dcgan", *IMAGES), ("model=dcgan", *IMAGES, "data.batch_size=6", "loss=hinge", "tricks=[r1]")),
        (("model=dcgan", *IMAGES, "tricks=[ema]"), ("model=dcgan", *IMAGES, "tricks=[spectral_norm,ema]")),
        (("model=cgan", *IMAGES), ("model=cgan", *IMAGES, "network.conditional=generator")),
    ],
    ids=["points", "points, averaged", "dcgan", "dcgan, held", "cgan"],
)  # fmt: skip
def test_it_draws_what_the_earlier_run_drew_at_last(trained: Any, built: Any, before: tuple, now: tuple) -> None:
    source, found = trained(*before)
    system = built(*now)
    label = torch.arange(6) if "model=cgan" in before else None
    expected = drawn(source, label)
    assert not torch.allclose(drawn(system, label), expected)
    taken = begin(system, found)
    assert torch.equal(drawn(system, label), expected)
    assert not [layer for layer in taken.new + taken.partly if ".generator." in layer]
    assert taken.batches == 2
    assert system.images_seen == 0
    assert [game.generator_updates for game in system.all_games] == [0]


def test_nothing_but_networks_goes_on(trained: Any, built: Any) -> None:
    tricks = "tricks=[instance_noise,replay,lecam,historical_averaging,top_k,ada]"
    source, found = trained("model=dcgan", *IMAGES, tricks)
    system = built("model=dcgan", *IMAGES, tricks)
    (game,) = system.all_games
    before = {name: value for name, value in game.tricks.state_dict().items() if "historical" not in name}
    kept = {name: value.clone() if isinstance(value, Tensor) else dict(value) for name, value in before.items()}
    begin(system, found)
    now = game.tricks.state_dict()
    for name, value in kept.items():
        assert torch.equal(value, now[name]) if isinstance(value, Tensor) else value == now[name], name
    assert source.all_games[0].tricks["replay"].count > 0  # there was something to take
    means = game.tricks["historical_averaging"]
    assert means.visited == {"discriminator": 1, "generator": 1}
    assert torch.equal(means.generator, torch.nn.utils.parameters_to_vector(game.generator.parameters()))  # begins here


def test_an_average_goes_on_as_an_old_one(trained: Any, built: Any) -> None:
    source, found = trained(*POINTS, *RING, "tricks=[ema]")
    system = built(*POINTS, *GRID, "tricks=[ema]")
    taken = begin(system, found)
    (there,), (here,) = source.all_games, system.all_games
    assert here.tricks["ema"].updates == there.tricks["ema"].updates == 2
    assert not torch.equal(drawn(source), generate(there.generator, torch.randn(6, 4)))
    assert "games.gan.tricks.ema.average.head" in taken.whole


def test_an_average_that_was_not_there_begins_with_the_generator(trained: Any, built: Any) -> None:
    source, found = trained(*POINTS, *RING)
    system = built(*POINTS, *GRID, "tricks=[ema]")
    taken = begin(system, found)
    assert torch.equal(drawn(system), drawn(source))
    assert system.all_games[0].tricks["ema"].updates == 0
    assert not [name for name in taken.whole + taken.new if "ema" in name]


def test_an_average_that_is_left_behind_is_told(trained: Any, built: Any) -> None:
    source, found = trained(*POINTS, *RING, "tricks=[ema,instance_noise]")
    system = built(*POINTS, *GRID)
    taken = begin(system, found)
    assert taken.left == ["games.gan.tricks.ema.average"]
    assert taken.sentence().endswith("left behind: tricks.ema.average")
    latents = torch.randn(6, 4)
    assert torch.equal(system.sampler()[0](latents), source.all_games[0].generator(latents))


def test_of_a_class_more_the_labels_weights_stay_new(trained: Any, built: Any) -> None:
    source, found = trained("model=cgan", *IMAGES, "data.num_classes=3")
    system = built("model=cgan", *IMAGES, "data.num_classes=4")
    (there,), (here,) = source.all_games, system.all_games
    new = here.generator.project[0].weight[4:].clone()
    taken = begin(system, found)
    assert taken.partly == ["games.gan.generator.project.0", "games.gan.discriminator.body.0.0"]
    assert taken.new == []
    first, was = here.generator.project[0].weight, there.generator.project[0].weight
    assert torch.equal(first[:4], was[:4])  # of the latent's numbers
    assert torch.equal(first[4:], new)
    first, was = here.discriminator.body[0][0].weight, there.discriminator.body[0][0].weight
    assert torch.equal(first[:, :3], was[:, :3])  # of the colours
    assert "generator 3 of 3 layers (in part: project.0), discriminator 2 of 2 layers (in part: body.0.0)" in (
        taken.sentence()
    )


def test_a_class_more_of_a_labelled_head(trained: Any, built: Any) -> None:
    settings = (*IMAGES, "model=dcgan", "network.conditional=generator", "tricks=[auxiliary_classifier]")
    _, found = trained(*settings, "data.num_classes=3")
    taken = begin(built(*settings, "data.num_classes=4"), found)
    assert taken.new == ["games.gan.discriminator.auxiliary_classifier_head"]


def test_translators_go_on_both_ways(trained: Any, built: Any) -> None:
    settings = ("model=cyclegan", "network.blocks=1", *noise_pairs.TRANSLATING, *QUIET, "callbacks.panels=null")
    source, found = trained(*settings)
    system = built(*settings, "data.num_samples=20")
    image = torch.randn(2, 3, 8, 8)
    for direction in ("a2b", "b2a"):
        assert not torch.equal(system.translator(direction)(image), source.translator(direction)(image))
    taken = begin(system, found)
    for direction in ("a2b", "b2a"):
        assert torch.equal(system.translator(direction)(image), source.translator(direction)(image))
    assert taken.new == taken.partly == []
    assert "a2b.generator" in taken.sentence()
    assert "b2a.discriminator" in taken.sentence()


def test_of_growing_players_the_stages_of_smaller_sizes_are_taken(trained: Any, built: Any) -> None:
    source, found = trained(*GROWING, "data.image_size=16", "network.base_channels=64")
    system = built(*GROWING, "data.image_size=32", "network.base_channels=64", "tricks.growing.first_size=16")
    taken = begin(system, found)
    new = {name.removeprefix("games.gan.") for name in taken.new if ".tricks." not in name}
    assert new == {"generator.stages.2.1", "generator.stages.2.4", "generator.to_image.3",
                   "discriminator.from_image.3.0", "discriminator.stages.2.0", "discriminator.stages.2.2"}  # fmt: skip
    assert system.all_games[0].generator.level == 2  # 16 pixels
    source.all_games[0].generator.set_level(2)
    latents = torch.randn(2, 6)
    small, large = (generate(one.all_games[0].generator, latents) for one in (source, system))
    assert torch.equal(large[..., ::2, ::2], small)
    assert torch.equal(large[..., 1::2, 1::2], small)
    image = torch.randn(2, 3, 16, 16)
    source.all_games[0].discriminator.set_level(2)
    torch.testing.assert_close(
        system.all_games[0].discriminator(image.repeat_interleave(2, 2).repeat_interleave(2, 3)).logits,
        source.all_games[0].discriminator(image).logits,
    )


def test_the_vectors_of_spectral_norm_follow_weights_that_had_none(trained: Any, built: Any) -> None:
    _, found = trained("model=dcgan", *IMAGES, "tricks=[]")
    system = built("model=dcgan", *IMAGES, "tricks=[spectral_norm]")
    begin(system, found)
    for module in system.all_games[0].discriminator.modules():
        if hasattr(module, "parametrizations"):
            with torch.no_grad():
                slope = torch.linalg.matrix_norm(module.eval().weight.flatten(1), ord=2)
            assert slope.item() == pytest.approx(1, abs=0.1)


def test_where_nothing_fits_the_keys_that_differ_are_told(trained: Any, built: Any) -> None:
    _, found = trained(*POINTS, *RING)
    narrow = (*POINTS, *RING, "network.generator.hidden=[3]", "network.discriminator.hidden=[3]")
    with pytest.raises(ConfigError) as caught:
        begin(built(*narrow), found)
    assert "none of its layers fits this run" in str(caught.value)
    assert "network.generator.hidden was [8, 6], is [3]" in str(caught.value)
    with pytest.raises(ConfigError, match=r"network\.generator was mlp\.Generator, is dcgan\.Generator"):
        begin(built("model=dcgan", *IMAGES), found)


def test_a_run_of_foreign_classes_is_read(trained: Any, built: Any, tmp_path: Path) -> None:
    source, found = trained(*POINTS, *RING)
    contents = torch.load(found["path"], weights_only=True)
    contents["origin"]["config"]["network"]["generator"]["_target_"] = "os.system"
    contents["origin"]["config"]["loss"] = {"_target_": "somebody.elses.Loss"}
    write(contents, tmp_path / "foreign.ckpt")
    system = built(*POINTS, *GRID)
    begin(system, pinned(str(tmp_path / "foreign.ckpt")))
    assert torch.equal(drawn(system), drawn(source))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.update(state_dict=[1]), "holds no weights"),
        (lambda c: c["origin"].pop("shape"), "does not describe a whole experiment"),
        (lambda c: c["state_dict"].update(dict.fromkeys(c["state_dict"], 3)), "none of its layers fits"),
    ],
)
def test_what_is_no_whole_checkpoint_is_refused(
    trained: Any, built: Any, tmp_path: Path, change: Any, said: str
) -> None:
    _, found = trained(*POINTS, *RING)
    contents = torch.load(found["path"], weights_only=True)
    change(contents)
    write(contents, tmp_path / "odd.ckpt")
    with pytest.raises(ValueError, match=said):
        begin(built(*POINTS, *GRID), pinned(str(tmp_path / "odd.ckpt")))


@pytest.mark.parametrize("drawn_from", ["prior", "mixture"])
def test_a_mixture_of_codes_is_no_network_that_is_left_behind(trained: Any, built: Any, drawn_from: str) -> None:
    small = ("model=vae", "network.hidden=[4]", "data.image_size=8", "callbacks.panels=null", *QUIET)
    _, found = trained(*small, "system.sample_from=mixture")
    system = built(*small, f"system.sample_from={drawn_from}")
    taken = begin(system, found)
    assert not taken.left
    assert not taken.new
    assert system.mixture is None or system.mixture.fitted_to == 0


def test_one_line_tells_a_few_names_and_run_json_all() -> None:
    names = [f"games.gan.generator.body.{index}" for index in range(9)]
    taken = Taken("here/last.ckpt", "ab", 7, whole=["games.gan.discriminator.head"], new=names)
    assert taken.sentence() == (
        "init_from: weights after 7 batches, from here/last.ckpt: discriminator 1 of 1 layers, generator 0 of 9 layers "
        "(new: body.0, body.1, body.2, body.3, body.4, body.5 and 3 more)"
    )
    assert taken.facts() == {
        "from": "here/last.ckpt", "batches": 7, "sha256": "ab", "taken": ["games.gan.discriminator.head"],
        "partly": [], "new": names, "left": [],
    }  # fmt: skip
