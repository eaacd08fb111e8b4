"""What is worth looking at: fakes beside what they copy, and fakes by their mode."""

import pytest
import torch

from gan_runner.data.gaussians import Gaussians
from gan_runner.data.synthetic import Synthetic
from gan_runner.evaluation import report
from gan_runner.evaluation.equal import Figure
from gan_runner.evaluation.few import Note
from gan_runner.evaluation.judge import Judge
from gan_runner.evaluation.report import (
    Found,
    Pairs,
    Report,
    by_mode,
    found_by,
    headline,
    joined,
    lines,
    pairs_of,
    pictures,
    sentence,
    value_of,
)
from gan_runner.images.lettering import BAND, HEADER
from gan_runner.images.ranges import to_unit_range
from gan_runner.metrics.base import Closest
from gan_runner.metrics.frechet import Frechet
from gan_runner.metrics.memorization import Memorization
from gan_runner.metrics.modes import Modes


def test_a_generator_that_copies_is_told_by_pairs(from_deck):
    data = Synthetic(image_size=8, channels=1, num_samples=120, kind="noise")
    train = data.deck("train")[torch.arange(120)].real
    report = Judge({"memorization": Memorization(space="pixels", pairs=4)}).judge(from_deck(data, "train"), data, 30)
    assert report.scalars["memorized/pixels/30"] == 1
    assert report.pairs.fake.shape == (4, 1, 8, 8)
    assert report.pairs.fake.equal(report.pairs.training)
    assert report.pairs.distance.tolist() == [0] * 4
    assert (report.pairs.fake[0] == to_unit_range(train)).flatten(1).all(1).any()


def test_fakes_are_sorted_by_the_mode_they_fell_on():
    images = torch.arange(6.0)[:, None, None, None].expand(6, 1, 2, 2)
    sheet = by_mode(images, torch.tensor([2, 0, 2, -1, 0, 2]), 3).reshape(8, 3, 1, 2, 2)[:, :, 0, 0, 0]
    assert sheet[:3].nan_to_num(-1).tolist() == [[1, -1, 0], [4, -1, 2], [-1, -1, 5]]
    many = by_mode(images, torch.tensor([0, 999, 3, 3, -1, 1]), 1000)[:, 0, 0, 0]
    assert many[:5].nan_to_num(-1).tolist() == [0, 5, -1, 2, -1]


def test_how_the_fakes_fall_on_the_modes_is_reported():
    data = Gaussians(num_samples=100)
    modes = Modes()
    report = Judge({"modes": modes}).judge(lambda count: (data.centres[2].expand(count, 2), None), data, 20)
    assert report.found is not None
    assert report.found.counts.tolist() == [0, 0, 20, 0, 0, 0, 0, 0]
    assert report.found.examples is None


def test_pairs_are_those_of_the_first_metric_that_found_any():
    fakes, library = (torch.arange(4, dtype=torch.uint8)[:, None, None, None] + shift for shift in (0, 100))
    silent, first, second = Modes(), Modes(), Modes()
    first.closest = Closest(torch.tensor([2, 0]), torch.tensor([1, 3]), torch.tensor([0.5, 2.0]))
    second.closest = Closest(torch.tensor([3]), torch.tensor([3]), torch.tensor([0.0]))
    pairs = pairs_of([silent, first, second], fakes, library)
    assert ((pairs.fake + 1) * 127.5).flatten().tolist() == pytest.approx([2, 0], abs=1e-4)
    assert ((pairs.training + 1) * 127.5).flatten().tolist() == pytest.approx([101, 103], abs=1e-4)
    assert pairs.distance.tolist() == [0.5, 2.0]
    assert pairs_of([silent], fakes, library) is None


@pytest.mark.parametrize(("fourth_is_band", "mode"), [(False, "RGBA"), (True, "RGB")])
def test_a_fourth_band_is_drawn_as_transparency_only_where_it_is_one(fourth_is_band, mode):
    images = torch.zeros(4, 4, 8, 8)
    found = Found(torch.tensor([2, 2]), images)
    shown = Report({}, 4, 4, True, Pairs(images, images, torch.zeros(4)), found, fourth_is_band=fourth_is_band)
    drawn = pictures(shown)
    assert [drawn[name].mode for name in ("nearest", "by_mode")] == [mode, mode]


