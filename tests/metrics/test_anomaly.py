"""The protocol: what is odd, what is ranked, what stands beside it."""

import re
from typing import Any

import pytest
import torch

from gan_runner.data.base import DataFamily
from gan_runner.data.decks import Memory, TooFewError
from gan_runner.data.digits import Digits
from gan_runner.data.gaussians import Gaussians
from gan_runner.data.synthetic import Synthetic
from gan_runner.figures import BASELINES
from gan_runner.metrics.anomaly import Anomaly, by_share
from gan_runner.metrics.oddness import NotFiniteScoresError, auroc
from gan_runner.types import Batch

CPU = torch.device("cpu")


def brightness(batch: Batch) -> dict[str, torch.Tensor]:
    return {"brightness": batch.real.flatten(1).mean(1)}


def ready(data: DataFamily, names: Any = ("brightness",), **settings: Any) -> Anomaly:
    """names: of the scores, or of all answers."""
    metric = Anomaly(**settings)
    metric.meet(data, names if isinstance(names, dict) else {"scores": names})
    metric.prepare(data, CPU)
    return metric


def test_all_test_images_are_ranked_and_the_left_out_are_the_positive_ones() -> None:
    data = Digits(image_size=8, only=[3])
    metric = ready(data)
    found = metric.probe({"scores": brightness}, CPU)
    whole = data.whole("test")[torch.arange(180)]
    scores, odd = whole.real.float().flatten(1).mean(1), whole.label != 3
    assert found["auroc/brightness/180"] == pytest.approx(auroc(scores, odd))
    each = {y: auroc(scores[~odd | (whole.label == y)], odd[~odd | (whole.label == y)]) for y in range(10) if y != 3}
    assert {y: found[f"auroc_{y}/brightness/180"] for y in each} == pytest.approx(each)
    assert found["auroc_mean/brightness/180"] == pytest.approx(sum(each.values()) / 9)
    assert found["auroc_worst/brightness/180"] == pytest.approx(min(each.values()))
    assert found["auroc/pixel_sum/180"] == pytest.approx(auroc(scores, odd))  # the baseline says the same


def test_baselines_stand_beside_every_figure_and_figures_are_foreseen() -> None:
    metric = ready(Digits(image_size=8, only=[3]))
    found = metric.probe({"scores": brightness}, CPU)
    scalars = {name.split("/")[0] for name in found}
    assert set(found) == {f"{s}/{row}/180" for s in scalars for row in ("brightness", *BASELINES)}
    assert {f"{name}/180" for name in metric.gives} == {name for name in found if "/brightness/" in name}
    assert found["auroc/nearest/180"] > 0.95


def test_baselines_may_be_left_out() -> None:
    found = ready(Digits(image_size=8, only=[3]), baselines=False).probe({"scores": brightness}, CPU)
    assert {name.split("/")[1] for name in found} == {"brightness"}


def test_one_class_odd_is_another_task_with_one_figure() -> None:
    metric = ready(Digits(image_size=8, leave_out=[3]))
    assert metric.gives == ("auroc/brightness",)
    assert metric.remark.startswith(
        "metrics.anomaly (one class odd): normal are 0 (17), 1 (17), 2 (30), 4 (14), 5 (23), 6 (18), 7 (15), 8 (17), "
        "9 (13) of the test images, odd, which are the positive ones, 3 (16)"
    )
    assert {name.split("/")[0] for name in metric.probe({"scores": brightness}, CPU)} == {"auroc"}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"only": [3]}, "(one class normal)"),
        ({"only": [3, 5]}, "(2 classes normal and 8 classes odd)"),
        ({"leave_out": [3, 5]}, "(8 classes normal and 2 classes odd)"),
    ],
)
def test_the_protocol_is_named(settings: Any, told: str) -> None:
    assert told in ready(Digits(image_size=8, **settings)).remark
    two = Synthetic(image_size=8, num_samples=60, num_classes=2, only=[1])
    assert "(1 class normal and 1 class odd)" in ready(two).remark


def test_few_images_of_one_side_choose_no_state() -> None:
    doubts = ready(Digits(image_size=8, only=[3])).doubts
    assert set(doubts) == set(ready(Digits(image_size=8, only=[3])).gives)
    assert set(doubts.values()) == {
        "16 normal test images are few for metrics.anomaly of brightness (what fewer than 100 say is mostly chance)"
    }
    assert "16 odd test images are few" in ready(Digits(image_size=8, leave_out=[3])).doubts["auroc/brightness"]
    assert ready(Synthetic(image_size=8, num_classes=2, num_samples=400, only=[1])).doubts == {}


