"""Evaluation: measured when due, on the evaluation network, without a trace in training; the best state is kept."""

import csv
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from fixtures.noise_pairs import TRANSLATING
from gan_runner.assemble import assemble
from gan_runner.callbacks.evaluation import Evaluation
from gan_runner.evaluation.report import Report
from gan_runner.figures import word_of
from gan_runner.metrics.modes import Modes

RING = (
    "model=vanilla", "data=ring", "data.num_samples=400", "data.batch_size=20", "network.generator.hidden=[8]",
    "network.discriminator.hidden=[8]", "trainer=cpu", "trainer.max_steps=10", "evaluation.every=4",
    "evaluation.num_samples=50", "callbacks.progress=null", "callbacks.samples=null",
)  # fmt: skip


def evaluation_of(experiment: Any) -> Evaluation:
    return next(c for c in experiment.trainer.callbacks if isinstance(c, Evaluation))


def scripted(experiment: Any, values: list[float]) -> list[int]:
    """Let the judge find these overlaps, one after the other; returns the batches it was asked at."""
    asked: list[int] = []

    def judge(draw: Any, data: Any, count: int, device: Any) -> Report:
        asked.append(experiment.trainer.global_step)
        return Report({"modes_overlap/points/50": values[len(asked) - 1]}, 50, 50, True)

    evaluation_of(experiment).judge.judge = judge  # type: ignore[union-attr]
    return asked


def run(experiment: Any, checkpoint: Path | None = None) -> Any:
    experiment.trainer.fit(experiment.system, experiment.data, ckpt_path=checkpoint, weights_only=True)
    return experiment


def test_it_measures_when_due_and_at_the_end(composed: Callable[..., Any], tmp_path: Path) -> None:
    experiment = run(assemble(composed(*RING)))
    with (tmp_path / "metrics.csv").open(newline="") as file:
        rows = {row["step"]: row for row in csv.DictReader(file)}
    name = "evaluation/modes_high_quality/points/50"
    assert [step for step, row in rows.items() if row[name]] == ["4", "8", "10"]
    assert float(rows["4"][f"{name}/real"]) > 0.9
    assert experiment.system.measured[name] == pytest.approx(float(rows["10"][name]))


def test_an_end_by_epochs_is_measured_too(composed: Callable[..., Any]) -> None:
    experiment = assemble(composed(*RING, "trainer.max_steps=-1", "trainer.max_epochs=1", "evaluation.every=7"))
    asked = scripted(experiment, [0.1, 0.2, 0.3])
    run(experiment)
    assert asked == [7, 14, 20]


def test_training_never_notices(composed: Callable[..., Any], tmp_path: Path) -> None:
    with_it = run(assemble(composed(*RING, "tricks=[ema]", folder=tmp_path / "a")))
    without = run(assemble(composed(*RING, "tricks=[ema]", "metrics=none", folder=tmp_path / "b")))
    for a, b in zip(with_it.system.state_dict().values(), without.system.state_dict().values(), strict=True):
        assert not isinstance(a, torch.Tensor) or torch.equal(a, b)


@pytest.mark.parametrize(
    ("values", "mode", "best"),
    [([0.1, 0.5, 0.3], "max", 8), ([0.1, 0.5, 0.3], "min", 4), ([math.nan, 0.2, 0.9], "max", 10),
     ([0.5, 0.5, 0.5], "max", 4)],
)  # fmt: skip
def test_the_best_state_is_kept(
    composed: Callable[..., Any], tmp_path: Path, values: list[float], mode: str, best: int
) -> None:
    experiment = assemble(composed(*RING, f"evaluation.mode={mode}"))
    assert scripted(experiment, values) == []
    run(experiment)
    kept = torch.load(tmp_path / "checkpoints" / "best.ckpt")
    assert kept["global_step"] == best
    assert (evaluation_of(experiment).best_at, kept["callbacks"]["Evaluation"]["best_at"]) == (best, best)


def test_a_resumed_run_knows_the_best_so_far(composed: Callable[..., Any], tmp_path: Path) -> None:
    whole = assemble(composed(*RING, folder=tmp_path / "whole"))
    scripted(whole, [0.6, 0.2, 0.5])
    run(whole)
    first = assemble(composed(*RING, "trainer.max_steps=6", "callbacks.checkpoint.every=6", folder=tmp_path / "part"))
    scripted(first, [0.6, 0.1])
    run(first)
    second = assemble(composed(*RING, folder=tmp_path / "part"))
    scripted(second, [0.2, 0.5])
    run(second, tmp_path / "part" / "checkpoints" / "last.ckpt")
    assert evaluation_of(second).state_dict() == evaluation_of(whole).state_dict()
    kept, last = (torch.load(tmp_path / "part" / "checkpoints" / f"{name}.ckpt") for name in ("best", "last"))
    assert (kept["global_step"], last["global_step"]) == (4, 10)