def test_fakes_on_no_mode_are_not_counted():
    metric = Modes()
    metric.assigned, metric.modes = torch.tensor([1, -1, 1, 0]), 3
    found = found_by([Frechet(), metric], torch.zeros(4, 1, 2, 2, dtype=torch.uint8), "images")
    assert found.counts.tolist() == [1, 2, 0]
    assert found.examples.shape == (8 * 3, 1, 2, 2)
    assert found.examples.isnan().flatten(1).all(1).sum() == 24 - 3
    assert found_by([Frechet()], torch.zeros(4, 2), "points") is None
    found = found_by([metric], torch.zeros(4, 2), "points")
    assert (found.counts.tolist(), found.examples) == ([1, 2, 0], None)


# ---- in words -------------------------------------------------------------------------------------------------------


def test_the_line_tells_at_how_many_samples_beside_their_controls():
    figures = {
        "recall/x/180": Figure(0.5, 0.02),
        "recall/x/180/real": Figure(0.75, 0.01),
        "memorized/x/2500": Figure(0.125),
        "modes_kl/x/180": Figure(float("nan"), None, "no point is on a mode"),
        "a2b_l1/pixels/9": Figure(1.0),
        "a2b_l1/pixels/9/identity": Figure(3.0),
        "a2b_l1/pixels/9/colour": Figure(2.0),
    }
    report = Report.of(figures, 2500, 180, True, [Note("few")])
    assert sentence(report) == (
        "recall 0.5 ± 0.02 (real 0.75 ± 0.01), KL nan: no point is on a mode (of 180 samples); "
        "copies 0.125 (of 2500 samples); A→B L1 1 (identity 3, colour 2) (of 9 samples)"
    )
    assert str(report.figures) == str(figures)  # of which one is not equal to itself
    assert report.notes == [Note("few")]
    assert value_of(report, "recall/x/180", digits=6) == "0.5 ± 0.02"


def test_the_line_of_a_run_of_before_whose_control_has_another_number():
    scalars = {"a/extractor/10": 1.0, "a/extractor/9/real": 2.0, "accuracy/extractor/5": 0.5}
    assert sentence(Report(scalars, 10, 9, True)) == "a 1 (real 2) (of 10 samples); classifier right 0.5 (of 5 samples)"


def test_a_scalar_has_one_full_name_and_it_is_no_control():
    scalars = {"a/x/9/real": 2.0, "a/x/9": 1.0}
    assert headline(scalars, "a") == "a/x/9"
    assert headline(scalars, "b") is None


ANSWERS = {
    "frechet/x/18": 1.5, "auroc/elbo/180": 0.9, "auroc_worst/elbo/180": 0.5, "auroc_7/elbo/180": 0.5,
    "auroc/nearest/180": 0.96, "auroc_worst/nearest/180": 0.8, "auroc_7/nearest/180": 0.8,
}  # fmt: skip


def test_answers_and_baselines_stand_in_one_table():
    assert lines(Report(ANSWERS, 20, 18, True)) == [
        "Fréchet ↓  1.5    frechet/x/18",
        "             AUROC ↑  AUROC, worst ↑  AUROC, 7 ↑",
        "               auroc     auroc_worst     auroc_7",
        "elbo/180      0.9000          0.5000      0.5000",
        "nearest/180   0.9600          0.8000      0.8000",
    ]


