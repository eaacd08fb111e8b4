"""What is handed out: a wheel and a source distribution with all that belongs to them."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from hatchling import build

from gan_runner import __version__
from gan_runner.__main__ import COMMANDS

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FOR_DEVELOPERS = {"dev", "browser"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(build.build_wheel, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


def made(how: object, folder: Path) -> Path:
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        return folder / how(str(folder))  # type: ignore[operator]
    finally:
        os.chdir(before)


def files(folder: str) -> Iterator[str]:
    for path in (ROOT / folder).rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(ROOT).as_posix()


def test_the_wheel_holds_code_and_all_that_it_reads(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    code = {*files("gan_runner"), *files("hydra_plugins")}
    assert held == code | {f"gan_runner/{name}" for name in files("configs")}
    for name in (
        "py.typed",
        "configs/train.yaml",
        "strings/es.json",
        "web/static/index.html",
        "report/static/page.css",
    ):
        assert f"gan_runner/{name}" in held


def test_the_source_distribution_holds_the_whole_clone(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("no clone: what belongs to it is not known")
    known = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    with tarfile.open(made(build.build_sdist, tmp_path)) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert [name for name in known if name not in held and not name.startswith(".") and (ROOT / name).exists()] == []


def test_what_an_index_shows(metadata: Message) -> None:
    assert (metadata["Name"], metadata["Version"]) == ("gan-runner", __version__)
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata["License-Expression"] == "MIT"
    assert set(metadata.get_all("License-File") or ()) >= {"LICENSE", "gan_runner/report/static/uPlot.LICENSE.txt"}
    assert set(metadata.get_all("Provides-Extra") or ()) == set(PROJECT["optional-dependencies"])


def test_every_extra_and_every_command_is_told_of() -> None:
    page = (ROOT / "docs/install.md").read_text(encoding="utf-8")
    assert [extra for extra in PROJECT["optional-dependencies"] if f"| `{extra}` |" not in page] == []
    (all_of_them,) = (line for line in PROJECT["optional-dependencies"]["dev"] if line.startswith("gan-runner["))
    assert (
        set(all_of_them[len("gan-runner[") : -1].split(",")) == set(PROJECT["optional-dependencies"]) - FOR_DEVELOPERS
    )
    assert set(PROJECT["scripts"]) == {f"gan-{command}" for command in COMMANDS}


def test_the_versions_that_passed_are_all_exact_and_allowed() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    assert [line for line in pinned if line.count("==") != 1] == []
    names = {line.partition("==")[0] for line in pinned}
    asked = [*PROJECT["dependencies"], *(line for lines in PROJECT["optional-dependencies"].values() for line in lines)]
    needed = {name_of(line) for line in asked} - {"gan-runner"}
    assert needed <= names, f"run nox -s constraints: {sorted(needed - names)}"


def name_of(requirement: str) -> str:
    name = next(index for index, letter in enumerate(requirement + " ") if letter in "[<>=!~; ")
    return requirement[:name].lower().replace("_", "-")


@pytest.mark.slow
def test_it_is_installed_and_used_away_from_the_clone(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "installed"
    venv.create(place, with_pip=False)
    scripts = place / ("Scripts" if os.name == "nt" else "bin")
    here = sysconfig.get_paths(vars={"base": str(place), "platbase": str(place)})["purelib"]
    dependencies = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    Path(here, "dependencies.pth").write_text("\n".join(dependencies), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(place), "install", "--quiet", "--no-index", "--no-deps"]
    away = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*words: str) -> str:
        ended = subprocess.run(words, cwd=tmp_path, env=away, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    run(*pip, str(wheel))
    code = "import gan_runner; print(gan_runner.__file__)"
    assert Path(run(str(scripts / "python"), "-c", code).strip()).is_relative_to(place)
    for command in PROJECT["scripts"]:
        assert command in run(str(shutil.which(command, path=str(scripts))), "--help")
    run(str(scripts / "gan-train"), "experiment=digits", "trainer.max_steps=2", "hydra.run.dir=run")
    run(str(scripts / "python"), "-m", "gan_runner", "report", "run=run", "output=report.html")
    assert (tmp_path / "report.html").stat().st_size > 10_000
