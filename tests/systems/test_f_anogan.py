"""f-AnoGAN: a GAN that stands still, and an encoder that learns to find its latents."""

from pathlib import Path
from typing import Any

import pytest
import torch

from fixtures.composing import small
from gan_runner.assemble import assemble, build_system
from gan_runner.callbacks.checkpoint import Checkpoint
from gan_runner.config.errors import ConfigError
from gan_runner.config.plain import plain_config
from gan_runner.files import write_json
from gan_runner.runs.initial import pinned
from gan_runner.systems.reconstructing import mean_square
from gan_runner.training.initial_weights import begin
from gan_runner.types import Batch

NETWORK = ("network=dcgan", "network.width=2", "latent.latent_dim=5")
GAN = ("model=dcgan", *NETWORK, "tricks=[ema,spectral_norm]", "metrics=none")
ENCODER = ("model=f_anogan", *NETWORK, "tricks=[ema,spectral_norm]", "metrics=none")


@pytest.fixture(scope="module")
def gan(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of a finished GAN, and its weights."""
    folder = tmp_path_factory.mktemp("gan")
    experiment = assemble(small(folder, *GAN))
    experiment.trainer.fit(experiment.system, experiment.data)
    write_json(folder / "run.json", {"status": "finished"})
    return folder, {
        key: value.clone() for key, value in experiment.system.state_dict().items() if torch.is_tensor(value)
    }


def play(folder: Path, source: Path, *overrides: str, resume: Path | None = None) -> Any:
    experiment = assemble(small(folder, *ENCODER, f"init_from={source}", *overrides))
    if resume is None:
        begin(experiment.system, pinned(str(source)))
    experiment.trainer.fit(experiment.system, experiment.data, ckpt_path=resume, weights_only=True)
    return experiment


def test_the_gan_stands_still_and_the_encoder_moves(gan: Any, tmp_path: Path) -> None:
    folder, weights = gan
    system = play(tmp_path, folder, "trainer.max_steps=3").system
    now = system.state_dict()
    assert all(now[key].cpu().equal(value) for key, value in weights.items() if key.startswith("games."))
    assert not any(module.training for module in system.games.modules())
    assert system.encoder.training
    torch.manual_seed(0)
    assert not any(p.grad is not None for p in system.games.parameters())
    assert system.sampler()[1] == "ema"  # what the run's own samples were made by
    assert {"encoder/image", "encoder/features"} <= set(system.figures)
    assert set(system.figures) <= {*system.foreseen(), "images_per_second"}


def test_pictures_and_codes_leave_the_modes_as_they_were(gan: Any, tmp_path: Path) -> None:
    system = play(tmp_path, gan[0]).system.cpu()
    image = torch.rand(3, 3, 8, 8)
    before = {name: module.training for name, module in system.named_modules()}
    system.views(Batch(image)), system.encode(image), system.scores(Batch(image))
    assert {name: module.training for name, module in system.named_modules()} == before


def test_the_score_is_the_expression_that_was_trained(gan: Any, tmp_path: Path) -> None:
    system = play(tmp_path, gan[0], "system.kappa=3").system.cpu()
    image = torch.rand(4, 3, 8, 8) * 2 - 1
    system.encoder.eval()
    back, judge = system.sampler()[0](system.encoder(image)), system.game.discriminator
    pixels = mean_square(image, back)
    features = mean_square(judge(image).features, judge(back).features)
    found = system.scores(Batch(image))
    assert tuple(found) == system.score_names
    torch.testing.assert_close(found["f_anogan"], pixels + 3 * features)
    torch.testing.assert_close(found["reconstruction"], pixels)
    terms = system.terms("encoder", image, 0)
    torch.testing.assert_close(sum(terms.values()), found["f_anogan"].mean())


def test_no_update_touches_what_stands_still(composed: Any) -> None:
    system: Any = build_system(plain_config(composed(*ENCODER, "init_from=x")), (1, 8, 8), 10)
    assert [*map(id, system.untouched_by("encoder"))] == [*map(id, system.games.buffers())] != []


def test_interrupted_and_resumed_equals_uninterrupted(gan: Any, tmp_path: Path) -> None:
    whole = play(tmp_path / "whole", gan[0], "trainer.max_steps=6")
    half = play(tmp_path / "half", gan[0], "trainer.max_steps=3")
    (keeper,) = (one for one in half.trainer.callbacks if isinstance(one, Checkpoint))
    resumed = play(tmp_path / "half", gan[0], "trainer.max_steps=6", resume=Path(keeper.folder) / "last.ckpt")
    one, other = whole.system.state_dict(), resumed.system.state_dict()
    assert all(value.equal(other[key]) for key, value in one.items() if torch.is_tensor(value))


def refusal(composed: Any, source: Path, *overrides: str, model: tuple[str, ...] = ENCODER) -> str:
    with pytest.raises(ConfigError) as error:
        begin(assemble(composed(*model, f"init_from={source}", *overrides)).system, pinned(str(source)))
    return str(error.value)


def test_another_network_is_told_with_the_keys_to_paste(composed: Any, gan: Any) -> None:
    told = refusal(composed, gan[0], model=("model=f_anogan", "network=mlp", "metrics=none"))
    paste = "network=dcgan latent.latent_dim=5 network.width=2 network.discriminator.norm=batch"
    assert told.endswith(f"give this run its settings, {paste} 'tricks=[ema,spectral_norm]'")
    assert refusal(composed, gan[0], "network.width=4").endswith("its settings, network.width=2")
    assert refusal(composed, gan[0], "tricks=[spectral_norm]").endswith("its settings, 'tricks=[ema,spectral_norm]'")


def test_images_of_another_size_are_told(composed: Any, gan: Any) -> None:
    assert "data.image_size=8" in refusal(composed, gan[0], "data.image_size=16")


def test_a_setting_that_changes_no_size_counts_too(composed: Any, gan: Any) -> None:
    assert "latent=gaussian" in refusal(composed, gan[0], "latent=uniform")


def test_it_begins_with_a_finished_run(composed: Any) -> None:
    with pytest.raises(ConfigError, match="give init_from=<run folder>"):
        assemble(composed(*ENCODER))


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [(("tricks=[pacgan]",), "tricks.pacgan shows it several"), (("network.conditional=true",), "conditional=false")],
)
def test_what_cannot_score_single_images_is_refused(composed: Any, overrides: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        build_system(plain_config(composed(*ENCODER, "init_from=x", *overrides)), (1, 8, 8), 10)


def test_a_discriminator_whose_features_tell_of_other_images_compares_none(composed: Any) -> None:
    small = ("network.max_channels=4", "network.base_channels=16", "tricks=[minibatch_stddev]")
    settings = ("model=f_anogan", "network=progan", "latent.latent_dim=5", *small, "init_from=x")
    with pytest.raises(ValueError, match=r"features of this one tell of all images .* set system\.kappa=0$") as refused:
        build_system(plain_config(composed(*settings)), (1, 8, 8), 10)
    way_out = str(refused.value).rpartition(" ")[2]
    system: Any = build_system(plain_config(composed(*settings, way_out)), (1, 8, 8), 10)
    image = torch.rand(4, 1, 8, 8) * 2 - 1
    found = system.scores(Batch(image))
    assert found["f_anogan"].equal(found["reconstruction"])
    alone = torch.cat([system.scores(Batch(one[None]))["f_anogan"] for one in image])
    torch.testing.assert_close(found["f_anogan"], alone)