def test_the_average_is_measured(composed: Callable[..., Any]) -> None:
    experiment = assemble(composed(*RING, "tricks=[ema]"))
    (ema,) = experiment.system.game.tricks.values()
    with torch.no_grad():
        ema.average.head.weight.zero_()
        ema.average.head.bias.copy_(torch.tensor([1.0, 0.0]))  # a mode of the ring
    ema.after_step = lambda *_: None
    run(experiment)
    assert experiment.system.measured["evaluation/modes_high_quality/points/50"] == 1.0
    assert experiment.system.measured["evaluation/modes_covered/points/50"] == 1.0


def test_conditional_samples_get_the_labels_of_the_data(composed: Callable[..., Any], tmp_path: Path) -> None:
    experiment = run(assemble(composed(
        "model=cgan", "data=digits", "data.image_size=8", "network.width=4", "data.batch_size=16", "trainer=cpu",
        "trainer.max_steps=2", "features.steps=20", "metrics=[class_modes,memorization]", "features=classifier",
        "evaluation.num_samples=40", "callbacks.progress=null", "callbacks.samples=null", f"paths.cache={tmp_path}",
    )))  # fmt: skip
    names = {name.split("/")[1] for name in experiment.system.measured}
    assert {"class_as_asked", "memorized", "accuracy"} <= names
    drawn = {path.stem for path in (tmp_path / "samples").glob("*.png")}
    assert drawn == {"nearest_00000002", "modes_00000002", "by_mode_00000002"}
    assert list((tmp_path / "classifiers").glob("digits-*.pt"))


@pytest.mark.parametrize("model", ["cgan", "dcgan"])
def test_the_list_of_labelled_data_looks_at_each_class_where_samples_are_held_to_one(
    composed: Callable[..., Any], tmp_path: Path, model: str
) -> None:
    experiment = run(assemble(composed(
        f"model={model}", "data=digits", "data.image_size=8", "network.width=4", "data.batch_size=16", "trainer=cpu",
        "trainer.max_steps=2", "features.steps=20", "metrics=labels", "evaluation.num_samples=130",
        "callbacks.progress=null", "callbacks.samples=null", f"paths.cache={tmp_path}",
    )))  # fmt: skip
    names = {name.split("/")[1] for name in experiment.system.measured}
    assert {"frechet", "coverage", "accuracy"} <= names
    of_classes = {"class_frechet_mean", "class_frechet_worst", "nearest_as_asked", "class_as_asked", "class_frechet_7"}
    assert of_classes & names == (of_classes if model == "cgan" else set())
    left = [note for note in evaluation_of(experiment).notes if "class_frechet is left out" in note]
    assert len(left) == (model == "dcgan")
    assert evaluation_of(experiment).best == "frechet"


def test_what_samples_teach_is_asked_of_those_that_have_classes(composed: Callable[..., Any], tmp_path: Path) -> None:
    small = ("data=digits", "data.image_size=8", "network.width=4", "data.batch_size=16", "trainer=cpu",
             "trainer.max_steps=2", "metrics=[usefulness]", "features=none", "evaluation.num_samples=40",
             "evaluation.best=usefulness", "evaluation.mode=max", "metrics.usefulness.updates=3",
             "callbacks.progress=null", "callbacks.samples=null")  # fmt: skip
    experiment = run(assemble(composed("model=cgan", *small)))
    names = [f"evaluation/{word}/tested_on_40/40" for word in ("usefulness", "usefulness_both")]
    assert set(experiment.system.measured) == {*names, f"{names[0]}/real"}
    with pytest.raises(ValueError, match=r"metrics\.usefulness .* those of this run are held to none"):
        assemble(composed("model=dcgan", *small, folder=tmp_path / "other"))


def test_where_all_metrics_are_left_out_nothing_is_measured(composed: Callable[..., Any]) -> None:
    experiment = run(assemble(composed(
        "data=digits", "data.image_size=8", "data.holdout=0", "network.width=4", "trainer=cpu", "trainer.max_steps=2",
        "metrics=[memorization]", "features=random_conv", "callbacks.progress=null", "callbacks.samples=null",
    )))  # fmt: skip
    assert evaluation_of(experiment).notes == [
        "metrics.memorization is left out: it needs reals kept from training, and data.holdout=0"
    ]
    assert experiment.system.measured == {}


