"""Usefulness: reals in the place of samples teach what reals teach, wrong labels and single images do not."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from gan_runner.data.decks import Memory
from gan_runner.data.digits import Digits
from gan_runner.data.gaussians import Gaussians
from gan_runner.data.synthetic import Synthetic
from gan_runner.features.classifier_training import Learned
from gan_runner.metrics import usefulness
from gan_runner.metrics.usefulness import Usefulness

DIGITS = Digits(image_size=8)
SHORT = {"updates": 80, "lr": 1e-2, "repeats": 2}
COUNT = 600


def drawn(split: str = "train", start: int = 0, count: int = COUNT) -> Memory:
    deck = DIGITS.deck(split)  # type: ignore[arg-type]
    order = torch.randperm(len(deck), generator=torch.Generator().manual_seed(0))
    return Memory(*deck[order[start : start + count]][:2])


def found(
    samples: Memory,
    reals: Memory | None = None,
    test: Memory | None = None,
    metric: Usefulness | None = None,
    **settings: Any,
) -> dict[str, Any]:
    """What a metric, or one of these settings, finds in digits; without reals, as the control is found."""
    metric, test = metric or Usefulness(**{**SHORT, **settings}), test or drawn("test")
    metric.reset()
    metric.meet(DIGITS)
    metric.update(test.images, real=True, label=test.labels)
    metric.update(samples.images, real=False, label=samples.labels)
    if reals is not None:
        metric.study(reals.images, reals.labels)
    return metric.compute()


@pytest.fixture(scope="module")
def of_reals() -> float:
    """The control: what the first training reals teach."""
    return found(drawn())["usefulness"].mean().item()


def test_reals_that_were_never_seen_teach_what_others_teach(of_reals: float) -> None:
    scalars = found(drawn(start=COUNT), drawn())
    assert of_reals > 0.9
    assert scalars["usefulness"].mean().item() == pytest.approx(of_reals, abs=0.04)
    assert scalars["usefulness_both"].mean().item() >= of_reals - 0.02


def test_the_reals_themselves_in_the_place_of_samples_are_the_control_to_the_bit(of_reals: float) -> None:
    assert found(drawn(), drawn())["usefulness"].mean().item() == of_reals


def test_labels_at_random_teach_nothing() -> None:
    samples = drawn()
    samples.labels = samples.labels[torch.randperm(COUNT, generator=torch.Generator().manual_seed(1))]
    assert found(samples)["usefulness"].mean().item() < 0.25  # chance is 0.1


def test_one_image_of_each_class_teaches_little(of_reals: float) -> None:
    samples = drawn()
    first = torch.stack([samples.images[samples.labels == label][0] for label in range(10)])
    collapsed = Memory(first[samples.labels], samples.labels)
    assert 0.2 < found(collapsed)["usefulness"].mean().item() < of_reals - 0.2


def test_both_have_what_samples_add_to_few_reals() -> None:
    few = drawn(count=30)
    scalars = found(drawn(start=COUNT), few)
    assert scalars["usefulness_both"].mean().item() > found(few)["usefulness"].mean().item() + 0.1


def test_both_have_what_reals_add_to_wrong_samples() -> None:
    reals, samples = drawn(), drawn(start=COUNT)
    samples.labels = (samples.labels + 1) % 10
    scalars = found(Memory(samples.images[:60], samples.labels[:60]), reals)
    assert scalars["usefulness"].mean().item() < 0.1
    assert scalars["usefulness_both"].mean().item() > 0.8


def nearest(network: Any, train: Memory, test: Memory, training: Any, device: Any) -> Learned:
    """What a nearest neighbour is right about, in the place of what the network learns."""
    judge = KNeighborsClassifier(1).fit(train.images.flatten(1).numpy(), train.labels.numpy())
    return Learned(network, judge.score(test.images.flatten(1).numpy(), test.labels.numpy()), len(test))


def test_against_another_classifier_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who learns from what and is tested on what; all in as many updates, whatever they learn from."""
    asked: list[tuple[int, Any]] = []

    def learn(network: Any, train: Memory, *rest: Any) -> Learned:
        asked.append((len(train), rest[1]))
        return nearest(network, train, *rest)

    monkeypatch.setattr(usefulness, "learn", learn)
    samples, reals, test = drawn(start=COUNT, count=100), drawn(count=100), drawn("test")
    scalars = found(samples, reals, test, repeats=2, updates=7, seed=3)

    def share(*taught: Memory) -> float:
        images, labels = (torch.cat([getattr(one, part) for one in taught]) for part in ("images", "labels"))
        return nearest(None, Memory(images, labels), test, None, None).accuracy

    assert scalars["usefulness"].tolist() == pytest.approx([share(samples)] * 2)
    assert scalars["usefulness_both"].tolist() == pytest.approx([share(samples, reals)] * 2)
    assert [count for count, _ in asked] == [100, 100, 200, 200]
    assert {(training.steps, training.batch_size) for _, training in asked} == {(7, 64)}
    assert [training.seed for _, training in asked] == [3, 4, 3, 4]


