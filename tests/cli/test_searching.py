"""A search: it survives its trials, ends when told, and refuses what cannot be found."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from hydra.core.utils import JobReturn, JobStatus
from omegaconf import OmegaConf

from fixtures.small_runs import SMALL, Outcome
from gan_runner.cli.searching import Search
from gan_runner.config.options import CONFIGS
from gan_runner.runs.interruption import Interrupted, Stopped

optuna = pytest.importorskip("optuna", minversion="5")
TINY = (*SMALL, "model=vanilla", "network.generator.hidden=[4]", "network.discriminator.hidden=[4]", "logger=none",
        "callbacks.samples=null", "callbacks.progress=null", "trainer.log_every_n_steps=1")  # fmt: skip
ON_IMAGES = (*TINY, "metrics=none", "objective=generator/gan/adversarial")
SEARCH = ("-m", "sweep=optuna", "hydra.sweeper.sampler.seed=1", "hydra.sweeper.storage=null")
"""Drawing from memory: setting up a file takes half a second."""


def sweep_of(root: Path) -> Path:
    (sweep,) = root.glob("outputs/sweeps/*/*")
    return sweep


def job_of(sweep: Path, number: int) -> Path:
    """The folder of a job, which is called by what was drawn too."""
    (job,) = sweep.glob(f"{number}-*")
    return job


def test_trials_that_are_refused_are_failed_trials(gan_train: Callable[..., Outcome], tmp_path: Path) -> None:
    search = (*SEARCH, "hydra.sweeper.n_trials=5", "data.batch_size=choice(4,64)", "optimizer.lr=interval(1e-4,1e-3)")
    found = gan_train(*ON_IMAGES, *search)
    assert found.code == 0, found.err
    sweep = sweep_of(tmp_path)
    facts = [json.loads((job_of(sweep, number) / "run.json").read_text()) for number in range(5)]
    failed = [number for number, fact in enumerate(facts) if fact["status"] == "failed"]
    assert 0 < len(failed) < 5
    summary = (sweep / "summary.md").read_text()
    for number in failed:
        assert "data.batch_size=64 on 1 device(s) needs 64 samples or more" in facts[number]["why"]
        assert f"- job {number}: failed, {facts[number]['why']}" in summary
    best = yaml.safe_load((sweep / "optimization_results.yaml").read_text())
    assert best["best_params"]["data.batch_size"] == 4
    values = [fact["figures"]["generator/gan/adversarial"] for fact in facts if fact["status"] == "finished"]
    assert best["best_value"] == pytest.approx(min(values))


def test_a_sampler_learns_where_trials_fail(gan_train: Callable[..., Outcome], tmp_path: Path) -> None:
    """It passes over what Optuna calls failed, and would draw there as if nobody had been there."""
    import optuna

    search = [word for word in SEARCH if "storage" not in word]
    found = gan_train(*ON_IMAGES, *search, "hydra.sweeper.n_trials=2", "optimizer.lr=choice(1e-3,-1)")
    assert found.code == 0, found.err
    storage = f"sqlite:///{sweep_of(tmp_path)}/study.db"
    (name,) = optuna.get_all_study_names(storage)
    trials = optuna.load_study(storage=storage, study_name=name).trials
    states = {trial.params["optimizer.lr"]: trial.state.name for trial in trials}
    assert states == {1e-3: "COMPLETE", -1: "PRUNED"}
    assert "optimizer.lr=-1 is not valid" in next(trial.user_attrs["why"] for trial in trials if trial.user_attrs)


def test_a_search_ends_after_as_many_failures_as_it_was_told(gan_train: Callable[..., Outcome], tmp_path: Path) -> None:
    search = (*SEARCH, "hydra.sweeper.n_trials=9", "hydra.sweeper.max_failures=1", "data.batch_size=choice(64,96)")
    ended = gan_train(*ON_IMAGES, *search)
    assert ended.code == 1
    assert "gan-train: the search ends: 2 trials have failed (hydra.sweeper.max_failures=1)" in ended.err
    assert len(list(sweep_of(tmp_path).glob("*/run.json"))) == 2


def test_what_ends_a_search_after_a_failed_trial_is_told(
    gan_train: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device", "optimization_results.yaml")

    monkeypatch.setattr(Search, "_save", fail)
    ended = gan_train(*ON_IMAGES, *SEARCH, "hydra.sweeper.n_trials=2", "optimizer.lr=choice(-1,-2)")
    assert ended.code == 1
    assert "gan-train: no space left on the disk that holds optimization_results.yaml" in ended.err


def test_an_objective_that_is_no_number_is_a_failed_trial(gan_train: Callable[..., Outcome], tmp_path: Path) -> None:
    """modes_kl of a generator that has learned nothing; modes_covered of the same runs is a number."""
    ring = ("data=ring", "data.num_samples=400", "evaluation.num_samples=20", "trainer.max_steps=2")
    small = [word for word in TINY if not word.startswith(("data", "trainer.max_steps"))]
    search = (*SEARCH, "hydra.sweeper.n_trials=2", "optimizer.lr=interval(1e-6,1e-5)", *ring, *small)
    ended = gan_train(*search, "objective=modes_kl")
    assert ended.code == 1
    assert "no trial of this search has come to a value of objective=modes_kl" in ended.err
    sweep = sweep_of(tmp_path)
    summary = (sweep / "summary.md").read_text()
    for number in range(2):
        told = f"- job {number}: finished, and its objective evaluation/modes_kl/points/20 is not finite"
        assert told in summary
    assert "nan" not in summary.replace("finance", "").lower()
    assert "evaluation/modes_kl/points/20 is not finite" in (sweep / "summary.csv").read_text()
    assert not (sweep / "optimization_results.yaml").exists()
    found = gan_train(*search, "objective=modes_covered", "objective_mode=max", f"paths.outputs={tmp_path / 'other'}")
    assert found.code == 0, found.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "a search needs objective="),
        (("objective=generator/gan/adversaria",), "(did you mean generator/gan/adversarial?)"),
        (("objective=adversarial",), "may be discriminator/gan/adversarial or generator/gan/adversarial"),
        (("objective=frechet", "metrics=none"), "; measured: nothing"),
        (("objective=generator/gan/adversarial", "hydra.sweeper.n_trials=0"), "hydra.sweeper.n_trials=0 is not valid"),
        (("objective=generator/gan/adversarial", "hydra.sweeper.direction=up"), "is none of min, max, minimize"),
    ],
)
def test_what_is_refused_before_the_first_job(
    words: tuple[str, ...], said: str, gan_train: Callable[..., Outcome], tmp_path: Path
) -> None:
    ended = gan_train(*TINY, *SEARCH, "hydra.sweeper.n_trials=2", "optimizer.lr=interval(1e-4,1e-3)", *words)
    assert ended.code == 1
    assert said in ended.err
    assert not list(tmp_path.glob("outputs/sweeps/*/*/*/run.json"))
    assert "No summary: no job of this sweep has begun" in ended.out


def test_a_trial_that_is_given_up(gan_train: Callable[..., Outcome], tmp_path: Path) -> None:
    """An objective above 0 is above the threshold: every trial ends at its first evaluation."""
    ring = ("data=ring", "data.num_samples=400", "evaluation.num_samples=20", "trainer.max_steps=8")
    small = [word for word in TINY if not word.startswith(("data", "trainer.max_steps"))]
    storage = "hydra.sweeper.storage=sqlite:///${hydra.sweep.dir}/study.db"
    pruner = ("hydra.sweeper.pruner.name=ThresholdPruner", "+hydra.sweeper.pruner.upper=-1", "hydra.sweeper.prune=true")
    search = (
        *SEARCH,
        "hydra.sweeper.n_trials=2",
        "optimizer.lr=interval(1e-6,1e-5)",
        "evaluation.every=4",
        storage,
        *pruner,
    )
    ended = gan_train(*ring, *small, *search, "objective=modes_covered", "evaluation.every=4")
    assert ended.code == 1
    assert "Job 1 ended early: modes_covered is 0 after 4 batches, given up" in ended.out
    sweep = sweep_of(tmp_path)
    facts: Any = json.loads((job_of(sweep, 1) / "run.json").read_text())
    assert (facts["status"], facts["batches"]) == ("pruned", 4)
    assert "- job 1: pruned, modes_covered is 0 after 4 batches, given up" in (sweep / "summary.md").read_text()


def search_in(folder: Path, monkeypatch: pytest.MonkeyPatch, launcher: Any) -> Search:
    """A search of four trials, two at a time, that plays nothing."""
    keys = OmegaConf.to_container(OmegaConf.load(CONFIGS / "sweep" / "optuna.yaml")["hydra"]["sweeper"])
    assert isinstance(keys, dict)
    storage = f"sqlite:///{folder}/study.db"
    search = Search(**{**keys, "storage": storage, "direction": "min", "n_trials": 4, "n_jobs": 2})
    search.config = OmegaConf.create({"objective": "gap", "objective_mode": "min", "hydra": {"sweep": {"dir": folder}}})
    search.hydra_context, search.launcher = SimpleNamespace(config_loader=None), launcher
    monkeypatch.setattr(Search, "_check_objective", lambda *_: None)
    return search


def trials(folder: Path) -> list[tuple[str, str | None]]:
    storage = f"sqlite:///{folder}/study.db"
    study = optuna.load_study(study_name=folder.name, storage=storage)
    return [(trial.state.name, trial.user_attrs.get("why")) for trial in study.get_trials()]


class Launcher:
    """Gives results instead of playing, and keeps the numbers that it was given."""

    def __init__(self, *results: Any) -> None:
        self.results, self.first = list(results), list[int]()

    def launch(self, settings: list[list[str]], initial_job_idx: int) -> list[JobReturn]:
        self.first.append(initial_job_idx)
        return [JobReturn(status=JobStatus.COMPLETED, _return_value=self.results.pop(0)) for _ in settings]


def test_no_trial_stays_open_when_jobs_side_by_side_are_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of them has ended; the others hand over that they were told to stop."""
    launcher = Launcher(0.5, Stopped(), Stopped(), Stopped())
    with pytest.raises(Interrupted):
        search_in(tmp_path, monkeypatch, launcher).sweep(["optimizer.lr=interval(0,1)"])
    assert trials(tmp_path) == [("COMPLETE", None), ("FAIL", "interrupted")]
    assert launcher.first == [0]
    assert (tmp_path / "optimization_results.yaml").is_file()


def test_a_search_that_goes_on_in_its_folder_leaves_its_jobs_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for job in ("0", "9-lr0.5", "10-lr0.25_0a1b2c"):
        (tmp_path / job).mkdir()
        (tmp_path / job / "run.json").write_text("{}")
    launcher = Launcher(1.0, 2.0, 3.0, 4.0)
    search_in(tmp_path, monkeypatch, launcher).sweep(["optimizer.lr=interval(0,1)"])
    assert launcher.first == [11, 13]