def test_what_does_not_fit_the_data_is_refused_before_it_is_read(composed: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"metrics\.modes measures points.* leave it out"):
        assemble(composed("data=digits", "metrics=[modes]"))


def test_a_figure_that_is_not_measured_cannot_be_the_best(composed: Callable[..., Any]) -> None:
    with pytest.raises(
        ValueError,
        match=r"evaluation\.best=frechet is none of what the metrics give: .* or one of modes_covered",
    ):
        assemble(composed(*RING, "evaluation.best=frechet"))


def test_without_metrics_nothing_happens() -> None:
    assert Evaluation("unused").judge is None
    assert Evaluation("unused", {"modes": Modes()}).judge is not None


def test_too_few_reals_are_told_and_the_run_goes_on(composed: Callable[..., Any], tmp_path: Path, caplog: Any) -> None:
    for number in range(12):
        Image.effect_noise((8, 8), 50 + number).save(tmp_path / f"{number}.png")
    experiment = assemble(composed(
        "data=folder", f"data.root={tmp_path}", "data.image_size=8", "data.batch_size=2", "network.width=4",
        "trainer=cpu", "trainer.max_steps=3", "data.cache=null", "callbacks.progress=null", folder=tmp_path / "run",
    ))  # fmt: skip
    run(experiment)
    assert experiment.trainer.global_step == 3
    notes = evaluation_of(experiment).notes
    assert notes == [
        "nothing is measured: metrics.frechet, diversity, ms_ssim, memorization are left out, with 1 reals and samples "
        "in the place of 2: set data.holdout=0.17; metrics.kid is left out, with 1 reals and samples in the place of "
        "4: set data.holdout=0.34; metrics.prdc is left out, with 1 reals and samples in the place of 6: set "
        "data.holdout=0.5 (or set metrics=none)"
    ]
    assert notes[0] in caplog.text


def test_few_reals_choose_no_best_state_and_the_rest_is_measured(
    composed: Callable[..., Any], tmp_path: Path, caplog: Any
) -> None:
    for number in range(40):
        Image.effect_noise((8, 8), 50 + number).save(tmp_path / f"{number}.png")
    experiment = run(assemble(composed(
        "data=folder", f"data.root={tmp_path}", "data.image_size=8", "data.batch_size=2", "network.width=4",
        "trainer=cpu", "trainer.max_steps=3", "data.cache=null", "callbacks.progress=null", "evaluation.every=1",
        "evaluation.num_samples=64", folder=tmp_path / "run",
    )))  # fmt: skip
    lacking, few, best = evaluation_of(experiment).notes
    assert lacking.startswith("metrics.prdc is left out, with 4 reals")
    assert lacking.endswith(": set data.holdout=0.15, or set metrics.prdc.k=3")
    assert few.startswith("4 reals are few for metrics.frechet, kid, diversity, ms_ssim, memorization")
    assert best == "evaluation.best=frechet rests on too few reals and chooses no best.ckpt"
    assert [caplog.text.count(note) for note in (lacking, few, best)] == [1, 1, 1]
    found = {word_of(name) for name in experiment.system.measured}
    assert {"frechet", "kid", "diversity", "ssim", "memorized"} <= found
    assert "recall" not in found
    assert not (tmp_path / "run" / "checkpoints" / "best.ckpt").exists()
    assert (tmp_path / "run" / "checkpoints" / "last.ckpt").exists()


def test_a_best_value_of_another_number_of_samples_is_forgotten(composed: Callable[..., Any], tmp_path: Path) -> None:
    """As of a run that an older version began: it compared 50 samples with fewer reals."""
    first = assemble(composed(*RING, "trainer.max_steps=4", folder=tmp_path / "run"))
    scripted(first, [0.9])
    run(first)
    last = tmp_path / "run" / "checkpoints" / "last.ckpt"
    saved = torch.load(last)["callbacks"]["Evaluation"]
    assert saved["best_name"] == "modes_overlap/points/50"
    for before, best in [
        ({"figures": {"evaluation/modes_overlap/points/70": 0.9}, "best_value": 0.9, "best_at": 4}, 0.5),
        ({"figures": {"evaluation/modes_overlap/points/50": 0.9}, "best_value": 0.9, "best_at": 4}, 0.9),
        ({"figures": {}, "best_value": None, "best_at": 0}, 0.5),
        (saved, 0.9),
    ]:
        evaluation = evaluation_of(assemble(composed(*RING, folder=tmp_path / "run")))
        evaluation.load_state_dict(before)
        report = Report({"modes_overlap/points/50": 0.5}, 50, 50, True)
        assert evaluation._improved(report) is (best == 0.5)
        assert evaluation.best_value == best
        assert len(evaluation.notes) == ("modes_overlap/points/70" in str(before))


