"""What is handed out: the package built, installed by pip, pipx and uv, and tested with the oldest versions allowed.

    nox -s build                # wheel and source, and what twine says of them
    nox -s install              # in every Python found here, by each installer; -s "install(pip, 3.13)": one of them
    nox -s oldest               # the fast tests with the oldest versions that pyproject.toml allows
    nox -s constraints          # the fast tests in .venv, and then its versions into constraints.txt and tested.json

Needs nox and uv (both are among the `dev` extras); pipx is fetched by uv. Everything is installed away from the clone.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONSTRAINTS, TESTED = ROOT / "constraints.txt", ROOT / "gan_runner" / "doctor" / "tested.json"
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
BY = ["pip", "pipx", "uv"]
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
USED = [name for name in PROJECT["optional-dependencies"] if name not in ("browser", "dev")]
"""Extras for those who use it; the others are for those who work on it."""
HEAD = """\
# The versions that the tests passed with: pip install -c constraints.txt gan-runner
# Written by `nox -s constraints`. A line binds only what an install asks for.
"""

nox.options.default_venv_backend = "none"
nox.options.sessions = ["build", "install"]


@nox.session
def build(session: nox.Session) -> None:
    """The wheel and the source distribution, into dist/."""
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    session.run("uv", "build", "--quiet", "--sdist", "--wheel", str(ROOT), external=True)
    made = sorted(map(str, (ROOT / "dist").glob("gan_runner-*")))
    session.run("uvx", "--quiet", "twine", "check", "--strict", *made, external=True)


@nox.session
@nox.parametrize("version", PYTHONS, ids=PYTHONS)
@nox.parametrize("by", BY, ids=BY)
def install(session: nox.Session, version: str, by: str) -> None:
    """Install the wheel and let each command run; by uv with all extras. What is behind -- replaces the constraints."""
    python = _python(session, version)
    with _away(session) as place:
        {"pip": _by_pip, "pipx": _by_pipx, "uv": _by_uv}[by](session, python, place)
        _use(session, place)


@nox.session
def oldest(session: nox.Session) -> None:
    """The fast tests with the oldest versions allowed. Words behind -- are handed to pytest."""
    with _away(session) as place:
        session.run("uv", "venv", "--quiet", "--python", PYTHONS[0], str(place), external=True)
        asked = ["--resolution", "lowest-direct", "--editable", f"{ROOT}[dev]"]
        session.run("uv", "pip", "install", "--quiet", "--python", str(place), *asked, external=True)
        session.chdir(ROOT)
        tests = session.posargs or ["-n", "2", "-m", "not slow"]
        session.run(str(place / SCRIPTS / "python"), "-m", "pytest", *tests, external=True)


@nox.session
def constraints(session: nox.Session) -> None:
    """The fast tests in .venv; if they pass, its versions are written down. `-- tested`: they have just passed."""
    python = str(ROOT / ".venv" / SCRIPTS / "python")
    if "tested" not in session.posargs:
        session.run(python, "-m", "pytest", "-n", "2", "-m", "not slow", external=True)
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder) / "there.txt"
        frozen = session.run("uv", "pip", "freeze", "--python", python, external=True, silent=True)
        there.write_text("\n".join(line for line in str(frozen).splitlines() if "==" in line), encoding="utf-8")
        plain = ["--quiet", "--no-header", "--no-annotate", "--python", python, "--constraints", str(there)]
        extras = ["--extra", "dev", "--extra", "browser", "pyproject.toml"]
        pinned = session.run("uv", "pip", "compile", *plain, *extras, external=True, silent=True)
    CONSTRAINTS.write_text(HEAD + str(pinned), encoding="utf-8")
    versions = dict(line.split("==") for line in str(pinned).splitlines() if "==" in line)
    known = json.loads(TESTED.read_text(encoding="utf-8"))
    TESTED.write_text(json.dumps({name: versions[name] for name in known}, indent=2) + "\n", encoding="utf-8")


# ---- how it is installed --------------------------------------------------------------------------------------------


def _python(session: nox.Session, version: str) -> str:
    """The interpreter of a version; without one the session is left out."""
    asked = ["uv", "python", "find", "--no-python-downloads", version]
    found = session.run(*asked, external=True, silent=True, success_codes=[0, 1, 2])
    path = str(found or "").strip().split("\n")[-1]
    if not Path(path).is_file():
        session.skip(f"no Python {version} here: uv python install {version} gets one")
    return path


@contextmanager
def _away(session: nox.Session) -> Iterator[Path]:
    """A place for an environment, outside the clone, which is the working folder; no module of the clone is found."""
    before = os.environ.pop("PYTHONPATH", None)
    with tempfile.TemporaryDirectory(prefix="gan-runner-") as folder, session.chdir(folder):
        yield Path(folder) / "installed"
    if before is not None:
        os.environ["PYTHONPATH"] = before


def _wheel(*extras: str) -> str:
    """The wheel that `build` has made, as installers are told of it."""
    made = sorted((ROOT / "dist").glob("gan_runner-*.whl"))
    if not made:
        sys.exit("dist/ holds no wheel: nox -s build makes one")
    return str(made[-1]) + (f"[{','.join(extras)}]" if extras else "")


def _by_pip(session: nox.Session, python: str, place: Path) -> None:
    session.run(python, "-m", "venv", str(place), external=True)
    pip = [str(place / SCRIPTS / "python"), "-m", "pip", "install", "--quiet"]
    session.run(*pip, *_bounds(session), _wheel(), external=True)


def _by_pipx(session: nox.Session, python: str, place: Path) -> None:
    places = {"PIPX_HOME": str(place.parent / "pipx"), "PIPX_BIN_DIR": str(place / SCRIPTS), "UV_PYTHON": python}
    asked = ["--quiet", "--python", python, f"--pip-args={' '.join(_bounds(session))}", _wheel()]
    session.run("uvx", "--quiet", "pipx", "install", *asked, env=places, external=True)


def _by_uv(session: nox.Session, python: str, place: Path) -> None:
    places = {"UV_TOOL_DIR": str(place.parent / "uv"), "UV_TOOL_BIN_DIR": str(place / SCRIPTS)}
    asked = ["--quiet", "--python", python, *_bounds(session), _wheel(*USED)]
    session.run("uv", "tool", "install", *asked, env=places, external=True)


def _bounds(session: nox.Session) -> list[str]:
    """The versions that passed, unless others are asked for behind --."""
    return list(session.posargs) or ["--constraint", str(CONSTRAINTS)]


def _use(session: nox.Session, place: Path) -> None:
    """Each command tells its page; a run is trained, sampled, listed and reported."""

    def run(command: str, *words: str) -> None:
        session.run(str(place / SCRIPTS / command), *words, external=True, silent=True)

    for command in PROJECT["scripts"]:
        run(command, "--help")
    run("gan-train", "experiment=digits", "trainer.max_steps=2", "hydra.run.dir=run")
    run("gan-sample", "run=run", "num_samples=4", "output=samples.png")
    run("gan-runs")
    run("gan-report", "run=run", "output=report.html")
    run("gan-data", "root=run/samples")
