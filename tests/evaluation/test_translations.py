"""The judge of translations: figures by direction and by hand, baselines, one translation of each source, refusals."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from fixtures.noise_pairs import NoisePairs
from gan_runner.evaluation.judge import Judge, NotFiniteError
from gan_runner.evaluation.translations import TranslationJudge
from gan_runner.images.ranges import to_unit_range
from gan_runner.metrics.cycle import Cycle
from gan_runner.metrics.frechet import Frechet
from gan_runner.metrics.memorization import Memorization
from gan_runner.metrics.modes import Modes
from gan_runner.metrics.ms_ssim import MsSsim
from gan_runner.metrics.prdc import PRDC
from gan_runner.metrics.reconstruction import CEILING, Reconstruction

BOTH = ("a2b", "b2a")


def scaled(factor: float) -> Callable[[Tensor], Tensor]:
    return lambda images: factor * images


def judge_of(directions: Any = BOTH, features: Any = None, **metrics: Any) -> TranslationJudge:
    return TranslationJudge(metrics, features, directions)


def test_a_translator_that_knows_the_answer_has_the_best_score_and_the_baselines_do_not() -> None:
    data, mirror = NoisePairs(), lambda images: images.flip(-1)
    scalars = judge_of(reconstruction=Reconstruction()).judge({"a2b": mirror, "b2a": mirror}, data, 100).scalars
    for way in BOTH:
        assert scalars[f"{way}_l1/pixels/12"] == pytest.approx(0, abs=1e-6)
        assert scalars[f"{way}_psnr/pixels/12"] == pytest.approx(CEILING)
        assert scalars[f"{way}_ssim/pixels/12"] == pytest.approx(1)
    batch = data.deck("test")[torch.arange(12)]
    source, image = to_unit_range(batch.source), to_unit_range(batch.real)
    assert scalars["a2b_l1/pixels/12/identity"] == pytest.approx((source - image).abs().mean().item(), rel=1e-5)
    assert scalars["a2b_l1/pixels/12/colour"] == pytest.approx((source - image).abs().mean().item(), rel=0.1)
    assert len(scalars) == 2 * 3 * 3


def test_cycles_by_hand() -> None:
    """G = ½·, F = 1.2·: what comes back is 0.6 of what left."""
    data = NoisePairs()
    scalars = judge_of(cycle=Cycle()).judge({"a2b": scaled(0.5), "b2a": scaled(1.2)}, data, 100).scalars
    batch = data.deck("test")[torch.arange(12)]
    a, b = (to_unit_range(images).abs().mean().item() for images in (batch.source, batch.real))
    assert scalars == {
        "cycle_a/pixels/12": pytest.approx(0.4 * a, rel=1e-5),
        "cycle_b/pixels/12": pytest.approx(0.4 * b, rel=1e-5),
        "identity_a/pixels/12": pytest.approx(0.2 * a, rel=1e-5),
        "identity_b/pixels/12": pytest.approx(0.5 * b, rel=1e-5),
    }


def test_without_equal_channels_nothing_is_kept() -> None:
    translators = {"a2b": lambda images: images[:, :1], "b2a": lambda images: images.expand(-1, 3, -1, -1)}
    scalars = judge_of(cycle=Cycle()).judge(translators, NoisePairs(channels=1), 100).scalars
    assert set(scalars) == {"cycle_a/pixels/12", "cycle_b/pixels/12"}
    assert scalars["cycle_b/pixels/12"] == 0


def test_too_few_for_a_crowd_leaves_what_is_of_single_images(counting: Any) -> None:
    data = NoisePairs(num_samples=5)
    judge = judge_of(features=counting, prdc=PRDC(k=5), frechet=Frechet(), reconstruction=Reconstruction())
    ready = judge.prepare(data, 2500)
    assert ready.measures
    assert ready.untrusted == {f"{way}_{scalar}" for way in BOTH for scalar in ("frechet", *PRDC.gives)}
    assert ready.absent == {f"{way}_{scalar}" for way in BOTH for scalar in PRDC.gives}
    lacking, few = (note for note in ready.notes if note.fact.startswith("b2a: "))
    # There are no more sources to translate: that more samples are asked for is no remedy.
    assert str(lacking) == (
        "b2a: metrics.prdc is left out, with 5 reals and samples in the place of 6: add samples to the test and the "
        "training split, or set metrics.prdc.k=4"
    )
    assert few.remedy == "add samples to the test and the training split"
    scalars = judge.judge({"a2b": scaled(1.0), "b2a": scaled(0.1)}, data, 2500).scalars
    assert {"a2b_l1/pixels/5", "a2b_frechet/pixel_extractor/5/real"} <= set(scalars)
    assert not any("recall" in name for name in scalars)
    assert not judge_of(features=counting, prdc=PRDC(k=5)).prepare(data, 2500).measures


def test_crowds_are_compared_with_the_domain_they_should_be_of(counting: Any) -> None:
    data = NoisePairs(num_samples=30)
    judge = judge_of(features=counting, frechet=Frechet())
    report = judge.judge({"a2b": scaled(1.0), "b2a": scaled(0.1)}, data, 20)
    names = [
        f"{way}_{name}" for way in BOTH for name in ("frechet/pixel_extractor/20", "frechet/pixel_extractor/20/real")
    ]
    assert set(report.scalars) == {*names, "a2b_accuracy/pixel_extractor/7", "b2a_accuracy/pixel_extractor/7"}
    # with the same reals and samples, the figures of the judge of samples
    fakes = to_unit_range(data.deck("test")[torch.randperm(30, generator=torch.Generator().manual_seed(0))[:20]].source)
    alone = Judge({"frechet": Frechet()}, counting).judge(lambda count: (fakes[:count], None), data, 20)
    assert report.scalars["a2b_frechet/pixel_extractor/20"] == pytest.approx(
        alone.scalars["frechet/pixel_extractor/20"]
    )
    assert (report.fakes, report.reals, report.held_out) == (20, 20, True)


def test_every_source_is_translated_once_and_baselines_never_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Tensor] = []

    def translate(images: Tensor) -> Tensor:
        seen.append(images)
        return images

    judge, data = judge_of(("a2b",), reconstruction=Reconstruction()), NoisePairs()
    monkeypatch.setattr("gan_runner.evaluation.translations.AT_ONCE", 5 * 64)
    first = judge.judge({"a2b": translate}, data, 8)
    assert [len(images) for images in seen] == [5, 3]
    assert len(torch.cat(seen).flatten(1).unique(dim=0)) == 8
    monkeypatch.setattr(TranslationJudge, "_baselines", None)
    assert judge.judge({"a2b": translate}, data, 8).scalars == first.scalars


def test_random_translations_agree_and_the_run_never_notices() -> None:
    judge, data = judge_of(("a2b",), reconstruction=Reconstruction()), NoisePairs()
    torch.manual_seed(3)
    found = [judge.judge({"a2b": torch.rand_like}, data, 8).scalars for _ in range(2)]
    after = torch.rand(1)
    torch.manual_seed(3)
    assert found[0] == found[1]
    assert torch.equal(after, torch.rand(1))


def test_one_way_has_no_cycles() -> None:
    judge = judge_of(("a2b",), cycle=Cycle(), reconstruction=Reconstruction())
    assert judge.leave_out(NoisePairs()) == {"cycle": "it needs a way back, and this run translates one way"}
    assert judge.gives == ["a2b_l1", "a2b_psnr", "a2b_ssim"]


class Undivided(NoisePairs):
    """Pairs without a test split."""

    has_test_split = False


def test_what_gives_what() -> None:
    judge = judge_of(cycle=Cycle(), frechet=Frechet())
    assert judge.gives == ["a2b_frechet", "b2a_frechet", "cycle_a", "identity_a", "cycle_b", "identity_b"]
    judge = judge_of(memorization=Memorization(), frechet=Frechet())
    assert judge.leave_out(NoisePairs()) == {}
    assert list(judge.leave_out(Undivided())) == ["memorization"]


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        ({"modes": Modes()}, r"metrics\.modes measures points"),
        ({"frechet": Frechet()}, r"metrics\.frechet looks through a feature extractor, and features is null"),
        ({"ms_ssim": MsSsim(), "reconstruction": Reconstruction()}, "two metrics give a2b_ssim: leave one"),
    ],
)
def test_what_cannot_be_measured(metrics: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        judge_of(**metrics).meet(NoisePairs())


def test_what_is_not_finite_is_not_measured() -> None:
    with pytest.raises(NotFiniteError, match="the translations are not finite"):
        judge_of(("a2b",), reconstruction=Reconstruction()).judge({"a2b": scaled(torch.nan)}, NoisePairs(), 8)