def test_similarity_of_before_does_not_compare_under_its_name() -> None:
    evaluation = Evaluation("unused", best="ssim")
    evaluation.load_state_dict({"figures": {"evaluation/ssim/pixels/50": 0.2}, "best_value": 0.2, "best_at": 4})
    assert evaluation._improved(Report({"ssim/pixels/50": 0.3}, 50, 50, True))


def test_what_is_not_finite_is_not_measured_and_ends_nothing(composed: Callable[..., Any], caplog: Any) -> None:
    """callbacks.finite says what to do about it."""
    experiment = assemble(composed(*RING, "callbacks.finite=null"))
    with torch.no_grad():
        experiment.system.game.generator.head.bias.fill_(math.nan)
    run(experiment)
    assert experiment.trainer.global_step == 10
    assert "no evaluation after 4 batches: the generator's samples are not finite" in caplog.text


# ---- translations ---------------------------------------------------------------------------------------------------

LOOKED_THROUGH = ("features=random_conv", "evaluation.num_samples=9", "evaluation.every=4", "trainer.max_steps=5")


def translating(composed: Callable[..., Any], model: str, *overrides: str, **keys: Any) -> Any:
    return assemble(composed(f"model={model}", *TRANSLATING, *LOOKED_THROUGH, *overrides, **keys))


def test_translations_are_measured_and_the_best_state_kept(composed: Callable[..., Any], tmp_path: Path) -> None:
    experiment = run(translating(
        composed, "cyclegan", "metrics=[cycle,frechet,reconstruction]", "evaluation.best=a2b_psnr",
        "evaluation.mode=max",
    ))  # fmt: skip
    with (tmp_path / "metrics.csv").open(newline="") as file:
        rows = {row["step"]: row for row in csv.DictReader(file)}
    for name in ("a2b_frechet/random_conv64/9", "b2a_frechet/random_conv64/9/real", "cycle_a/pixels/9",
                 "a2b_psnr/pixels/9", "b2a_psnr/pixels/9/colour"):  # fmt: skip
        assert [step for step, row in rows.items() if row[f"evaluation/{name}"]] == ["4", "5"], name
    evaluation = evaluation_of(experiment)
    psnr = {int(step): float(rows[step]["evaluation/a2b_psnr/pixels/9"]) for step in ("4", "5")}
    assert evaluation.best_value == pytest.approx(max(psnr.values()), abs=1e-4)
    assert torch.load(tmp_path / "checkpoints" / "best.ckpt")["global_step"] == max(psnr, key=psnr.__getitem__)


def test_training_does_not_notice_that_translations_are_measured(composed: Callable[..., Any], tmp_path: Path) -> None:
    metrics = "metrics=[cycle,reconstruction]"
    systems = [
        run(translating(composed, "pix2pix", "callbacks.panels=null", *more, folder=tmp_path / str(index))).system
        for index, more in enumerate([(metrics, "network.generator.norm=batch"),
                                      ("metrics=none", "network.generator.norm=batch")])
    ]  # fmt: skip
    assert systems[0].measured
    assert not systems[1].measured
    for a, b in zip(*(system.state_dict().values() for system in systems), strict=True):
        assert not isinstance(a, torch.Tensor) or torch.equal(a, b)


def test_what_a_game_has_no_use_for_is_left_out_with_a_note(composed: Callable[..., Any], tmp_path: Path) -> None:
    one_way = evaluation_of(translating(composed, "pix2pix", "metrics=[cycle,reconstruction]"))
    assert one_way.notes == ["metrics.cycle is left out: it needs a way back, and this run translates one way"]
    latent = evaluation_of(assemble(composed(
        "model=dcgan", "network.width=4", "data=synthetic", "data.image_size=8", "metrics=translation",
    )))  # fmt: skip
    assert latent.notes == [
        "metrics.reconstruction is left out: it compares translations, and this game starts from latents"
    ]
    assert latent.best is None
    assert latent.judge is not None
    assert list(latent.judge.metrics) == ["frechet", "kid"]


def test_a_best_without_a_direction_is_that_of_a2b(composed: Callable[..., Any]) -> None:
    experiment = translating(composed, "cyclegan", "metrics=images")
    assert evaluation_of(experiment).best == "a2b_frechet"
    with pytest.raises(
        ValueError, match=r"evaluation\.best=kid is none of what the metrics give: .* one of a2b_l1, a2b_psnr"
    ):
        translating(composed, "pix2pix", "metrics=[reconstruction]", "evaluation.best=kid")


