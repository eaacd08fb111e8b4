"""Paths as people type them."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from PIL import Image

from fixtures.small_runs import SMALL, Outcome, run_folders
from gan_runner.cli.arguments import readable
from gan_runner.config.errors import ConfigError
from gan_runner.config.overrides import value_of

NAMES = ["städte", "my photos (1)", "a=b", "it's", "a,b", "2024", "[x]", 'q"q', "b#c", "x!", "{k}", "1e5", "true", " a"]
FOLDER = "data=folder"


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with folders of all these names."""
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        Path(name).mkdir()
    return tmp_path


def last(command: str, *arguments: str) -> str:
    return readable(command, arguments)[-1]


@pytest.mark.parametrize("name", NAMES)
def test_a_path_is_taken_as_it_is_typed(name: str, there: Path) -> None:
    typed = f"data.root={name}"
    made = last("train", FOLDER, typed)
    assert value_of(made) == name
    assert made != typed
    assert last("train", FOLDER, made) == made  # what a run writes down can be typed again
    assert value_of(last("train", FOLDER, f"data.root={there / name}/x")) == f"{there / name}/x"


@pytest.mark.parametrize(
    "typed",
    ["plain/x", "a b", "/x/y.png", "007", "${paths.data}/x", '"städte"', "'a,b'", "null", "choice(a,b)", "x:y", "auto"],
)
def test_what_the_grammar_reads_as_is_meant_stays(typed: str, there: Path) -> None:
    assert last("train", FOLDER, f"data.root={typed}") == f"data.root={typed}"


def test_references_and_home_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/é")
    assert last("train", FOLDER, "data.root=~/photos") == 'data.root="/home/é/photos"'
    assert last("train", FOLDER, "data.root=${paths.data}/ä") == 'data.root="${paths.data}/ä"'
    assert last("train", "hydra.run.dir=é/${now:%H}") == 'hydra.run.dir="é/${now:%H}"'
    assert last("train", "--config-dir=~/mine") == "--config-dir=/home/é/mine"


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("train", ("data=paired", "data.a=é")),
        ("train", ("data=unpaired", "data.b=é")),
        ("train", ("data=folder", "data.cache=é")),
        ("train", ("data=mnist", "+data.root=é")),
        ("train", ("model=denoising", "data@data.of=folder", "data.of.root=é")),
        ("train", ("features=inception", "++features.weights=é")),
        ("train", ("features=classifier", "features.cache=é")),
        ("train", ("callbacks.checkpoint.folder=é",)),
        ("train", ("logger.tensorboard.save_dir=é",)),
        ("train", ("logger.csv.folder=é",)),
        *(("train", (f"{key}=é",)) for key in ("resume", "paths.outputs", "paths.mine", "hydra.run.dir")),
        *(("sample", (f"{key}=é",)) for key in ("run", "ckpt", "output")),
        *(("evaluate", (f"{key}=é",)) for key in ("run", "ckpt", "output", "root", "paths.cache")),
        ("evaluate", ("features=inception", "features.weights=é")),
        *(("translate", (f"{key}=é",)) for key in ("run", "ckpt", "input", "output", "mask")),
        *(("detect", (f"{key}=é",)) for key in ("run", "ckpt", "input", "output", "normal", "panel")),
        *(("export", (f"{key}=é",)) for key in ("run", "ckpt", "output")),
    ],
)
def test_every_key_that_is_a_path(command: str, arguments: tuple[str, ...]) -> None:
    assert last(command, *arguments).endswith('="é"')
    with pytest.raises(ConfigError, match="names no file or folder: give one"):
        last(command, *arguments[:-1], arguments[-1].replace("é", ""))


@pytest.mark.parametrize("argument", ["data.fit=é", "model=é", "seed=é", "data.image_size=[8,8]", "é", "--é=é", "=é"])
def test_other_keys_are_left_to_hydra(argument: str) -> None:
    assert last("train", FOLDER, argument) == argument


