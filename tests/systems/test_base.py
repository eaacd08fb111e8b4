"""What every system has from its base: one step, curves of what was measured in their interval, a state that goes on.

A system of one player goes the whole way of a run under the default callbacks: it is no game.
"""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fixtures.on_ranks import play_on_ranks
from gan_runner.networks.mlp import Generator
from gan_runner.runs.checkpoints import load
from gan_runner.systems.base import System, generate, mean_of

CONFIGS = Path(__file__).parent.parent / "fixtures" / "configs"
ONE = (
    f"hydra.searchpath=[file://{CONFIGS}]", "model=one_player", "network.width=4", "latent.latent_dim=6", "data=digits",
    "data.image_size=8", "data.batch_size=16", "trainer.accelerator=cpu", "trainer.precision=32-true",
    "trainer.log_every_n_steps=5", "evaluation.every=10", "evaluation.num_samples=64", "features=random_conv",
    "metrics=[frechet,memorization]", "callbacks.samples.every=10", "callbacks.panels.every=10",
)  # fmt: skip
BATCHES = 20


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "metrics.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def curve(folder: Path, name: str) -> dict[int, float]:
    return {int(row["step"]): float(row[name]) for row in rows_of(folder) if row.get(name)}


# ---- one player -----------------------------------------------------------------------------------------------------


@pytest.fixture
def run_one(run_command: Any, tmp_path: Path) -> Any:
    def run(name: str, *overrides: str) -> Path:
        folder = tmp_path / name
        ended = run_command("gan-train", *ONE, f"hydra.run.dir={folder}", *overrides)
        assert ended.code == 0, ended.err
        return folder

    return run


def test_one_player_trains_logs_evaluates_and_is_drawn_under_the_default_callbacks(run_one: Any) -> None:
    folder = run_one("run", f"trainer.max_steps={BATCHES}")
    errors = curve(folder, "autoencoder/error")
    assert list(errors) == [1, 5, 10, 15, 20]
    assert errors[20] < errors[1]
    for name in ("autoencoder/size", "autoencoder/gradient_norm", "autoencoder/learning_rate"):
        assert list(curve(folder, name)) == [1, 5, 10, 15, 20]
    assert list(curve(folder, "evaluation/frechet/random_conv64/64")) == [10, 20]
    facts = json.loads((folder / "run.json").read_text())
    assert (facts["status"], facts["batches"], facts["states"]) == ("finished", BATCHES, [])
    assert {"00000000.png", "00000010.png", "00000020.png", "real.png", "progress.gif", "autoencoder_00000020.png"} <= {
        path.name for path in (folder / "samples").iterdir()
    }
    assert not [name for name in rows_of(folder)[0] if name.startswith(("discriminator", "generator", "monitor"))]


def test_one_player_resumes_to_the_bit(run_one: Any, run_command: Any) -> None:
    whole = run_one("whole", f"trainer.max_steps={BATCHES}")
    cut = run_one("cut", "trainer.max_steps=10")
    ended = run_command("gan-train", f"resume={cut}", f"trainer.max_steps={BATCHES}", "trust=true")
    assert ended.code == 0, ended.err
    states = [load(folder / "checkpoints" / "last.ckpt") for folder in (whole, cut)]
    assert [state["global_step"] for state in states] == [BATCHES, BATCHES]
    assert states[0]["state_dict"].keys() == states[1]["state_dict"].keys()
    assert all(
        torch.equal(value, states[1]["state_dict"][name])
        for name, value in states[0]["state_dict"].items()
        if isinstance(value, Tensor)
    )
    moments = [state["optimizer_states"][0]["state"] for state in states]
    assert all(torch.equal(moments[0][key]["exp_avg"], moments[1][key]["exp_avg"]) for key in moments[0])
    assert curve(whole, "autoencoder/error") == curve(cut, "autoencoder/error")


def test_gan_sample_draws_from_one_player_whose_class_is_trusted(
    run_one: Any, run_command: Any, tmp_path: Path
) -> None:
    folder = run_one("run", "trainer.max_steps=10")
    asked = (f"run={folder}", "num_samples=5", "accelerator=cpu", f"output={tmp_path / 'drawn.npz'}")
    refused = run_command("gan-sample", *asked)
    assert refused.code == 1
    assert "system._target_='fixtures.one_player.Autoencoder', which is not trusted" in refused.err
    ended = run_command("gan-sample", *asked, "trust=true")
    assert ended.code == 0, ended.err
    assert "5 samples of the decoder after 10 batches" in ended.out
    with np.load(tmp_path / "drawn.npz") as written:
        assert written["images"].shape == (5, 8, 8, 1)


def test_one_player_on_two_ranks_ends_with_equal_weights(tmp_path: Path) -> None:
    mine = [one for one in ONE if not one.startswith(("data", "trainer", "metrics", "features", "evaluation"))]
    first, second = play_on_ranks(tmp_path, 2, *mine, "callbacks.evaluation=null")
    assert first["weights"] == second["weights"]
    assert first["sources"] != second["sources"]
    assert first["batches"] == 5


def test_gradients_are_watched_and_skipped_where_they_are_not_finite(run_one: Any) -> None:
    folder = run_one(
        "run", "trainer.max_steps=4", "callbacks.finite.on_bad=skip", "callbacks.finite.every=2", "metrics=none"
    )
    assert json.loads((folder / "run.json").read_text())["notes"] == []


# ---- what it is handed -----------------------------------------------------------------------------------------------