def test_figures_repeat_to_the_bit_and_the_run_does_not_notice() -> None:
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    first, again = (found(drawn(), drawn(start=COUNT), updates=10, repeats=3) for _ in range(2))
    assert torch.rand(2).equal(expected)
    assert all(first[name].equal(again[name]) for name in Usefulness.gives)
    assert len(set(first["usefulness"].tolist())) > 1  # repeats differ


def test_it_learns_where_nothing_else_may() -> None:
    with torch.inference_mode():
        inside = found(drawn(), drawn(start=COUNT), updates=5, repeats=1)
    assert inside["usefulness"].equal(found(drawn(), drawn(start=COUNT), updates=5, repeats=1)["usefulness"])


def test_classes_that_no_real_teaches_are_not_asked_about() -> None:
    reals, metric = drawn(), Usefulness(**SHORT)
    known = Memory(reals.images[reals.labels != 3], reals.labels[reals.labels != 3])
    assert found(known, metric=metric)["usefulness"].mean().item() > 0.9
    threes = int((drawn("test").labels == 3).sum())
    assert metric.source == f"tested_on_{180 - threes}"
    assert metric.remark == (
        f"metrics.usefulness asks nothing about {threes} of 180 held-out reals: none of {len(known)} training reals "
        "has their class"
    )
    found(reals, metric=metric)
    assert metric.remark is None


def test_held_out_reals_of_other_classes_alone_are_no_figure() -> None:
    reals, test = drawn(), drawn("test")
    low, high = (Memory(x.images[keep], x.labels[keep]) for x, keep in
                 ((reals, reals.labels < 5), (test, test.labels >= 5)))  # fmt: skip
    scalars = found(low, low, high)
    assert all(scalars[name].isnan().all() and name in Usefulness.reasons for name in Usefulness.gives)


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 20, 33), (4, 64, 16)])
def test_images_of_any_size_and_channels(shape: tuple[int, ...]) -> None:
    images = torch.randint(256, (6, *shape), dtype=torch.uint8)
    metric = Usefulness(updates=2, repeats=1)
    metric.meet(Synthetic(num_classes=2))
    for real in (True, False):
        metric.update(images, real, torch.arange(6) % 2)
    assert 0 <= metric.compute()["usefulness"].item() <= 1


@pytest.mark.parametrize(
    ("make", "sentence"),
    [(Gaussians, r"Gaussians gives none: choose data with labels .*"),
     (lambda: Synthetic(num_classes=1), r"this data has one class: choose data of two classes or more")],
)  # fmt: skip
def test_data_that_teaches_no_class_is_refused(make: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=rf"metrics\.usefulness .*{sentence}, or leave metrics\.usefulness out"):
        Usefulness().meet(make())


def test_samples_without_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="there are samples without"):
        Usefulness().update(torch.zeros(2, 1, 8, 8), real=False)
