"""What is hidden of a command, a name, a configuration."""

import shlex
from pathlib import Path

import pytest

from fixtures.nobody import be_nobody
from gan_runner.exporting.discreet import Hidden, placeless

FACTS = {"directory": "/home/quijano/work", "host": "rocinante", "data": {"root": "/home/quijano/scans"}}


@pytest.fixture
def hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hidden:
    monkeypatch.setattr("getpass.getuser", lambda: "sancho")
    return Hidden.of(FACTS, tmp_path / "checkpoints" / "last.ckpt")


@pytest.mark.parametrize(
    ("override", "shown"),
    [
        ("data.root=/home/quijano/scans", "data.root=…/scans"),
        ("data.root=/home/quijano", "data.root=…"),
        ("data.root=~", "data.root=…"),
        ("data.root=~/my photos", "data.root=…/my photos"),
        (r"data.root=C:\Users\quijano\scans", "data.root=…/scans"),
        ("data.root=C:/Users/ana/scans", "data.root=…/scans"),
        ("data.root=photos", "data.root=photos"),
        ("data.root=quijano/scans", "data.root=…/scans"),
        ("data.a=[/a/b,/c/d]", "data.a=[…/b,…/d]"),
        ("data.labels={a: /x/y.csv}", "data.labels={a: …/y.csv}"),
        ("init_from=outputs/runs/dcgan/best.ckpt", "init_from=…/best.ckpt"),
        ("data.only=[quijano]", "data.only=[…]"),
        ("data=folder", "data=folder"),
        ("experiment=ring/r3gan", "experiment=ring/r3gan"),
        ("optimizer.lr=1e-3", "optimizer.lr=1e-3"),
        ("tricks=[r1,ema]", "tricks=[r1,ema]"),
        ("~callbacks.samples", "~callbacks.samples"),
    ],
)
def test_overrides(hidden: Hidden, override: str, shown: str) -> None:
    assert hidden.command(["gan-train", override]) == shlex.join(["gan-train", shown])


def test_what_says_where_a_run_lies_is_left_out(hidden: Hidden) -> None:
    beside = ["hydra.run.dir=/home/quijano/x", "name=quijano", "paths.cache=/tmp/x", "resume=/home/quijano/run"]
    assert hidden.command(["gan-train", *beside, "seed=1", "++trust=true"]) == "gan-train seed=1"


def test_names(hidden: Hidden) -> None:
    assert hidden.without("photos of quijano, on rocinante") == "photos of …, on …"
    assert hidden.without("sancho") == "…"
    assert hidden.without("sanchos") == "sanchos"
    assert hidden.without("see /home/quijano/work/x, or /home/quijano/workshop") == "see …/x, or /home/…/workshop"


def test_names_of_everybody_are_no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "root")
    assert Hidden.of({}, tmp_path / "x").command(["gan-train", "data.root=data"]) == "gan-train data.root=data"


def test_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unknown() -> str:
        raise OSError("No username set in the environment")

    monkeypatch.setattr("getpass.getuser", unknown)
    assert "" not in Hidden.of({}, tmp_path / "x").names


def test_configurations() -> None:
    node = {"weights": "/home/quijano/net.pt", "layers": [1, "~/a/b"], "_target_": "gan_runner.x.Y", "name": "a/b"}
    assert placeless(node) == {"weights": "…/net.pt", "layers": [1, "…/b"], "_target_": "gan_runner.x.Y", "name": "a/b"}


def test_a_user_without_a_name_and_a_home_hides_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    be_nobody(monkeypatch)
    assert "quijano" not in Hidden.of(FACTS, tmp_path / "last.ckpt").without("of quijano in /home/quijano/scans")