def test_a_player_without_an_optimizer_is_told(composed: Any) -> None:
    from gan_runner.assemble import assemble
    from gan_runner.config.errors import ConfigError

    with pytest.raises(ConfigError, match=r"optimizer\.autoencoder is missing, and fixtures\.one_player\.Autoencoder"):
        assemble(composed(*ONE, "~optimizer.autoencoder"))


# ---- a curve holds what was measured in its interval ----------------------------------------------------------------

STEPS = "system.discriminator_steps"
EVERY, BEHIND = 4, 3
"""Batches between two logged ones; the generator moves on each third: with 3, 6, 9, 12, logged with 1, 4, 8, 12."""


@pytest.fixture
def norms(composed: Any, tmp_path: Path) -> Any:
    """What the norm of the generator's gradient really was, by batches, beside its logged curve."""

    def play(*overrides: str) -> tuple[dict[int, float], dict[int, float]]:
        from pytorch_lightning import Callback

        class Watch(Callback):
            def __init__(self) -> None:
                self.norms: dict[int, float] = {}

            def on_before_optimizer_step(self, trainer: Any, system: Any, optimizer: Any) -> None:
                if optimizer is trainer.optimizers[1]:
                    gradients = [p.grad for p in system.game.generator.parameters() if p.grad is not None]
                    self.norms[trainer.global_step] = float(torch.nn.utils.get_total_norm(gradients))

        from gan_runner.assemble import assemble

        experiment, watch = assemble(composed("model=vanilla", *overrides)), Watch()
        experiment.trainer.callbacks.append(watch)
        experiment.trainer.fit(experiment.system, experiment.data)
        return watch.norms, curve(tmp_path, "generator/gradient_norm")

    return play


def test_the_generators_curve_has_a_point_in_every_interval_and_no_old_one(norms: Any) -> None:
    measured, logged = norms(
        "model=vanilla",
        "trainer.max_steps=12",
        f"trainer.log_every_n_steps={EVERY}",
        f"system.discriminator_steps={BEHIND}",
    )
    assert list(measured) == [3, 6, 9, 12]  # after the discriminator's step, which is counted
    assert list(logged) == [4, 8, 12]  # the first report, of batch 1, has none: the generator had not moved
    assert logged == {at: pytest.approx(measured[newest], rel=1e-4) for at, newest in ((4, 3), (8, 6), (12, 12))}


def test_an_interval_without_a_move_has_no_point(norms: Any) -> None:
    _, logged = norms(
        "model=vanilla", "trainer.max_steps=8", "trainer.log_every_n_steps=2", "system.discriminator_steps=5"
    )
    assert list(logged) == [6]  # the generator moved with batch 5 alone


def test_a_player_that_moves_with_the_reported_batch_is_measured_there_alone(played: Any) -> None:
    system = played("model=vanilla", "trainer.max_steps=5", "trainer.log_every_n_steps=3").system
    assert system._absent == frozenset()
    assert system._found == {}


def test_slices_are_logged_by_their_mean(played: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, float]] = []
    whole = System._backward

    def note(self: Any, total: Tensor, player: str) -> None:
        told.append((player, float(total.detach())))
        whole(self, total, player)

    monkeypatch.setattr(System, "_backward", note)
    played(
        "model=vanilla",
        "trainer.max_steps=1",
        "data.batch_size=8",
        "system.accumulate=4",
        "trainer.log_every_n_steps=1",
    )
    for player in ("discriminator", "generator"):
        losses = [total for moving, total in told if moving == player]
        assert len(losses) == 4
        assert max(losses) - min(losses) > 1e-4
        (logged,) = curve(tmp_path, f"{player}/gan/adversarial").values()
        assert logged == pytest.approx(sum(losses) / 4, rel=1e-5)


def test_the_mean_of_one_slice_is_that_slice_to_the_bit() -> None:
    value = torch.tensor(0.1, requires_grad=True)
    found = mean_of([{"a": value}])
    assert torch.equal(found["a"], value)
    assert not found["a"].requires_grad
    slices: Sequence[dict[str, Tensor]] = [{"a": torch.tensor(1.0)}, {"a": torch.tensor(4.0)}]
    assert mean_of(slices) == {"a": torch.tensor(2.5)}


# ---- samples --------------------------------------------------------------------------------------------------------


class Counts(nn.Module):
    """Its n-th pass answers n + source; with a label, its hundredfold is added."""

    def __init__(self) -> None:
        super().__init__()
        self.passes: list[tuple[int, bool]] = []

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        self.passes.append((len(source), self.training))
        answer = source.half() + len(self.passes)
        return answer if label is None else answer + 100 * label[:, None]


def test_samples_are_made_in_batches_in_evaluation_mode() -> None:
    network, source = Counts(), torch.zeros(5, 1)
    samples = generate(network, source, batch_size=2)
    assert network.passes == [(2, False), (2, False), (1, False)]
    assert samples.tolist() == [[1], [1], [2], [2], [3]]
    assert samples.dtype is torch.float32
    assert network.training  # as it was


def test_a_network_in_evaluation_mode_stays_in_it() -> None:
    network = Counts().eval()
    generate(network, torch.zeros(1, 1))
    assert not network.training


def test_labels_stay_with_their_sources() -> None:
    samples = generate(Counts(), torch.zeros(3, 1), torch.tensor([7, 8, 9]), batch_size=2)
    assert samples.tolist() == [[701], [801], [902]]


def test_no_graph_is_kept() -> None:
    network = Generator((2,), latent_dim=5, hidden=[4])
    assert network(torch.randn(3, 5)).requires_grad
    assert not generate(network, torch.randn(3, 5)).requires_grad