@pytest.mark.parametrize(
    ("typed", "made"),
    [
        ("é t é", '"é t é"'),
        ("a=b", '"a=b"'),
        ("[é t é, null,'a,b',it's]", """["é t é",null,'a,b',"it's"]"""),
        ("[cat,10]", "[cat,10]"),
        ("T-shirt/top", "T-shirt/top"),
        ("null", "null"),
        ("~x", '"~x"'),
    ],
)
def test_names_of_classes_are_taken_as_they_are_typed(typed: str, made: str) -> None:
    assert last("sample", f"label={typed}") == f"label={made}"
    for key in ("data.only", "data.leave_out", "data.of.leave_out"):
        assert last("train", f"{key}={typed}") == f"{key}={made}"
    assert last("train", "-m", "data.only=[é],[b]") == "data.only=[é],[b]"  # several lists


def test_a_path_that_may_be_a_switch_is_one_where_it_says_so() -> None:
    labels = "data.labels=a=b.csv"
    assert last("train", FOLDER, "data.root=x", labels) == 'data.labels="a=b.csv"'
    assert last("train", FOLDER, "data.root=x", "data.labels=true") == "data.labels=true"
    assert last("train", "-m", FOLDER, "data.root=x", "data.labels=true,false") == "data.labels=true,false"


def test_a_sweep_has_paths_parted_by_commas(there: Path) -> None:
    many = readable("train", ["-m", FOLDER, "data.root=städte,~nobody_at_all/x,2024,'c,d',plain"])[-1]
    assert many == 'data.root="städte","./~nobody_at_all/x","2024",\'c,d\',plain'
    assert last("train", "-m", FOLDER, "data.root=a,b") == "data.root=a,b"
    assert last("train", "-m", FOLDER, 'data.root="a,b"') == 'data.root="a,b"'
    assert last("train", "-m", FOLDER, "data.root=choice(ä,b)") == 'data.root=choice("ä",b)'
    assert last("train", "-m", FOLDER, "data.root=glob(*)") == "data.root=glob(*)"
    with pytest.raises(ConfigError, match="names nothing that exists: -m plays a run for each") as caught:
        last("train", FOLDER, "data.root=c,d")
    assert """'data.root="c,d"'""" in str(caught.value)
    assert last("sample", "output=c,d.png") == 'output="c,d.png"'  # which sweeps over nothing


def test_of_a_run_that_is_resumed_its_own_configuration_tells(there: Path) -> None:
    composed = there / "it's" / ".hydra" / "config.yaml"
    composed.parent.mkdir()
    composed.write_text("data: {_target_: gan_runner.data.folder.Folder, root: x, fit: crop, mine: {_target_: os.sep}}")
    assert last("train", "resume=it's", "data.root=é") == 'data.root="é"'
    assert last("train", "resume=it's", "data.fit=é") == "data.fit=é"
    assert last("train", "resume=it's", "data.mine.root=é") == "data.mine.root=é"


def test_options_of_a_folder_of_ones_own(there: Path) -> None:
    mine = there / "städte" / "experiment"
    mine.mkdir()
    (mine / "mine.yaml").write_text("# @package _global_\ndefaults: [{override /data: folder}]\n")
    for flag in (("--config-dir", "städte"), ("--config-dir=städte",), ("-cd", str(there / "städte"))):
        assert last("train", *flag, "experiment=mine", "data.root=é") == 'data.root="é"'


def test_a_run_of_pictures_in_such_a_folder_goes_on_from_what_it_wrote_down(
    run_command: Callable[..., Outcome], tmp_path: Path
) -> None:
    photos = tmp_path / "it's (1), é=#"
    photos.mkdir()
    for shade in range(8):
        Image.new("RGB", (8, 8), (shade, 0, 0)).save(photos / f"{shade}.png")
    line = [one for one in SMALL if not one.startswith("data")] + [FOLDER, "data.image_size=8", "data.batch_size=4"]
    line += ["model=vanilla", "metrics=none", f"data.root={photos.name}", "paths.outputs=aus/gänge"]
    done = run_command("gan-train", *line)
    assert done.code == 0, done.err
    (run,) = (tmp_path / "aus/gänge/runs").glob("*/*")
    written = yaml.safe_load((run / ".hydra/overrides.yaml").read_text())
    command = json.loads((run / "run.json").read_text())["command"]
    assert command == ["gan-train", *written]
    again = run_command(*shlex.split(shlex.join(command)))
    assert again.code == 0, again.err
    assert f"{photos.name}: 8 images" in again.out


