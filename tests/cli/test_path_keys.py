"""Which keys are paths: none can be forgotten."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from gan_runner.cli.path_keys import PathKeys, is_path
from gan_runner.config.options import CONFIGS
from gan_runner.config.signatures import parameters
from gan_runner.types import PathString, PositiveInt, Seed

CUSTOMARY = {"root", "folder", "cache", "weights", "a", "b", "file", "path"}
"""What arguments that are paths are called here."""


def parts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "_target_" in node:
            yield node
        for value in node.values():
            yield from parts(value)


NODES = [node for path in CONFIGS.rglob("*.yaml") for node in parts(yaml.safe_load(path.read_text("utf-8")))]


def test_constructors_say_of_their_paths_that_they_are() -> None:
    found = set()
    for node in NODES:
        for name, kind in (parameters(node["_target_"]) or ({}, False))[0].items():
            made_of_a_path = str(node.get(name, "")).startswith("${paths.") and name != "default_root_dir"
            if name in CUSTOMARY or made_of_a_path:
                assert is_path(kind), f"{node['_target_']}: {name}"
                found.add(name)
            elif name != "labels":  # true, or a table
                assert not is_path(kind), f"{node['_target_']}: {name}"
    assert found >= {"root", "folder", "cache", "weights", "a", "b"}


def test_the_type_of_a_path_is_known_in_any_company() -> None:
    assert all(map(is_path, (PathString, PathString | None, Path, str | Path, list[Path] | None)))
    assert not any(map(is_path, (str, str | None, Seed, PositiveInt, list[str], Any, None)))


@pytest.mark.parametrize("command", ["train", "sample", "evaluate", "translate", "detect", "export"])
def test_keys_of_a_command_itself(command: str) -> None:
    keys = PathKeys(command, [])
    assert "seed" not in keys
    assert "nothing" not in keys
    assert "nothing.root" not in keys
    assert ("resume" if command == "train" else "run") in keys
    assert "paths.outputs" in keys


def test_an_empty_path_of_a_configuration_is_refused() -> None:
    class Model(BaseModel):
        root: PathString

    with pytest.raises(ValueError, match="at least 1 character"):
        Model(root="")


def test_a_class_of_ones_own_says_so_by_pathlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine_of_paths.py").write_text(
        "from pathlib import Path\n\nclass Data:\n    def __init__(self, photos: Path, fit: str): ...\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    mine = tmp_path / "configs" / "data"
    mine.mkdir(parents=True)
    (mine / "mine.yaml").write_text("_target_: mine_of_paths.Data\nphotos: ???\nfit: crop\n")
    keys = PathKeys("train", ["--config-dir", str(tmp_path / "configs"), "data=mine"])
    assert "data.photos" in keys
    assert "data.fit" not in keys
