"""Codes: pictures and figures of held-out codes, when the mixture is fitted, and that training never notices."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from pytorch_lightning import Callback
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from gan_runner.assemble import assemble
from gan_runner.callbacks import codes as module
from gan_runner.callbacks.codes import ACTIVE, Codes, Told, scattered
from gan_runner.callbacks.evaluation import Evaluation
from gan_runner.callbacks.samples import Samples
from gan_runner.images.lettering import BAND
from gan_runner.latents import kl
from gan_runner.runs.interruption import signals

Played = Callable[..., Any]
QUIET = ("logger=none", "callbacks.summary=null", "callbacks.checkpoint=null", "metrics=none")
VAE = ("model=vae", "network.hidden=[8]", "latent.latent_dim=2", "data.num_samples=60", "data.batch_size=4",
       "callbacks.panels=null", "callbacks.samples=null", "evaluation.every=2", "trainer.max_steps=5")  # fmt: skip
POINTS = ("data=ring", "likelihood=gaussian", "data.num_samples=200")


def codes_of(experiment: Any) -> Codes:
    (found,) = (callback for callback in experiment.trainer.callbacks if isinstance(callback, Codes))
    return found


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "samples").iterdir())


def test_pictures_every_so_often_and_at_the_end(played: Played, tmp_path: Path) -> None:
    played(*VAE, *QUIET)
    assert names(tmp_path) == [f"{name}_{step:08d}.png" for name in ("codes", "kl", "plane") for step in (2, 4, 5)]
    with Image.open(tmp_path / "samples" / "plane_00000005.png") as picture:
        assert picture.size == (20 * 66 + 2, 20 * 66 + 2 + BAND)  # 8 pixels a side, shown on 64, below a line


@pytest.mark.parametrize(("more", "expected"), [
    (("latent.latent_dim=3",), ["codes", "kl"]), (("latent.latent_dim=1",), ["kl", "plane"]),
    (("model=autoencoder", "likelihood=bernoulli"), ["codes", "plane"]), (POINTS, ["codes", "kl"]),
    (("model=cvae",), ["codes", "kl", "plane"]),
])  # fmt: skip
def test_what_there_is_to_show(played: Played, tmp_path: Path, more: tuple[str, ...], expected: list[str]) -> None:
    played(*VAE, *QUIET, "trainer.max_steps=2", *more)
    assert names(tmp_path) == [f"{name}_00000002.png" for name in expected]


def test_games_without_codes_have_no_pictures(played: Played, tmp_path: Path) -> None:
    played("model=dcgan", "network.width=2", *QUIET, "callbacks.samples=null")
    assert not (tmp_path / "samples").exists()


def test_the_plane_shows_the_quantiles_of_the_prior_the_second_number_upwards(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = played(*VAE, *QUIET)
    asked: list[Any] = []
    system = experiment.system
    monkeypatch.setattr(system, "decode", lambda code, label: asked.append(code) or torch.zeros(len(code), 1, 8, 8))
    codes_of(experiment)._plane(system, torch.randn(50, 2), False)
    (cells,) = asked
    assert cells.shape == (400, 2)
    assert cells[0].tolist() == pytest.approx([-1.6449, 1.6449], abs=1e-3)  # the upper left corner
    assert cells[-1].tolist() == pytest.approx([1.6449, -1.6449], abs=1e-3)
    assert (cells[:20, 1] == cells[0, 1]).all()


def test_the_plane_of_codes_that_nothing_holds_shows_their_own(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = played(*VAE, *QUIET, "model=autoencoder", "likelihood=bernoulli")
    asked: list[Any] = []
    system = experiment.system
    monkeypatch.setattr(system, "decode", lambda code, label: asked.append(code) or torch.zeros(len(code), 1, 8, 8))
    codes = torch.stack([torch.linspace(0, 100, 1001), torch.linspace(-1, 0, 1001)], dim=1)
    codes_of(experiment)._plane(system, codes, False)
    assert asked[0][0].tolist() == pytest.approx([5.0, -0.05], abs=1e-3)


def test_figures_are_those_of_held_out_codes(played: Played) -> None:
    experiment = played(*VAE, *QUIET)
    system, callback = experiment.system, codes_of(experiment)
    real = experiment.data.deck("test")[torch.arange(len(experiment.data.deck("test")))].real
    mean, log_variance = system.posterior(real.float() / 127.5 - 1)
    nats = kl(mean, log_variance).mean(dim=0)
    assert callback.figures == {
        "autoencoder/active_units": float((mean.var(dim=0, unbiased=False) > ACTIVE).sum()),
        "autoencoder/kl_most": pytest.approx(float(nats.max())),
        "autoencoder/kl_least": pytest.approx(float(nats.min())),
    }
    assert (callback.figures_at, callback.numbers) == (5, 2)


def test_active_numbers_are_those_whose_mean_varies() -> None:
    codes = torch.randn(2000, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([1.0, 0.05, 0.2]) + 3
    assert Told(codes, None, None).active.tolist() == [True, False, True]


def test_of_many_numbers_the_principal_components_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = torch.Generator().manual_seed(0)
    plane, turn = torch.randn(500, 2, generator=draw) * torch.tensor([5.0, 2.0]), torch.linalg.qr(torch.randn(6, 6))[0]
    shown: list[Any] = []
    monkeypatch.setattr(module, "by_class", lambda *told: shown.append(told))
    scattered(Told(plane @ turn[:2] + 7, None, None), ())
    points, _, _, title, _ = shown[0]
    centred = plane - plane.mean(dim=0)
    torch.testing.assert_close(points.square().sum(dim=1), centred.square().sum(dim=1), rtol=1e-3, atol=1e-3)
    assert "6 numbers, 100% of their variance" in title


def test_everything_is_logged(played: Played, tmp_path: Path) -> None:
    played(*VAE, "callbacks.summary=null", "callbacks.checkpoint=null", "metrics=none")
    with next(tmp_path.rglob("metrics.csv")).open() as file:
        rows = [row for row in csv.DictReader(file) if row["autoencoder/active_units"]]
    assert [row["step"] for row in rows] == ["2", "4", "5"]
    events = EventAccumulator(str(next(tmp_path.rglob("events.out*")).parent)).Reload()
    assert {"samples/plane", "samples/codes", "samples/kl"} <= set(events.Tags()["images"])
    assert {"autoencoder/active_units", "autoencoder/kl_most"} <= set(events.Tags()["scalars"])


def test_training_never_notices(played: Played, tmp_path: Path) -> None:
    with_it = played(*VAE, *QUIET, folder=tmp_path / "with").system.state_dict()
    without = played(*VAE, *QUIET, "callbacks.codes=null", folder=tmp_path / "without").system.state_dict()
    tensors = [name for name, value in without.items() if isinstance(value, torch.Tensor)]
    assert tensors
    assert all(torch.equal(with_it[name], without[name]) for name in tensors)


def test_the_mixture_is_fitted_before_samples_are_drawn(
    composed: Any, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr(module, "fitted", _noting(module.fitted, order, "fit"))
    monkeypatch.setattr(Samples, "_draw", lambda self, trainer, system: order.append(f"draw {trainer.global_step}"))
    monkeypatch.setattr(Samples, "_animate", lambda self: None)
    small = [one for one in VAE if one != "callbacks.samples=null"]
    played(*small, *QUIET, "system.sample_from=mixture", "callbacks.samples.every=2", "callbacks.codes.fit_to=30")
    assert order == [word for step in (0, 2, 4, 5) for word in ("fit 30", f"draw {step}")]


def test_whoever_draws_measures_or_saves_between_two_looks_has_a_mixture_of_the_present_weights(
    played: Played, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    order: list[str] = []
    monkeypatch.setattr(module, "fitted", _noting(module.fitted, order, "fit"))
    monkeypatch.setattr(Samples, "_draw", lambda self, trainer, system: order.append(f"draw {trainer.global_step}"))
    monkeypatch.setattr(Samples, "_animate", lambda self: None)
    monkeypatch.setattr(
        Evaluation, "_judge", lambda self, judge, trainer, system: bool(order.append(f"measure {trainer.global_step}"))
    )
    small = [one for one in VAE if one != "callbacks.samples=null"]
    played(*small, "logger=none", "callbacks.summary=null", "system.sample_from=mixture", "trainer.max_steps=6",
           "metrics=[likelihood]", "callbacks.codes.every=1000", "callbacks.samples.every=2",
           "callbacks.evaluation.every=3",
           "callbacks.checkpoint.every=5", "callbacks.checkpoint.keep_every=5")  # fmt: skip
    acts = [("draw 0",), ("draw 2",), ("measure 3",), ("draw 4",), (), ("draw 6", "measure 6")]
    assert order == [word for told in acts for word in ("fit 60", *told)]


class StopsAfter(Callback):
    """As Lightning's timer does of a run with max_time."""

    def __init__(self, batches: int) -> None:
        self.batches = batches

    def on_train_batch_end(self, trainer: Any, *rest: Any) -> None:
        trainer.should_stop = trainer.global_step >= self.batches


