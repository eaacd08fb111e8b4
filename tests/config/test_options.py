"""The groups of configurations and their options, read from a tree of files."""

from pathlib import Path

import pytest

from gan_runner.config import options as module
from gan_runner.config.options import (
    CONFIGS,
    PACKAGE,
    default_of,
    groups,
    is_optional,
    lines,
    option_of,
    options,
    parts_of,
    recipe_of,
)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("loss/hinge", "loss/_shared", "loss/b/two", "loss/a/one", "loss/a/_base", "data/ring", "unused/x"):
        path = tmp_path / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("weight: 1\n")
    (tmp_path / "loss" / "notes.txt").write_text("no option\n")
    (tmp_path / "train.yaml").write_text(
        "defaults:\n  - loss: hinge\n  - override data: ring\n  - data: ring\n  - _self_\nseed: 0\n"
    )
    monkeypatch.setattr(module, "CONFIGS", tmp_path)
    return tmp_path


def test_what_files_share_is_no_option_and_folders_come_last(tree: Path) -> None:
    assert options(tree / "loss") == ["hinge", "a/one", "b/two"]
    assert options(tree / "nothing") == []


def test_the_groups_of_a_command_are_those_it_composes(tree: Path) -> None:
    assert groups("train") == {"data": ["ring"], "loss": ["hinge", "a/one", "b/two"]}


def test_lines_are_those_of_the_file(tree: Path) -> None:
    assert lines("train")[0] == "defaults:"
    assert lines("train")[-1] == "seed: 0"


def test_the_real_ones_are_found_from_a_checkout_and_from_a_wheel() -> None:
    assert (PACKAGE / "config" / "options.py").is_file()
    assert CONFIGS in (PACKAGE / "configs", PACKAGE.parent / "configs")
    assert {"data", "network", "loss", "tricks"} <= set(groups("train"))
    for group, found in groups("train").items():
        assert found, group
        assert all((CONFIGS / group / f"{option}.yaml").is_file() for option in found)


def test_experiments_in_folders_come_after_the_others() -> None:
    found = options(CONFIGS / "experiment")
    assert {"digits", "ring/gan", "grid/gan"} <= set(found)
    assert [option.count("/") for option in found] == sorted(option.count("/") for option in found)


def test_groups_that_may_be_empty_and_options_by_their_class() -> None:
    assert is_optional("train", "experiment")
    assert not is_optional("train", "data")
    assert option_of("loss", "gan_runner.losses.hinge.Hinge") == "hinge"
    assert option_of("loss", "mine.Loss") is None


def test_a_recipe_is_the_model_of_the_same_name() -> None:
    assert recipe_of("system", "gan_runner.systems.vae_gan.VAEGAN") == "vae_gan"
    assert recipe_of("system", "gan_runner.systems.gan.GAN") is None
    assert recipe_of("system", "mine.System") is None


def test_what_an_option_consists_of_and_which_is_the_default(tree: Path) -> None:
    assert set(parts_of("loss", "hinge")) == set()
    (tree / "loss" / "hinge.yaml").write_text('weight: 1\nplayer: {_target_: a.b, width: "${c}"}\n')
    assert parts_of("loss", "hinge") == {"player": {"_target_": "a.b", "width": "${c}"}}
    assert default_of("train", "loss") == "hinge"
    assert default_of("train", "unused") is None
