"""Checkpoints on disk: a damaged one is noticed and the one before used; a kill at any instant loses nothing."""

import contextlib
import multiprocessing
import random
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
import torch

from gan_runner.files import remove_leftovers
from gan_runner.runs.checkpoints import (
    LAST,
    PREVIOUS,
    damage,
    fit,
    last_of,
    load,
    origin_of,
    put_aside_damaged,
    to_resume,
    write,
)  # fmt: skip


def contents(number: int) -> dict:
    return {"origin": {"config": {}}, "state_dict": {"weight": torch.full((1,), float(number))}, "global_step": number,
            "loops": {}, "callbacks": {}, "optimizer_states": [], "lr_schedulers": []}  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder with two saves: 1 in previous.ckpt, 2 in last.ckpt."""
    for number in (1, 2):
        write(contents(number), tmp_path / "checkpoints" / LAST)
    return tmp_path


class OneWeight(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))


def test_the_one_before_is_kept(run: Path) -> None:
    assert load(run / "checkpoints" / LAST)["global_step"] == 2
    assert load(run / "checkpoints" / PREVIOUS)["global_step"] == 1
    assert last_of(run).name == LAST


@pytest.mark.parametrize("kind", ["empty", "cut", "flipped", "longer", "gone"])
def test_a_damaged_last_is_said_and_the_one_before_is_used(kind: str, run: Path, caplog) -> None:
    last = run / "checkpoints" / LAST
    whole = last.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    if kind == "gone":
        last.unlink()
    else:
        last.write_bytes({"empty": b"", "cut": whole[:-1], "flipped": flipped, "longer": whole + b"x"}[kind])
        with pytest.raises(ValueError, match="is damaged"):
            load(last)
    assert last_of(run).name == PREVIOUS
    assert ("is damaged" in caplog.text) == (kind != "gone")
    path, found = to_resume(run)
    assert path.name == PREVIOUS
    system = OneWeight()
    fit(found, system, path)
    assert system.weight.item() == 1
    put_aside_damaged(run, path)
    write(contents(3), last)  # the damaged one was put aside: it does not become the one before
    assert load(run / "checkpoints" / PREVIOUS)["global_step"] == 1


def test_an_origin_that_is_not_whole_is_told(run: Path) -> None:
    path = last_of(run)
    told = {"config": {}, "shape": [2], "num_classes": 2}
    assert origin_of({"origin": told}, path).called == ("0", "1")
    for origin in ({}, told | {"class_names": ["a"]}):
        with pytest.raises(ValueError, match=r"last\.ckpt does not describe a whole experiment"):
            origin_of({"origin": origin}, path)


def test_every_flipped_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / LAST
    write(contents(1), path)
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x40]) + whole[place + 1 :])
        assert damage(path), place


def test_when_none_is_whole_that_is_said(run: Path) -> None:
    for name in (LAST, PREVIOUS):
        (run / "checkpoints" / name).write_bytes(b"")
    with pytest.raises(ValueError, match=r"no checkpoint in .* is whole \(last.ckpt, previous.ckpt damaged\)"):
        last_of(run)


def save_forever(folder: Path, number: int, told: Connection) -> None:
    """Save number + 1, number + 2, …; tell each when it is saved."""
    while True:
        number += 1
        weight = torch.full((200_000,), float(number))
        write({"origin": {}, "state_dict": {"weight": weight}, "global_step": number}, folder / LAST)
        told.send(number)


def test_fifty_kills_while_saving_lose_nothing(tmp_path: Path) -> None:
    chance, folder, number, torn = random.Random(0), tmp_path / "checkpoints", 0, 0
    processes = multiprocessing.get_context("fork")  # torch is there already
    for _ in range(50):
        here, there = processes.Pipe(duplex=False)
        process = processes.Process(target=save_forever, args=(folder, number, there), daemon=True)
        process.start()
        there.close()
        saved = here.recv()  # it is saving by now
        time.sleep(chance.uniform(0, 0.02))
        process.kill()
        process.join()
        with contextlib.suppress(EOFError):
            while True:
                saved = here.recv()
        left = list(folder.glob(".*"))
        torn += bool(left)
        found = load(last_of(tmp_path))
        number = found["global_step"]
        assert number in (saved, saved + 1)  # killed after the rename, before it was told
        assert (found["state_dict"]["weight"] == number).all()
        remove_leftovers(folder, ".ckpt")
        assert not list(folder.glob(".*"))
    assert torn >= 10  # kills that hit a write
