"""Thresholds from held-out normal images."""

from typing import Any

import pytest
import torch

from gan_runner.config.errors import ConfigError
from gan_runner.inference.thresholds import Normals, kept_in, of_scores


def test_the_threshold_is_one_of_the_scores() -> None:
    assert Normals(torch.arange(1.0, 101)).threshold(0.05) == pytest.approx(96, rel=2e-5)


def test_no_more_of_new_normals_are_flagged_than_were_allowed() -> None:
    generator = torch.Generator().manual_seed(0)
    flagged = []
    for _ in range(400):
        held_out, new = torch.randn(39, generator=generator), torch.randn(500, generator=generator)
        flagged.append((new > Normals(held_out.sort().values).threshold(0.1)).float().mean())
    assert float(torch.stack(flagged).mean()) == pytest.approx(0.1, abs=0.01)  # not more, though there are few


def test_too_few_normals_for_so_small_a_share_are_told() -> None:
    few = Normals(torch.arange(16.0))
    with pytest.raises(ConfigError, match="19 normal images or more, of 16"):
        few.threshold(0.05)
    assert few.threshold(0.059) == pytest.approx(15, rel=2e-5)


def test_quantiles_of_training_stand_beside_those_of_held_out() -> None:
    held_out, training = torch.linspace(0, 100, 101), torch.linspace(0, 10, 101)
    assert Normals(held_out).row(0.05) == "50% 50, 95% 95, 99% 99"
    assert Normals(held_out, training).row(0.2) == "50% 50 (5), 80% 80 (8), 95% 95 (9.5), 99% 99 (9.9)"


def contents(**changes: Any) -> dict[str, Any]:
    kept = {"held_out": torch.tensor([1.0, 2.0]), "training": torch.tensor([0.5])}
    keeps = {"at": 12, "Anomaly": {"elbo": kept, "search5": {"held_out": torch.tensor([3.0]), "seed": 0}}} | changes
    return {"global_step": 12, "callbacks": {"Evaluation": {"keeps": keeps}}}


def test_what_a_run_has_kept_counts_for_the_weights_it_is_of() -> None:
    found = kept_in(contents(), ["elbo", "search5"], 0)
    assert found is not None
    assert found["elbo"].held_out.tolist() == [1, 2]
    assert found["search5"].training is None
    assert kept_in(contents(at=10), ["elbo"], 0) is None
    assert kept_in(contents(), ["elbo", "features"], 0) is None
    assert kept_in({"global_step": 12}, ["elbo"], 0) is None
    assert kept_in({"global_step": 12, "callbacks": {"Evaluation": {}}}, ["elbo"], 0) is None


def test_scores_of_a_search_belong_to_its_seed() -> None:
    assert kept_in(contents(), ["elbo"], 5) is not None  # no search
    with pytest.raises(
        ConfigError, match=r"\(search5\) of seed=0, and that of seed=5 gives others: set seed=0, or give"
    ):
        kept_in(contents(), ["elbo", "search5"], 5)


@pytest.mark.parametrize("wrong", [torch.tensor([torch.nan]), torch.empty(0), torch.ones(2, 2), [1.0]])
def test_what_is_no_list_of_scores_does_not(wrong: Any) -> None:
    assert kept_in(contents(Anomaly={"elbo": {"held_out": wrong}}), ["elbo"], 0) is None


def test_scores_of_now_are_sorted() -> None:
    assert of_scores({"a": torch.tensor([3.0, 1.0])})["a"].held_out.tolist() == [1, 3]