def test_each_answer_is_doubted_by_the_images_that_it_is_asked_about() -> None:
    data = Synthetic(image_size=8, num_classes=2, num_samples=400, only=[1])
    metric = ready(data, {"scores": ["brightness"], "search": ["search5"]}, search_steps=5, search_images=150)
    assert set(metric.doubts) == {"auroc/search5"}
    told = re.fullmatch(
        r"(\d+) (odd|normal) test images are few for metrics\.anomaly of search5 \(what fewer than 100 say is mostly "
        r"chance\): set metrics\.anomaly\.search_images=(\d+)",
        metric.doubts["auroc/search5"],
    )
    assert told is not None
    for count, doubted in ((int(told[3]) - 1, True), (int(told[3]), False)):  # what is told is enough, and no more
        again = ready(
            data,
            {"scores": ["brightness"], "search": ["search5"]},
            search_steps=5,
            search_images=count,
            baselines=False,
        )
        assert bool(again.doubts) == doubted


def test_it_tells_how_many_images_it_looks_at() -> None:
    data = Digits(image_size=8, only=[3])
    assert ready(data).looks_at == 180
    searched = {"search": ["search5"]}
    assert ready(data, searched, search_steps=5, search_images=60).looks_at == 60
    assert ready(data, searched | {"scores": ["brightness"]}, search_steps=5, search_images=60).looks_at == 180


def test_a_planted_outlier_is_found_by_a_good_score_and_a_negative_one_is_told() -> None:
    metric = ready(Digits(image_size=8, only=[3]))
    known = metric._bench.training[torch.arange(100)].real.float().div(127.5).sub(1)

    def distance(batch: Batch) -> dict[str, torch.Tensor]:
        near = torch.cdist(batch.real.flatten(1), known.flatten(1)).min(1).values
        return {"near": near, "far": -near}

    metric.meet(Digits(image_size=8, only=[3]), {"scores": ["near", "far"]})
    found = metric.probe({"scores": distance}, CPU)
    assert found["auroc/near/180"] > 0.95
    assert found["auroc/far/180"] == pytest.approx(1 - found["auroc/near/180"])


def test_what_cost_a_search_is_ranked_on_a_subset_beside_baselines_of_the_same() -> None:
    answers = {"scores": ["brightness"], "search": ["search5"]}
    metric = ready(Digits(image_size=8, only=[3]), answers, search_steps=5, search_images=60)
    assert dict(metric.asks) == {"scores": {}, "search": {"steps": 5, "seed": 0}}
    seen: list[int] = []

    def searched(batch: Batch) -> dict[str, torch.Tensor]:
        seen.append(len(batch.real))
        return {"search5": batch.real.flatten(1).mean(1)}

    found = metric.probe({"scores": brightness, "search": searched}, CPU)
    assert sum(seen) == 60
    assert {name.split("/", 1)[1] for name in found} == {
        "brightness/180", "search5/60", *(f"{row}/{n}" for row in BASELINES for n in (60, 180)),
    }  # fmt: skip
    assert found["auroc/search5/60"] == pytest.approx(found["auroc/pixel_sum/60"])
    assert "training" not in metric.keeps["search5"]
    assert metric.keeps["search5"]["seed"] == 0  # its scores depend on it
    assert "seed" not in metric.keeps["brightness"]


@pytest.mark.parametrize("seed", range(5))
def test_a_subset_has_each_class_by_its_share(seed: int) -> None:
    """However small: drawn freely, 12 of these images would now and then be all odd."""
    data = Digits(image_size=8, only=[3])
    metric = ready(data, {"search": ["search5"]}, search_steps=5, search_images=12, seed=seed)
    seen: list[Batch] = []

    def searched(batch: Batch) -> dict[str, torch.Tensor]:
        seen.append(batch)
        return {"search5": batch.real.flatten(1).mean(1)}

    found = metric.probe({"search": searched}, CPU)
    assert {f"{name}/12" for name in metric.gives} <= set(found)  # every class has its figure
    assert len(metric.keeps["search5"]["held_out"]) == 1


def test_shares_of_classes_in_an_order() -> None:
    labels = torch.tensor([0] * 600 + [1] * 300 + [2] * 99 + [7])
    order = by_share(labels, torch.randperm(1000, generator=torch.Generator().manual_seed(0)))
    assert order.sort().values.equal(torch.arange(1000))
    for count in (4, 10, 100, 500, 1000):
        shares = labels[order[:count]].bincount(minlength=8)[[0, 1, 2, 7]]
        expected = torch.tensor([0.6, 0.3, 0.099, 0.001]) * count
        assert (shares - expected).abs().max() <= 2
        assert shares.min() >= 1
    other = by_share(labels, torch.randperm(1000, generator=torch.Generator().manual_seed(1)))
    assert set(order[:100].tolist()) != set(other[:100].tolist())