def test_a_run_that_another_callback_ends_saves_the_mixture_of_its_last_weights(composed: Any, tmp_path: Path) -> None:
    experiment = assemble(composed(*VAE, "logger=none", "metrics=none", "system.sample_from=mixture", "seed=3",
                                   "evaluation.every=1000", "trainer.max_steps=100"))  # fmt: skip
    experiment.trainer.callbacks.insert(-1, StopsAfter(3))
    experiment.trainer.fit(experiment.system, experiment.data)
    assert experiment.trainer.global_step == 3
    saved = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=False)["state_dict"]
    callback, mixture = codes_of(experiment), experiment.system.mixture
    mixture.weights.zero_()
    callback._fitted_at = -1
    callback.fit_now(experiment.trainer, experiment.system)
    assert all(torch.equal(saved[f"latent.{name}"], value) for name, value in mixture.state_dict().items())


def test_a_mixture_is_fitted_once_to_the_same_weights(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = played(*VAE, *QUIET, "system.sample_from=mixture")
    order: list[str] = []
    monkeypatch.setattr(module, "fitted", _noting(module.fitted, order, "fit"))
    assert codes_of(experiment).fit_now(experiment.trainer, experiment.system)
    assert order == []


def test_a_fit_for_others_that_is_cut_off_is_no_look_that_has_to_be_made_up_for(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = played(*VAE, *QUIET, "system.sample_from=mixture")
    callback = codes_of(experiment)
    monkeypatch.setattr(signals, "came_through", lambda work: False)
    callback._fitted_at = -1
    assert not callback.fit_now(experiment.trainer, experiment.system)
    assert not callback.cut_off
    assert callback._fitted_at == -1


def test_a_run_that_ends_by_its_epochs_saves_and_measures_the_mixture_of_its_last_weights(
    played: Played, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    order: list[str] = []
    monkeypatch.setattr(module, "fitted", _noting(module.fitted, order, "fit"))
    act = Evaluation.act
    monkeypatch.setattr(Evaluation, "act", lambda self, *rest: (order.append("measure"), act(self, *rest)))
    ends = ("trainer.max_steps=-1", "trainer.max_epochs=1", "evaluation.every=1000")
    system = played(*VAE, "logger=none", "metrics=none", *ends, "system.sample_from=mixture").system
    assert order == ["fit 60", "measure"]
    (path,) = (tmp_path / "checkpoints").glob("last.ckpt")
    assert torch.load(path, weights_only=False)["state_dict"]["latent.means"].equal(system.latent.means)


def _noting(function: Callable[..., Any], order: list[str], word: str) -> Callable[..., Any]:
    def noted(codes: Any, *rest: Any) -> Any:
        order.append(f"{word} {len(codes)}")
        return function(codes, *rest)

    return noted


def test_what_was_cut_off_is_made_up_for_with_the_same_mixture(
    played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overrides = (*VAE, *QUIET, "system.sample_from=mixture", "callbacks.codes.every=4")
    whole = played(*overrides, folder=tmp_path / "whole")
    experiment = played(*overrides, folder=tmp_path / "cut")
    callback, mixture = codes_of(experiment), experiment.system.mixture
    expected = {name: value.clone() for name, value in mixture.state_dict().items()}
    assert all(torch.equal(value, whole.system.mixture.state_dict()[name]) for name, value in expected.items())

    for value in mixture.state_dict().values():
        value.zero_()
    with monkeypatch.context() as patched:
        patched.setattr(signals, "came_through", lambda work: False)
        callback.acted_at = callback._fitted_at = -1
        callback.act_once(experiment.trainer, experiment.system)
    assert callback.cut_off
    assert callback.state_dict()["cut_off"]
    assert not any(value.any() for value in mixture.state_dict().values())  # nothing half-fitted
    callback.acted_at = -1
    callback.make_up(experiment.trainer, experiment.system)
    assert not callback.cut_off
    assert all(torch.equal(value, mixture.state_dict()[name]) for name, value in expected.items())


def test_codes_that_are_not_finite_leave_the_last_mixture_and_no_picture(
    played: Played, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    experiment = played(*VAE, *QUIET, "system.sample_from=mixture")
    system, callback = experiment.system, codes_of(experiment)
    before = {name: value.clone() for name, value in system.mixture.state_dict().items()}
    for picture in (tmp_path / "samples").iterdir():
        picture.unlink()
    with torch.no_grad():
        for parameter in system.network.encoder.parameters():
            parameter.fill_(float("nan"))
    callback.acted_at = callback._fitted_at = -1
    callback.act_once(experiment.trainer, system)
    assert "no mixture after 5 batches: codes of images are not finite" in caplog.text
    assert all(torch.equal(value, system.mixture.state_dict()[name]) for name, value in before.items())
    assert not list((tmp_path / "samples").iterdir())


def test_a_kl_that_is_not_finite_is_neither_drawn_nor_told(
    played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "kl", lambda mean, log_variance: torch.full_like(mean, torch.inf))
    experiment = played(*VAE, *QUIET, "trainer.max_steps=2")
    assert names(tmp_path) == []
    assert codes_of(experiment).figures == {}
