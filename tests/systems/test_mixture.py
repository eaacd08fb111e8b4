"""Mixtures of codes: what is fitted is drawn, each row is another, walks do not jump, nothing else changes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from gan_runner.assemble import assemble
from gan_runner.callbacks.codes import Codes
from gan_runner.config.errors import ConfigError
from gan_runner.runs.checkpoints import load
from gan_runner.systems.mixture import Mixture, fitted

SMALL = ("model=vae", "network.hidden=[8]", "latent.latent_dim=3", "metrics=none", "logger=none", "trainer.max_steps=4",
         "data.batch_size=4", "data.num_samples=60")  # fmt: skip
LIKELIHOODS = {"synthetic": "bernoulli", "ring": "gaussian"}


def planted(count: int = 4000) -> Tensor:
    """Three normals in a plane; a third number of the scale of 1e-3, and two that never change."""
    draw = torch.Generator().manual_seed(0)
    component = torch.multinomial(torch.tensor([0.5, 0.3, 0.2]), count, replacement=True, generator=draw)
    means = torch.tensor([[0.0, 4.0], [4.0, 0.0], [-4.0, -4.0]])[component]
    spread = torch.tensor([[[1.0, 0.0], [0.5, 0.2]], [[0.2, 0.0], [0.0, 1.0]], [[0.5, 0.0], [-0.4, 0.3]]])[component]
    plane = means + (spread @ torch.randn(count, 2, 1, generator=draw))[..., 0]
    tiny = 1e-3 * (plane[:, :1] + torch.randn(count, 1, generator=draw))
    return torch.cat([plane, tiny, torch.full((count, 1), 7.0), torch.zeros(count, 1)], dim=1)


def mixture_of(codes: Tensor, components: int = 3) -> Mixture:
    mixture = Mixture(codes.shape[1], components)
    mixture.take(fitted(codes, components, seed=0))
    return mixture


def drawn(mixture: Mixture, count: int, seed: int = 0, truncation: float | None = None) -> Tensor:
    return mixture(mixture.sample(count, truncation=truncation, generator=torch.Generator().manual_seed(seed)))


def test_samples_have_the_moments_of_the_codes_and_dead_numbers_their_values() -> None:
    codes = planted()
    samples = drawn(mixture_of(codes), 20_000)
    scale = codes.std(dim=0).clamp_min(1e-3)
    assert ((samples.mean(dim=0) - codes.mean(dim=0)).abs() < 0.05 * scale).all()
    relative = (samples.T.cov() - codes.T.cov()) / (scale[:, None] * scale)
    assert relative.abs().max() < 0.05  # of the number of scale 1e-3 too
    assert samples[:, 3:].unique(dim=0).tolist() == [[7.0, 0.0]]


def test_the_components_are_found_with_their_shares() -> None:
    mixture = mixture_of(planted())
    order = mixture.weights.argsort(descending=True)
    torch.testing.assert_close(mixture.weights[order], torch.tensor([0.5, 0.3, 0.2]), atol=0.02, rtol=0)
    torch.testing.assert_close(
        mixture.means[order, :2], torch.tensor([[0.0, 4.0], [4.0, 0.0], [-4.0, -4.0]]), atol=0.1, rtol=0
    )


def test_the_same_codes_give_the_same_mixture() -> None:
    first, second = fitted(planted(500), 3, seed=5), fitted(planted(500), 3, seed=5)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_ten_calls_of_a_hundred_give_a_thousand_rows() -> None:
    mixture, draw = mixture_of(planted()), torch.Generator().manual_seed(0)
    rows = torch.cat([mixture(mixture.sample(100, generator=draw)) for _ in range(10)])
    assert len(rows.unique(dim=0)) == 1000
    assert rows.dtype == torch.float32


def test_the_first_rows_are_of_all_components() -> None:
    mixture = mixture_of(planted())
    latents = mixture.sample(64, generator=torch.Generator().manual_seed(0))
    counts = mixture.component_of(latents).bincount(minlength=3)
    assert counts.min() >= 5
    assert mixture.component_of(latents)[:8].unique().numel() > 1


def test_truncation_leaves_all_components() -> None:
    mixture = mixture_of(planted())
    near = drawn(mixture, 2000, truncation=0.1)
    nearest = torch.cdist(near[:, :2], mixture.means[:, :2]).min(dim=1)
    assert nearest.values.max() < 0.3
    shares = nearest.indices.bincount(minlength=3) / 2000
    torch.testing.assert_close(shares, mixture.weights, atol=0.05, rtol=0)


def test_latents_drawn_in_keep_their_component() -> None:
    mixture = mixture_of(planted())
    latent = mixture.sample(50)
    near = mixture.within(latent, torch.tensor(0.5))
    assert torch.equal(mixture.component_of(near), mixture.component_of(latent))
    assert near[:, :-1].abs().max() <= 0.5
    assert torch.equal(mixture.within(latent, torch.tensor(torch.inf)), latent)


def test_before_it_is_fitted_it_is_a_standard_normal() -> None:
    latents = Mixture(3).sample(10, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(Mixture(3)(latents), latents[:, :3])


def test_extreme_latents_choose_a_component() -> None:
    mixture = mixture_of(planted())
    latents = torch.zeros(2, 6)
    latents[:, -1] = torch.tensor([-40.0, 40.0])
    assert mixture.component_of(latents).tolist() == [0, 2]


def test_few_codes_make_fewer_components_and_equal_ones_a_constant() -> None:
    few = fitted(planted(8), 10, seed=0)  # three numbers vary: four codes to a component
    assert (few["weights"] > 0).sum() == 2
    assert all(value.isfinite().all() for value in few.values())
    one = mixture_of(torch.full((5, 2), 3.0))
    assert drawn(one, 50).unique(dim=0).tolist() == [[3.0, 3.0]]
    single = fitted(torch.randn(1, 4), 10, seed=0)
    assert single["factors"].abs().max() == 0


def test_codes_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="codes of images are not finite"):
        fitted(torch.tensor([[1.0], [float("nan")]]), 2, seed=0)


def test_a_walk_passes_its_anchors_and_does_not_jump_between_components() -> None:
    mixture = mixture_of(planted())
    anchors = mixture.sample(6, generator=torch.Generator().manual_seed(4))
    assert mixture.component_of(anchors).unique().numel() == 3
    path = mixture(mixture.path(anchors, 6 * 200))
    torch.testing.assert_close(path[::200], mixture(anchors), atol=1e-4, rtol=1e-4)
    steps = (path.roll(-1, 0) - path)[:, :2].norm(dim=1)
    assert steps.max() < 0.12  # of ways of about 9: a jump would be all of one
    assert (path[:, 3] == 7).all()


def test_within_a_component_a_walk_is_as_far_from_its_mean_as_its_anchors() -> None:
    mixture = mixture_of(torch.randn(500, 40, generator=torch.Generator().manual_seed(0)), components=1)
    anchors = mixture.sample(3, generator=torch.Generator().manual_seed(1))
    path = mixture.path(anchors, 90)[:, :-1].norm(dim=1)
    assert path.min() > 0.95 * anchors[:, :-1].norm(dim=1).min()


# ---- in a run -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", LIKELIHOODS)
@pytest.mark.parametrize("model", ["vae", "autoencoder"])
def test_a_run_fits_one_and_trains_as_without_it(
    played: Callable[..., Any], tmp_path: Path, data: str, model: str
) -> None:
    overrides = (*SMALL, f"model={model}", f"data={data}", f"likelihood={LIKELIHOODS[data]}")
    plain = played(*overrides, folder=tmp_path / "prior").system
    system = played(*overrides, "system.sample_from=mixture", folder=tmp_path / "mixture").system
    weights = plain.state_dict()
    there = system.state_dict()
    assert all(torch.equal(value, there[name]) for name, value in weights.items() if isinstance(value, Tensor))
    assert int(system.mixture.fitted_to) > 30
    network, chosen_by = system.sampler()
    assert chosen_by == "decoder"
    samples = network.eval()(system.latent.sample(5), None)
    assert samples.shape == (5, *system.shape)
    assert "mixture fitted to those of" in system.drawn_from
    assert plain.drawn_from == ""


def test_all_numbers_are_saved_with_the_run(played: Callable[..., Any], tmp_path: Path) -> None:
    system = played(*SMALL, "system.sample_from=mixture").system
    saved = load(tmp_path / "checkpoints" / "last.ckpt")["state_dict"]
    assert torch.equal(saved["latent.means"], system.mixture.means)
    assert int(saved["latent.fitted_to"]) == int(system.mixture.fitted_to)


def test_a_resumed_run_has_the_mixture_of_one_that_did_not_stop(
    played: Callable[..., Any], composed: Callable[..., Any], tmp_path: Path
) -> None:
    overrides = (*SMALL, "system.sample_from=mixture", "callbacks.codes.every=2", "tricks=[ema]")
    whole = played(*overrides, "trainer.max_steps=5", folder=tmp_path / "whole").system.state_dict()
    played(*overrides, "trainer.max_steps=3", folder=tmp_path / "first")
    second = assemble(composed(*overrides, "trainer.max_steps=5", folder=tmp_path / "second"))
    checkpoint = tmp_path / "first" / "checkpoints" / "last.ckpt"
    second.trainer.fit(second.system, second.data, ckpt_path=checkpoint, weights_only=True)
    resumed = second.system.state_dict()
    assert all(torch.equal(value, resumed[name]) for name, value in whole.items() if isinstance(value, Tensor))
    assert "latent.factors" in whole


def test_weights_of_a_run_without_one_are_taken(composed: Callable[..., Any]) -> None:
    without = assemble(composed(*SMALL)).system.state_dict()
    system: Any = assemble(composed(*SMALL, "system.sample_from=mixture")).system
    system.load_state_dict(without)
    assert int(system.mixture.fitted_to) == 0


def test_it_is_fitted_to_codes_of_the_average(played: Callable[..., Any]) -> None:
    experiment = played(*SMALL, "system.sample_from=mixture", "tricks=[ema]")
    system, data = experiment.system, experiment.data
    (callback,) = (one for one in experiment.trainer.callbacks if isinstance(one, Codes))
    codes = torch.cat(list(callback._codes_of(system, data.deck("train"))))
    assert torch.equal(fitted(codes, 10, callback.seed)["means"], system.mixture.means)
    assert system.coder()[1] == "ema"


def test_without_what_fits_it_a_run_is_refused(composed: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError, match=r"system\.sample_from=mixture draws from what callbacks\.codes fits"):
        assemble(composed(*SMALL, "system.sample_from=mixture", "callbacks.codes=null"))