def test_a_line_has_the_short_name_the_value_that_of_reals_and_the_full_name():
    scalars = {"modes_covered/points/9": 7.0, "modes_kl/points/9": 0.25, "modes_covered/points/9/real": 8.0,
               "a2b_l1/pixels/9": 1.0, "a2b_l1/pixels/9/identity": 3.0, "of_old/x/9/real": 2.0}  # fmt: skip
    assert lines(Report(scalars, 9, 9, True)) == [
        "modes ↑          7     real 8      modes_covered/points/9",
        "KL ↓             0.25              modes_kl/points/9",
        "A→B L1 ↓         1     identity 3  a2b_l1/pixels/9",
        "of_old/x/9/real  2                 of_old/x/9/real",  # of a run of before: it has no other line
    ]


def test_the_names_of_classes_stand_on_pictures_of_modes(monkeypatch):
    told = []
    monkeypatch.setattr(report, "tally", lambda counts, names, title, axes, outside: told.append((names, title, axes)))
    found = Found(torch.tensor([3, 0]), torch.zeros(16, 1, 8, 8), outside=2)
    drawn = pictures(Report({}, 5, 5, True, found=found), ["cat", "dog"])
    assert told == [(["cat", "dog"], "1 of 2 classes found; 3 of 5 samples lie on one", ("classes", "samples"))]
    assert drawn["by_mode"].size == (2 * 66 + 2, 8 * 66 + 2 + HEADER)
    pictures(Report({}, 5, 5, True, found=Found(torch.tensor([3, 2]), None)))
    assert told[1] == (["0", "1"], "2 of 2 modes found; 5 samples", ("modes", "samples"))


def test_a_sample_of_each_of_many_modes_has_a_title():
    found = Found(torch.ones(300, dtype=torch.int64), torch.zeros(200, 1, 8, 8))
    picture = pictures(Report({}, 5, 5, True, found=found))["by_mode"]
    assert picture.height == 14 * 66 + 2 + BAND


def test_the_line_of_answers_has_their_baselines_but_not_each_class():
    told = (
        "Fréchet 1.5 (of 18 samples); AUROC by elbo 0.9 (nearest 0.96), "
        "AUROC, worst by elbo 0.5 (nearest 0.8) (of 180 samples)"
    )
    assert sentence(Report(ANSWERS, 20, 18, True)) == told
    two = sentence(Report({"auroc/elbo/9": 0.9, "auroc/features/9": 0.8, "auroc/nearest/9": 0.7}, 9, 9, True))
    assert two == "AUROC by elbo 0.9, AUROC by features 0.8 (nearest 0.7) (of 9 samples)"


def test_the_figure_of_one_answer_is_found_by_both_names():
    scalars = {"auroc/elbo/9": 0.9, "auroc/features/9": 0.8, "auroc_worst/features/9": 0.1}
    assert headline(scalars, "auroc/features") == "auroc/features/9"
    assert headline(scalars, "auroc") == "auroc/elbo/9"
    assert headline(scalars, "auroc_worst") == "auroc_worst/features/9"
    assert headline({"auroc/nearest/9": 0.9}, "auroc") is None


def test_two_reports_become_one():
    one = Report({"a/x/3": 1.0}, 3, 4, True, notes=[Note("a")], spreads={"a/x/3": 0.1})
    both = joined(one, Report({"b/y/9": 2.0}, 9, 9, True, notes=[Note("b")], keeps={"Anomaly": {}}))
    assert both.scalars == {"a/x/3": 1.0, "b/y/9": 2.0}
    assert (both.fakes, both.reals, both.spreads) == (3, 4, {"a/x/3": 0.1})
    assert [note.fact for note in both.notes] == ["a", "b"]
    assert both.keeps == {"Anomaly": {}}


def test_a_figure_that_no_control_stands_beside_says_how_it_is_read():
    figures = {"memorized/x/2500": Figure(0.125, beside="0.01 is usual"), "recall/x/180": Figure(0.5)}
    report = Report.of(figures, 2500, 180, True, [])
    assert sentence(report) == "copies 0.125 (0.01 is usual) (of 2500 samples); recall 0.5 (of 180 samples)"
    assert lines(report)[0] == "copies → 0.01  0.125  0.01 is usual  memorized/x/2500"
    assert report.figures == figures
    assert joined(Report({}, 1, 1, True), report).beside == report.beside
