"""The configuration as a difference from its recipe."""

from pathlib import Path

from hydra.core.global_hydra import GlobalHydra

from fixtures.told_runs import told_run
from gan_runner.report.recipe import Difference, choices, compared, composed


def differences(run: Path, *overrides: str) -> tuple[str | None, list[Difference]]:
    folder = told_run(run, overrides)
    return compared(folder.facts(), folder.config())


def test_a_run_of_model_and_data_as_they_come(tmp_path: Path) -> None:
    assert differences(tmp_path, "model=vanilla", "data=ring") == ("model=vanilla data=ring", [])


def test_what_was_set_differs(tmp_path: Path) -> None:
    recipe, found = differences(
        tmp_path, "experiment=ring/gan", "seed=3", "optimizer.lr=1e-3", "tricks=[r1]", "trainer.max_steps=7"
    )
    told = {one.key: (one.recipe, one.here) for one in found}
    assert recipe == "experiment=ring/gan"
    assert told["seed"] == ("0", "3")
    assert told["tricks"][1] == "r1"
    assert told["trainer.max_steps"][1] == "7"
    assert [key for key in told if key.endswith(".lr")] in (
        ["optimizer.lr"],
        ["optimizer.generator.lr", "optimizer.discriminator.lr"],
    )
    assert not [key for key in told if key.startswith(("paths", "logger", "callbacks.report"))]


def test_lists_are_compared_whole(tmp_path: Path) -> None:
    _, found = differences(tmp_path, "model=vanilla", "data=ring", "network.generator.hidden=[8,8]")
    assert [(one.key, one.here) for one in found] == [("network.generator.hidden", "[8, 8]")]


def test_a_recipe_that_cannot_be_composed_leaves_what_was_typed(tmp_path: Path) -> None:
    run = told_run(tmp_path, choices={"experiment": "mine"}, command=["gan-train", "experiment=mine", "seed=3"])
    assert compared(run.facts(), run.config()) == (
        None,
        [Difference("experiment", None, "mine"), Difference("seed", None, "3")],
    )


def test_a_run_without_a_configuration_too(tmp_path: Path) -> None:
    assert compared(told_run(tmp_path).facts(), {}).recipe is None


def test_a_composition_that_is_under_way_is_left_as_it_is() -> None:
    before, under_way = GlobalHydra.instance().hydra, object()
    composed.cache_clear()
    GlobalHydra.instance().hydra = under_way  # type: ignore[assignment]
    try:
        assert composed("model=vanilla")["seed"] == "0"
        assert GlobalHydra.instance().hydra is under_way
    finally:
        GlobalHydra.instance().hydra = before


def test_older_records_name_no_choice() -> None:
    assert choices({}) == []
