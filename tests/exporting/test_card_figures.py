"""What a card says of what was measured."""

from gan_runner.exporting.card_figures import figures
from gan_runner.exporting.discreet import Hidden
from gan_runner.exporting.history import History
from gan_runner.figures import build

FRECHET = "evaluation/frechet/classifier_digits/2500"


def told(**values: float) -> str:
    found = {FRECHET if name == "here" else build(FRECHET, name): value for name, value in values.items()}
    return "\n".join(figures(History({}, found, "gan-evaluate", {}, Hidden((), ()))))


def test_a_figure_stands_beside_its_control() -> None:
    text = told(here=80.5, real=31.25)
    assert "| figure | here | real data | what it says | full name |" in text
    assert "| Fréchet ↓ | 80.5 | 31.25 |" in text
    assert f"`{FRECHET}` |" in text
    assert "By gan-evaluate, on 2,500 samples each." in text


def test_without_a_control_there_is_no_column_of_one() -> None:
    text = told(here=80.5)
    assert "| figure | here | what it says | full name |" in text
    assert "as controls" not in text


def test_nothing_was_measured() -> None:
    assert "Nothing was measured of these weights." in told()
