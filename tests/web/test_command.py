"""The page's state as overrides, as a command line and as an address; what a page may not ask for."""

import shlex
from pathlib import Path

import pytest

from fixtures.composing import composed
from gan_runner.config.errors import ConfigError
from gan_runner.config.overrides import value_of
from gan_runner.web import command
from gan_runner.web.protocol import State


def test_the_page_begins_with_a_plain_game_but_for_what_is_given() -> None:
    plain = command.start([])
    assert plain.shared == ["data=ring"]
    assert plain.left == list(command.OWN)
    given = command.start(["data=grid", "tricks=[ema]", "seed=3", "data.batch_size=64"])
    assert given.shared == ["data=grid", "seed=3"]
    assert "tricks=[ema]" in given.left
    assert [one for one in given.left if one.startswith("data.batch_size")] == ["data.batch_size=64"]
    assert not [one for one in command.start(["model=sngan"]).left if one.startswith("network.")]
    recipe = command.start(["experiment=lesson/collapse"])
    assert (recipe.shared, recipe.left) == ([], ["experiment=lesson/collapse"])


def test_the_command_line_is_what_a_shell_takes_and_gan_train_composes() -> None:
    state = State(shared=["data=ring", "seed=7"], left=["model=vanilla", "tricks=[r1,ema]", "tricks.r1.gamma=0.5"])
    program, *arguments = shlex.split(command.command(state, "left"))
    assert program == "gan-train"
    config = composed(*arguments, "paths.run=unused")
    assert (config.seed, config.tricks.r1.gamma, set(config.tricks)) == (7, 0.5, {"r1", "ema"})


def test_values_are_what_the_overrides_come_to() -> None:
    state = State(shared=["data=grid"], left=["experiment=lesson/collapse", "tricks=[unrolled]"])
    found = command.values(state, "left")
    assert found["data"] == "grid"
    assert found["tricks"] == ["unrolled"]
    assert found["tricks.unrolled.steps"] == 5
    assert found["optimizer.generator.lr"] == 1e-3
    assert found["network.generator.hidden"] == [128, 128]
    left_out = state.model_copy(update={"left": ["experiment=ring/r3gan", "tricks.r1=null"]})
    assert command.values(left_out, "left")["tricks"] == ["ema", "r2"]


@pytest.mark.parametrize(
    "override",
    ["paths.outputs=/etc", "trainer.max_steps=3", "loss._target_=os.system", "hydra.run.dir=x", "~tricks", "seed",
     "loss=${oc.env:HOME}", "data.path=/etc/passwd", "data=mnist", "tricks=[ada]", "experiment=digits", "model=dcgan",
     "tricks.ema={_target_:os.system}", "data.root=/etc", "+x=1", "loss=hinge,minimax", "init_from=a", "resume=last"],
)  # fmt: skip
def test_what_is_none_of_the_pages_is_refused_in_a_sentence(override: str, tmp_path: Path) -> None:
    state = State(shared=["data=ring"], left=[*command.OWN, override])
    with pytest.raises(ConfigError, match=r"cannot be set|no key=value|lies outside|can play"):
        command.refuse_foreign(state, [], [tmp_path])


def test_what_the_command_line_gave_is_taken_as_it_is(tmp_path: Path) -> None:
    given = ["trainer.accelerator=cpu", "data.path=/home/me/points.csv"]
    command.refuse_foreign(State(shared=[], left=given), given, [tmp_path])


def test_a_file_below_the_folder_of_points_may_be_played(tmp_path: Path) -> None:
    state = State(shared=["data=ring", f"data.path={tmp_path}/drawn-1.csv"], left=list(command.OWN))
    command.refuse_foreign(state, [], [tmp_path])


def test_a_path_with_a_space_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "my points" / "drawn-1.csv"
    told = command.path_of("data.path", path)
    assert value_of(told) == str(path)
    command.refuse_foreign(State(shared=[told], left=list(command.OWN)), [], [tmp_path])
    assert command.path_of("data.path", Path("outputs/points/a.csv")) == "data.path=outputs/points/a.csv"


def test_the_address_brings_the_state_back() -> None:
    state = State(shared=["data=ring"], left=["tricks=[ema,r1]"], right=["loss=hinge"], drawn=[[0.5, -0.25]])
    address = command.address(state)
    assert not set(address) & set(' <>"#') - {'"'}
    assert command.from_address(f"#{address}") == state
    with pytest.raises(ValueError, match="no settings"):
        command.from_address("#3")