@pytest.mark.parametrize(
    ("data", "chosen", "best"),
    [
        (("data=unpaired", "data.root=x"), {"frechet", "kid", "cycle"}, "a2b_frechet"),
        (("data=horse2zebra",), {"frechet", "kid", "cycle"}, "a2b_frechet"),
        (("data=facades",), {"frechet", "kid", "reconstruction"}, "a2b_l1"),
        (("data=degraded", "data@data.of=mnist"), {"frechet", "kid", "reconstruction"}, "a2b_l1"),
    ],
)
def test_data_of_two_domains_chooses_its_metrics(
    composed: Callable[..., Any], data: tuple[str, ...], chosen: set[str], best: str
) -> None:
    config = composed("model=cyclegan", *data)
    assert (set(config.metrics), config.evaluation.best) == (chosen, best)
    assert config.features._target_.endswith("RandomConv")


FIXTURES = Path(__file__).parent.parent / "fixtures" / "configs"
ODD = (
    f"hydra.searchpath=[file://{FIXTURES}]", "model=scoring", "network.width=4", "latent.latent_dim=4", "logger=none",
    "data.num_classes=2", "data.num_samples=400", "data.only=[1]", "metrics=[anomaly]", "features=none",
    "callbacks.samples=null", "trainer.max_steps=4", "evaluation.every=2",
)  # fmt: skip


def test_a_system_is_asked_and_its_best_answer_and_what_thresholds_need_are_kept(
    composed: Callable[..., Any], tmp_path: Path
) -> None:
    best = ("evaluation.best=auroc/reconstruction", "evaluation.mode=max")
    experiment = run(assemble(composed(*ODD, *best)))
    names = {name for name in experiment.system.measured if name.endswith("/400")}
    assert {"evaluation/auroc/reconstruction/400", "evaluation/auroc/code/400", "evaluation/auroc/nearest/400"} <= names
    saved = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)["callbacks"]["Evaluation"]
    assert saved["best_name"] == "auroc/reconstruction/400"
    assert saved["keeps"]["at"] == 4
    assert saved["keeps"]["Anomaly"].keys() == {"reconstruction", "code"}
    again = Evaluation(folder="unused")
    again.load_state_dict(saved)
    assert again.keeps["at"] == 4
    del saved["keeps"]  # of an earlier version
    again.load_state_dict(saved)
    assert "keeps" not in again.state_dict()


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (("evaluation.best=auroc", "evaluation.mode=max"), "may be auroc/reconstruction or auroc/code: name one"),
        (("evaluation.best=auroc/code",), "best=auroc/code is best at its max: set evaluation.mode=max"),
        (("evaluation.best=auroc/elbo", "evaluation.mode=max"), "is none of what the metrics give"),
    ],
)
def test_a_best_that_several_answers_have_or_that_is_the_worst_is_refused(
    composed: Callable[..., Any], overrides: tuple[str, ...], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        assemble(composed(*ODD, *overrides))


@pytest.mark.parametrize(("scalar", "end", "other"), [
    ("l1", "min", "max"), ("squared_error", "min", "max"), ("psnr", "max", "min"), ("ssim", "max", "min"),
])  # fmt: skip
def test_of_what_comes_back_errors_are_best_at_their_least_and_likeness_at_its_greatest(
    composed: Callable[..., Any], scalar: str, end: str, other: str
) -> None:
    asked = ("model=vae", "data=digits", "data.image_size=8", "metrics=[reconstructed]", f"evaluation.best={scalar}")
    callback = evaluation_of(assemble(composed(*asked, f"evaluation.mode={end}")))
    assert (callback.best, callback.mode) == (f"{scalar}/reconstruction", end)
    with pytest.raises(ValueError, match=f"best={scalar}/reconstruction is best at its {end}: set evaluation.mode"):
        assemble(composed(*asked, f"evaluation.mode={other}"))


def test_what_a_system_does_not_answer_is_left_out_with_a_warning_beside_others(
    composed: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """A sweep over systems measures each by what it can."""
    gan = ("model=dcgan", "network.width=4", "data.only=[1]", "metrics=[frechet,anomaly]", "features=random_conv")
    callback = evaluation_of(assemble(composed(*gan)))
    (note,) = callback.notes
    assert note.startswith("metrics.anomaly is left out: it asks a system for scores, and this one gives none")
    assert note in caplog.text
    assert callback.gives == ["frechet"]