@pytest.mark.slow
@pytest.mark.parametrize("name", ["é", "o'clock", "a b", "x=y", "(1)"])
def test_printed_lines_run_when_they_are_pasted(name: str, tmp_path: Path) -> None:
    here = tmp_path / name
    here.mkdir()
    bin_folder = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}

    def shell(line: str) -> str:
        ended = subprocess.run(["sh", "-c", line], cwd=here, env=environment, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    said = shell(shlex.join(["gan-train", *SMALL, "model=vanilla", "metrics=none"]))
    lines = said[said.index("Next: ") :].removeprefix("Next: ").strip().splitlines()
    assert [line.split()[0] for line in lines] == ["gan-sample", "gan-train"]
    for line in lines:
        shell(line)
    (run,) = run_folders(here)
    assert json.loads((run / "run.json").read_text())["batches"] == 6
    assert (here / "samples.png").is_file()


@pytest.mark.parametrize("typed", ["features=timm:resnet18.tv_in1k", "features='timm:resnet18.tv_in1k'"])
@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_a_net_of_timms_is_an_option_and_its_key(command: str, typed: str) -> None:
    assert readable(command, ["a=b", typed]) == ["a=b", "features=timm", "features.net=resnet18.tv_in1k"]


@pytest.mark.parametrize(
    ("typed", "why"), [("timm:", "no net: give one, such as features=timm:resnet18"), ("timm:a,b", "several nets")]
)
def test_timm_takes_one_net(typed: str, why: str) -> None:
    with pytest.raises(ConfigError, match=rf"features={typed} names {why}"):
        readable("train", [f"features={typed}"])


def test_a_list_of_paths_is_taken_as_it_is_typed(there: Path) -> None:
    def read(typed: str) -> list[str]:
        return value_list(last("sample", f"between={typed}"))

    assert read("[a.png,städte/b (1).png]") == ["a.png", "städte/b (1).png"]
    assert read("[x=1.png, 007.png]") == ["x=1.png", "007.png"]
    assert read('["a,b.png",c.png]') == ["a,b.png", "c.png"]
    assert read("a.png") == ["a.png"]
    assert last("sample", "between=null") == "between=null"


def value_list(argument: str) -> list[str]:
    """What Hydra reads of a list."""
    from hydra.core.override_parser.overrides_parser import OverridesParser

    (override,) = OverridesParser.create().parse_overrides([argument])
    return [str(one) for one in override.value()]  # type: ignore[union-attr]


# ---- options by a pattern --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("experiment=glob(ring/pacgan*)", "experiment=ring/pacgan2,ring/pacgan3,ring/pacgan4"),
        ("experiment=glob([ring/r*,grid/r*])", "experiment=grid/r3gan,ring/r3gan"),
        ("experiment=glob(ring/pacgan*,exclude=*/*3)", "experiment=ring/pacgan2,ring/pacgan4"),
        ("loss=glob(relativistic*)", "loss=glob(relativistic*)"),  # which Hydra does
        ("+tricks@tricks.x=glob(r*)", "+tricks@tricks.x=glob(r*)"),
        ("experiment=ring/gan,grid/gan", "experiment=ring/gan,grid/gan"),
    ],
)
def test_options_in_folders_are_found_by_a_pattern(typed: str, expected: str) -> None:
    assert last("train", "-m", typed) == expected


def test_a_pattern_is_for_sweeps_and_has_to_fit_something() -> None:
    assert last("train", "experiment=glob(ring/pacgan*)") == "experiment=glob(ring/pacgan*)"
    with pytest.raises(ConfigError, match=r"experiment=glob\(wring/\*\) fits no option: gan-train --help lists them"):
        last("train", "-m", "experiment=glob(wring/*)")


@pytest.mark.parametrize("pattern", ["^([a-z]+)_", "([a-z]+)", "[a-z](.)", "a,(b)", "(it's)"])
def test_a_pattern_of_names_is_taken_as_it_is_typed(pattern):
    assert value_of(last("train", f"data.label_pattern={pattern}")) == pattern
    assert last("train", 'data.label_pattern="^(a)"') == 'data.label_pattern="^(a)"'
    assert last("train", "data.label_pattern=null") == "data.label_pattern=null"
