"""What decides the outcome of a run."""

from pathlib import Path

from gan_runner.runs.checkpoints import write
from gan_runner.runs.initial import pinned
from gan_runner.runs.settings import settings


def test_settings_are_flat_scalars_that_tell_runs_apart() -> None:
    found = settings(
        {
            "seed": 3,
            "trainer": {"max_steps": 7, "devices": 1},
            "loss": {"_target_": "gan_runner.losses.hinge.Hinge"},
            "tricks": {"r1": {"_target_": "gan_runner.tricks.r1.R1", "gamma": 0.5}, "ema": {}},
            "network": {"width": [8, 4], "conditional": False, "head": None, "_partial_": True},
            "data": {"root": "/somewhere", "batch_size": 4},
        }
    )
    assert found == {
        "seed": 3, "trainer.max_steps": 7, "loss": "hinge.Hinge", "tricks": "r1, ema", "tricks.r1": "r1.R1",
        "tricks.r1.gamma": 0.5, "network.width": "[8, 4]", "network.conditional": False, "data.batch_size": 4,
    }  # fmt: skip
    assert settings({})["tricks"] == "none"


def test_where_the_weights_begin_counts_by_what_is_in_the_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    write({"origin": {}, "state_dict": {}}, path)
    found = pinned(str(path))
    assert settings({"init_from": str(path)})["init_from"] == settings({"init_from": found})["init_from"]
    assert settings({"init_from": found})["init_from"] == found["sha256"]
    assert settings({"init_from": None}) == settings({})


def test_classes_that_are_left_out_tell_runs_apart_and_a_run_without_that_key_is_as_one_of_before() -> None:
    def told(**data: object) -> object:
        return settings({"data": {"batch_size": 4, **data}})

    assert told(leave_out=None, only=None) == told()
    assert len({str(one) for one in (told(), told(only=[3]), told(only=[4]), told(leave_out=[3]))}) == 4


def test_that_a_table_says_the_labels_counts_and_not_where_it_lies() -> None:
    def told(**data: object) -> object:
        return settings({"data": {"batch_size": 4, **data}})

    assert told(labels="a.csv") == told(labels="/b/c.json", file_column="name")
    assert len({str(one) for one in (told(labels="a.csv"), told(labels=True), told(labels=False))}) == 3
    assert told(labels="a.csv", label_column="x") != told(labels="a.csv")


def test_a_run_that_is_not_balanced_is_as_one_of_before() -> None:
    assert settings({"data": {"balance": False}}) == settings({"data": {}}) != settings({"data": {"balance": True}})


def test_a_likelihood_and_its_spread_tell_runs_apart_and_games_have_none() -> None:
    def told(**likelihood: object) -> object:
        return settings({"likelihood": {"_target_": "gan_runner.likelihoods.gaussian.Gaussian", **likelihood}})

    assert told(sigma=1.0) != told(sigma="learned")
    assert settings({"likelihood": {"_target_": "gan_runner.likelihoods.laplace.Laplace"}}) != told()
    assert not [key for key in settings({}) if key.startswith("likelihood")]
