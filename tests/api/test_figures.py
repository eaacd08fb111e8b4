"""Figures: a mapping that shows itself as a table."""

import math

from gan_runner.api.figures import Figures, html_table, table_of

FOUND = {
    "evaluation/modes_covered/points/2500": 8.0,
    "evaluation/modes_covered/points/2500/real": 8.0,
    "evaluation/modes_kl/points/2500": None,
    "generator/gan/adversarial": 0.7,
}


def test_they_are_numbers_by_name() -> None:
    figures = Figures(FOUND)
    assert figures["evaluation/modes_covered/points/2500"] == 8
    assert math.isnan(figures["evaluation/modes_kl/points/2500"])
    assert list(figures) == list(FOUND)


def test_the_table_has_what_was_measured_beside_real_data() -> None:
    shown = Figures(FOUND)._repr_html_()
    assert "modes ↑" in shown
    assert "evaluation/modes_covered/points/2500</td>" in shown
    assert "not finite" in shown
    assert "adversarial" not in shown


def test_without_a_measurement_it_has_what_was_logged_and_without_that_it_says_so() -> None:
    assert "generator/gan/adversarial" in Figures({"generator/gan/adversarial": 0.7})._repr_html_()
    assert "no figures yet" in table_of(Figures({}))


def test_what_stands_in_a_table_is_text() -> None:
    assert "&lt;script&gt;" in html_table(["a"], [["<script>"]])


def test_those_of_a_report_have_their_spreads_and_its_names() -> None:
    values = {"frechet/random_conv64/180": 2.0, "frechet/random_conv64/180/real": 1.0}
    shown = Figures(values, {"frechet/random_conv64/180": 0.25}, of_report=True)._repr_html_()
    assert "Fréchet ↓" in shown
    assert "2 ± 0.25" in shown
    assert ">1</td>" in shown
    assert ">frechet/random_conv64/180</td>" in shown
