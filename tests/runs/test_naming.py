"""What a new run is called."""

import itertools
import re
from pathlib import Path

import pytest

from gan_runner.config.errors import ConfigError
from gan_runner.runs import naming
from gan_runner.runs.naming import chosen, claimed, job_of, label, number_of, of_job, typed_of, untimed


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        ((), ""),
        (("model=vanilla", "data=ring"), ""),  # the folder above is called by them
        (("model=vanilla", "data=ring", "optimizer.lr=1e-3", "loss=minimax"), "minimax-lr1e-3"),
        (("seed=1", "trainer.max_steps=2000", "data.batch_size=64", "network.width=32"),
         "batch64-width32-steps2000-seed1"),
        (("experiment=ring/minimax", "seed=0"), "ring.minimax-seed0"),
        (("tricks=[r1,ema]",), "r1+ema"),
        (("tricks=[]",), "tricks.none"),
        (("+tricks@tricks.ema=ema", "tricks.ema.decay=0.99"), "+ema-ema.decay0.99"),
        (("~tricks.ema",), "no_ema"),
        (("network=resnet", "schedule=linear", "optimizer=sgd"), "net.resnet-opt.sgd-sched.linear"),
        (("optimizer.discriminator.lr=4e-4", "optimizer.generator.lr=1e-4"), "lrG1e-4-lrD4e-4"),
        (("network.conditional=true", "network.conditional=generator"), "net.conditional.generator"),  # the last counts
        (("optimizer.betas=[0.5,0.9]",), "opt.betas0.5+0.9"),
        (("data.only=[8]",), r"data.only8_[0-9a-f]{6}"),
        (("optimizer.lr=0.00031622776601683795",), r"lr0.000316_[0-9a-f]{6}"),
        (("loss=mine",), r"loss.mine_[0-9a-f]{6}"),  # of one's own
        (("trainer.precision=bf16-mixed",), "precision.bf16-mixed"),
        (("paths.outputs=/tmp/a b", "data.root=~/photos", "callbacks.progress=null", "trainer=cpu", "metrics=none",
          "trainer.log_every_n_steps=1", "resume=auto", "init_from=runs/1", "objective=frechet", "logger=none",
          "evaluation.every=5", "data.num_workers=2", "name=x", "trust=true", "debug=trace"), ""),
    ],
)  # fmt: skip
def test_the_label_of_a_command(overrides: tuple[str, ...], name: str) -> None:
    assert re.fullmatch(name.replace("+", r"\+") if "_[" not in name else name, label(overrides))


WORDS = (
    "loss=hinge", "loss=minimax", "loss=./hinge", "seed=1", "seed=11", "seed=-1", "optimizer.lr=1e-3",
    "optimizer.lr=1e-13", "optimizer.lr=0.0010000001", "optimizer.lr=0.0010000002", "network.width=1", "network=mlp",
    "network=resnet", "tricks=[r1]", "tricks=[r1,ema]", "tricks=[]", "+tricks@tricks.ema=ema", "~tricks.ema",
    "tricks.r1.gamma=1", "tricks.r1.gamma=11", "+lr=1e-3", "+k.l=c", "+k=l.c", "+k.l.c=true", "+k=seed1", "+k=l-seed1",
    "+x1=2", "+x=12", "data.only=[1,2]", "data.only=[1+2]", "data.only=[12]", "data.only=12", "data.fit=crop",
    "'+data.fit=\"crop\"'", "latent.latent_dim=1", "latent=uniform", "likelihood=gaussian", "+k=größe", "+k=gro_e",
    f"+k={'a' * 40}", f"+k={'a' * 41}", "+k={a:1}", "+k={a:2}", "+k=[[1,2],[3]]", "+k=[[1],[2,3]]", "system=vae",
    *(f"network.{part}.hidden=[{width}]" for part in ("generator", "discriminator") for width in ("64", "64,64")),
)  # fmt: skip