def test_kept_normals_are_drawn_and_not_the_first_of_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files lie by class, by day or by camera."""
    monkeypatch.setattr("gan_runner.metrics.anomaly.MOST_KEPT", 40)
    metric = ready(Digits(image_size=8, leave_out=[9]))
    bench = metric._bench
    assert bench is not None

    def position(batch: Batch) -> dict[str, torch.Tensor]:
        return {"brightness": torch.arange(len(batch.real)).float()}

    metric.probe({"scores": position}, CPU)
    kept = metric.keeps["brightness"]["held_out"].long()
    normal = bench.order[~bench.odd[bench.order]]
    assert kept.tolist() == sorted(normal[:40].tolist())
    assert set(bench.labels[kept].tolist()) == set(range(9))


def test_scores_of_normals_are_kept_for_thresholds() -> None:
    metric = ready(Digits(image_size=8, only=[3]))
    metric.probe({"scores": brightness}, CPU)
    kept = metric.keeps["brightness"]
    normal = metric._bench.deck[(~metric._bench.odd).nonzero().flatten()].real
    torch.testing.assert_close(kept["held_out"], (normal.float() / 127.5 - 1).flatten(1).mean(1).sort().values)
    assert len(kept["training"]) == len(kept["held_out"]) == 16
    assert kept["training"].sort().values.equal(kept["training"])


def test_names_of_classes_become_parts_of_figures() -> None:
    class Named(Synthetic):
        class_names = ("T-shirt/top", "Ankle boot", "a b", "a/b")

    metric = Anomaly()
    metric.meet(Named(num_classes=4, only=["ankle boot"]), {"scores": ["x"]})
    assert metric.gives[3:] == ("auroc_T-shirt_top/x", "auroc_2/x", "auroc_3/x")


@pytest.mark.parametrize(
    ("data", "names", "told"),
    [
        (Digits(), ["x"], r"nothing is: set data\.only=\[<class>\] or data\.leave_out"),
        (Digits(leave_out=[]), ["x"], r"calls odd what is left out of training, and nothing is"),
        (Gaussians(), ["x"], r"nothing is: set data\.only"),
        (Digits(only=[3], holdout=0.0), ["x"], r"needs images kept from training: set data\.holdout above 0"),
        (Digits(only=[3]), ["x", "nearest"], "the score nearest has the name of a baseline"),
    ],
)
def test_what_it_cannot_measure_is_refused_before_anything_is_read(data: Any, names: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Anomaly().meet(data, {"scores": names})


def test_fewer_searched_images_than_classes_are_refused_where_anything_is_searched() -> None:
    few = Anomaly(search_steps=5, search_images=9)
    with pytest.raises(ValueError, match=r"search_images=9 holds no image of each of 10 classes: set it to 10"):
        few.meet(Digits(only=[3]), {"search": ["search5"]})
    few.meet(Digits(only=[3]), {"scores": ["elbo"]})


def test_one_class_of_test_images_has_no_auroc() -> None:
    class OneSided(Synthetic):
        def read(self, split: Any) -> Memory:
            whole = super().read(split)
            assert whole.labels is not None
            return Memory(whole.images, torch.ones_like(whole.labels)) if split == "test" else whole

    data = OneSided(image_size=8, num_samples=40, num_classes=3, only=[1])
    with pytest.raises(TooFewError, match="all 40 test images are normal, so that there is no AUROC"):
        ready(data)


def test_scores_that_are_no_numbers_are_refused_by_name() -> None:
    metric = ready(Digits(image_size=8, only=[3]), ["elbo"])
    with pytest.raises(NotFiniteScoresError, match="the score elbo is not finite for 180 of 180"):
        metric.probe({"scores": lambda batch: {"elbo": batch.real.flatten(1).mean(1) * torch.inf}}, CPU)


def test_a_class_called_as_the_mean_or_the_worst_is_told_by_its_number() -> None:
    data = Synthetic(image_size=8, num_samples=60, num_classes=4, only=[2])
    data.class_names = ("mean", "worst", "ok", "bad")
    metric = Anomaly()
    metric.meet(data, {"scores": ["brightness"]})
    assert sorted(metric.gives) == sorted(
        f"auroc{end}/brightness" for end in ("", "_mean", "_worst", "_0", "_1", "_bad")
    )


def test_names_with_commas_are_told_apart() -> None:
    class Named(Synthetic):
        class_names = ("cat, black", "dog", "fox")

    metric = ready(Named(image_size=8, num_samples=60, num_classes=3, only=["dog"]), baselines=False)
    assert re.search(r'the positive ones, "cat, black" \(\d+\), fox \(\d+\)$', metric.remark or "")
