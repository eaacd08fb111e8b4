"""gan-data as a user starts it."""

import json
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from PIL import Image

from fixtures.looked_at import flock, messy
from fixtures.small_runs import Outcome
from gan_runner.cli import data as command
from gan_runner.cli.data import OWN, Request, composed
from gan_runner.config.errors import ConfigError
from gan_runner.config.options import CONFIGS


@pytest.fixture
def gan_data(run_command: Callable[..., Outcome]) -> Callable[..., Outcome]:
    return lambda *arguments: run_command("gan-data", *arguments)


def test_it_tells_of_a_folder_and_leaves_nothing(gan_data: Callable[..., Outcome], tmp_path: Path) -> None:
    messy(tmp_path / "photos")
    before = sorted(tmp_path.rglob("*"))
    done = gan_data("root=photos")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("images      25 in photos: PNG 23")
    assert "gan-train model=cgan data=folder data.root=photos data.image_size=32 data.labels=true" in done.out
    assert sorted(tmp_path.rglob("*")) == before


def test_it_writes_what_it_is_asked_for(gan_data: Callable[..., Outcome], tmp_path: Path) -> None:
    messy(tmp_path / "photos")
    asked = ("photos", "grid=grid.png", "output=set.zip", "json=set.json")
    done = gan_data(*asked)
    assert (done.code, done.err) == (0, "")
    assert Image.open(tmp_path / "grid.png").width > 700
    assert json.loads((tmp_path / "set.json").read_text())["images"] == 25
    assert "set-test.zip" in done.out
    with zipfile.ZipFile(tmp_path / "set.zip") as archive:
        assert len(archive.namelist()) == 21
    again = gan_data(*asked)
    assert (again.code, again.err) == (
        1, "gan-data: grid.png exists already: choose another grid, or set overwrite=true\n"
    )  # fmt: skip
    assert gan_data(*asked, "overwrite=true").code == 0
    assert gan_data("root=set.zip", "splits=none", "labels=false").out.startswith("images      20 in set.zip: PNG")


def test_keys_are_those_of_the_data_with_its_name_or_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    root = flock(tmp_path / "my photos (1)", 1)
    for words in (["image_size=[24,32]", "labels=true", "fit=pad"], ["data.image_size=[24,32]", "data.labels=true",
                  "data.fit=pad"]):  # fmt: skip
        node, given = composed(Request.of([root.name, "stream=true", "channels=null", *words]))
        assert (node["image_size"], node["labels"], node["fit"], node["stream"]) == ([24, 32], True, "pad", False)
        assert (node["root"], node["cache"], node["splits"]) == (root.name, None, "auto")
        assert given.keys() == {"root", "image_size", "labels", "fit"}
        assert given["fit"] == "data.fit=pad"


def test_given_keys_are_in_the_command(gan_data: Callable[..., Outcome], tmp_path: Path) -> None:
    flock(tmp_path / "photos", 20)
    done = gan_data("root=photos", "image_size=64", "holdout=0.2", "fit=stretch")
    assert "16 to train on, 4 held out (data.holdout=0.2, drawn by chance)" in done.out
    assert "data.root=photos data.image_size=64 data.holdout=0.2 data.fit=stretch data.batch_size=16" in done.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "root has no value"),
        (("root=null",), "root has no value"),
        (("--root", "photos"), "unknown flag --root"),
        (("photos", "root=others"), "root is given twice, photos and others"),
        (("photos", "grid=x.jpg"), "grid=x.jpg does not say what to write: give grid=<file>.png"),
        (("photos", "output=x.tar"), "give output=<file>.zip"),
        (("photos", "json=nowhere/x.json"), "there is no folder nowhere"),
        (("photos", "overwrite=yes"), "overwrite=yes is not valid: it should be true or false"),
    ],
)
def test_a_mistake_is_told_before_anything_is_read(words: tuple[str, ...], told: str) -> None:
    with pytest.raises(ConfigError, match=told.replace("(", r"\(")):
        Request.of(words)


@pytest.mark.parametrize("output", ["photos/grid.png", "photos/cat/grid.png"])
def test_nothing_is_written_among_the_images(gan_data: Callable[..., Outcome], tmp_path: Path, output: str) -> None:
    flock(tmp_path / "photos" / "cat", 2)
    done = gan_data("photos", f"grid={output}")
    assert (done.code, done.out) == (1, "")
    assert "among the images" in done.err


def test_a_container_is_not_replaced_by_a_part_of_it(gan_data: Callable[..., Outcome], tmp_path: Path) -> None:
    flock(tmp_path / "photos" / "cat", 2)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for path in sorted((tmp_path / "photos").rglob("*.png")):
            archive.write(path, path.relative_to(tmp_path / "photos"))
    before = (tmp_path / "set.zip").read_bytes()
    done = gan_data("set.zip/cat", "output=set.zip", "overwrite=true")
    assert (done.code, done.out) == (1, "")
    assert "output=set.zip is the file that the images of root=set.zip/cat lie in: choose another" in done.err
    assert (tmp_path / "set.zip").read_bytes() == before


def test_its_page_names_its_keys(gan_data: Callable[..., Outcome]) -> None:
    page = gan_data("--help").out
    keys = yaml.safe_load((CONFIGS / "gan_data.yaml").read_text(encoding="utf-8"))
    assert {*OWN} <= keys.keys()
    assert all(f"  {key}: " in page for key in keys)
    examples = [line.split() for line in page.splitlines() if line.startswith("  gan-data ")]
    assert len(examples) >= 4
    for _, *words in examples:
        told = [word for place, word in enumerate(words) if "=" in word or not place]
        assert "root" in Request.of(told[:2]).overrides


def test_its_script_is_installed() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["scripts"]["gan-data"] == f"{command.main.__module__}:main"
