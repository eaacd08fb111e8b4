"""format=pt2: a program that PyTorch runs, for any batch, which says what it is and nothing of where."""

import json
from pathlib import Path
from zipfile import ZipFile

import pytest
import torch

from gan_runner.exporting import pt2
from gan_runner.exporting.network import Handed


@pytest.fixture(scope="module")
def written(plain: Handed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pt2") / "x.pt2"
    pt2.write(plain, path)
    return path


@pytest.mark.parametrize("size", [1, 5])
def test_it_answers_as_the_network(written: Path, plain: Handed, size: int) -> None:
    given = plain.examples(size, 1)
    assert torch.equal(pt2.read(written, plain)(*given), plain.module(*given))


def test_a_full_disk_is_an_error_and_does_not_end_the_process(plain: Handed) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full, which is a disk without space")
    with pytest.raises(OSError, match="No space left"):
        pt2.write(plain, Path("/dev/full"))


def test_it_says_what_it_is(written: Path) -> None:
    told = {pt2.FACTS: ""}
    torch.export.load(str(written), extra_files=told)
    assert json.loads(told[pt2.FACTS])["prior"] == "standard normal, 6 independent numbers"


def test_it_says_nothing_of_where_it_was_made(written: Path) -> None:
    with ZipFile(written) as file:
        for name in file.namelist():
            content = file.read(name)
            assert not [word for word in (str(Path.home()), str(Path.cwd()), ".py") if word.encode() in content], name