def test_other_words_give_another_label_of_safe_letters() -> None:
    lists = [one for count in (1, 2, 3) for one in itertools.combinations(WORDS, count)]
    lists = [one for one in lists if len({word.partition("=")[0].lstrip("+~") for word in one}) == len(one)]
    labels = [label(one) for one in lists]
    assert len(lists) > 10_000
    assert len({*labels}) == len(lists)
    assert all(re.fullmatch(r"[A-Za-z0-9._+-]+", one) for one in labels)
    assert max(map(len, labels)) <= naming.LONGEST + 1 + naming.DIGITS


def test_the_order_of_words_does_not_count() -> None:
    words = ("loss=hinge", "seed=3", "optimizer.lr=1e-3", "+tricks@tricks.r1=r1", "network.layers=2")
    assert len({label(order) for order in itertools.permutations(words)}) == 1


def test_a_job_is_called_by_what_the_sweep_is_over() -> None:
    job = ("model=vanilla", "loss=hinge", "seed=2", "evaluation.every=50", "data.batch_size=8")
    assert of_job(job, {"model", "data.batch_size"}) == "hinge-evaluation.every50-seed2"
    assert of_job(job, {"loss", "evaluation.every", "data.batch_size"}) == "vanilla-seed2"
    assert of_job(job, {word.partition("=")[0] for word in job}) == ""
    assert re.fullmatch("red_[0-9a-f]{6}", of_job(("data.root=/far/away/red",), set()))
    assert of_job(("paths.outputs=x",), set()) == ""


@pytest.mark.parametrize(
    ("name", "word"),
    [("try_1", "try_1"), ("größer / 2", "gro_er_2"), ("../../up", "up"), (7, "7"), ("a" * 99, "a" * 60)],
)
def test_a_name_that_is_given_is_made_safe(name: object, word: str) -> None:
    assert chosen(name) == word


@pytest.mark.parametrize("name", ["///", "...", "–"])
def test_a_name_of_no_letters_is_none(name: str) -> None:
    with pytest.raises(ConfigError, match="has no letter and no digit"):
        chosen(name)


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("minimax-lr1e-3-2026-11-28_23-04-05", "minimax-lr1e-3"),
        ("minimax-2026-11-28_23-04-05-2", "minimax"),
        ("2026-11-28_23-04-05", ""),
        ("2026-11-28_23-04-05-123456", ""),  # of earlier versions
        ("3-hinge-seed1", "3-hinge-seed1"),
    ],
)
def test_a_name_without_its_time(folder: str, name: str) -> None:
    assert untimed(folder) == name


def test_the_number_of_a_job() -> None:
    assert [number_of(Path(name)) for name in ("3", "12-hinge-seed1", "hinge-3", "2026-11-28_23-04-05")] == [
        3, 12, None, 2026,
    ]  # fmt: skip


def test_a_job_is_told_by_its_number() -> None:
    assert [job_of(Path(name)) for name in ("a/3", "a/12-hinge-seed1", "a/hinge-3")] == ["3", "12", "hinge-3"]


def test_two_runs_never_get_one_folder(tmp_path: Path) -> None:
    made = [claimed(tmp_path / "new" / "hinge-1") for _ in range(3)]
    assert [path.name for path in made] == ["hinge-1", "hinge-1-2", "hinge-1-3"]
    assert all(path.is_dir() for path in made)
    (tmp_path / "file").touch()
    assert claimed(tmp_path / "file" / "run") == tmp_path / "file" / "run"  # whoever writes there is told why not


def test_what_a_run_was_given_by_all_its_commands() -> None:
    facts = {"command": ["gan-train", "resume=x", "trainer.max_steps=9"],
             "earlier": [{"command": ["gan-train", "loss=hinge", "+trainer.max_steps=3", "~tricks"]}]}  # fmt: skip
    assert typed_of(facts) == {"loss": "hinge", "trainer.max_steps": "9", "resume": "x"}
