"""What a run says of the lesson it was."""

import json
from pathlib import Path
from typing import Any

import pytest

from gan_runner.config.lesson import Lesson
from gan_runner.training.lesson import facts, outcomes, sentences

LESSON: dict[str, Any] = {
    "look": "Two of eight.",
    "file": "samples/modes_<batches>.png",
    "next": "gan-train model=wgan # a critic",
}


def lesson(*shows: dict[str, Any]) -> Lesson:
    return Lesson(shows=list(shows), **LESSON)  # type: ignore[arg-type]


def test_evaluations_count_as_they_ended_and_curves_by_the_last_quarter_of_the_run(tmp_path: Path) -> None:
    rows = [(50 * number, 9.0 if number < 12 else number / 10) for number in range(1, 17)]
    lines = [f"{step},{norm},{'7' if step == 800 else ''}," for step, norm in rows]
    head = "step,generator/gradient_norm,evaluation/modes_covered/points/64,discriminator/gan/accuracy_real"
    (tmp_path / "metrics.csv").write_text("\n".join([head, *lines, "800,,,nan"]) + "\n")
    figures = {"evaluation/modes_covered/points/64": 2.0, "evaluation/modes_covered/points/64/real": 8.0}
    signs = [
        {"figure": "modes_covered", "at_most": 3},
        {"figure": "generator/gradient_norm", "at_least": 1.4},
        {"figure": "accuracy_real", "at_least": 0},
        {"figure": "frechet", "at_most": 10},
    ]
    found = outcomes(lesson(*signs), tmp_path, figures)
    assert [one.value for one in found] == [2.0, pytest.approx(1.4), None, None]  # 1.2, 1.3, 1.4, 1.5, 1.6
    assert [one.holds for one in found] == [True, True, False, False]
    assert facts(found)["shown"] is False
    assert facts(found[:2]) == {
        "shown": True,
        "shows": [
            {"figure": "modes_covered", "at_most": 3.0, "value": 2.0, "holds": True},
            {"figure": "generator/gradient_norm", "at_least": 1.4, "value": found[1].value, "holds": True},
        ],
    }


def test_the_end_says_what_shows_and_where_in_three_sentences(tmp_path: Path) -> None:
    given = lesson({"figure": "modes_covered", "at_most": 3})
    (tmp_path / "samples").mkdir()
    for step in (500, 1000):
        (tmp_path / "samples" / f"modes_{step:08d}.png").touch()
    shown = sentences(given, tmp_path, outcomes(given, tmp_path, {"evaluation/modes_covered/points/9": 1}))
    assert "The lesson is shown: modes 1 (at most 3 expected)" in shown
    assert shown.splitlines()[-3:] == [
        "  look at      Two of eight.",
        f"  in           {tmp_path}/samples/modes_00001000.png",
        "  try next     gan-train model=wgan # a critic",
    ]
    other = sentences(given, tmp_path, outcomes(given, tmp_path, {"evaluation/modes_covered/points/9": 6}))
    assert "The lesson is not shown this time: modes 6 (at most 3 expected)" in other
    nothing = sentences(given, tmp_path, outcomes(given, tmp_path, {}))
    assert "not shown this time: modes not measured (at most 3 expected)" in nothing


SHORT = ("trainer.max_steps=4", "data.num_samples=600", "trainer.log_every_n_steps=2", "evaluation.num_samples=64")


def test_a_run_tells_and_keeps_it(run_command: Any, tmp_path: Path) -> None:
    done = run_command("gan-train", "experiment=lesson/collapse", "hydra.run.dir=run", *SHORT)
    assert done.code == 0, done.err
    assert "The lesson is" in done.out.partition("Next: ")[2]
    kept = json.loads((tmp_path / "run" / "run.json").read_text())["lesson"]
    assert kept["shows"][0]["figure"] == "modes_covered"
    assert kept["shown"] == all(one["holds"] for one in kept["shows"])
    plain = run_command("gan-train", "experiment=lesson/collapse", "lesson=null", "hydra.run.dir=plain", *SHORT)
    assert "The lesson" not in plain.out
    assert "lesson" not in json.loads((tmp_path / "plain" / "run.json").read_text())
