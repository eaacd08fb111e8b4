"""A table of how far each image is from what came back of it."""

import csv
from pathlib import Path

import pytest
import torch

from gan_runner.inference.errors import Errors
from gan_runner.metrics.reconstruction import CEILING


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_rows_are_in_the_order_of_names_with_the_errors_of_each_image(tmp_path: Path) -> None:
    table, white = Errors(tmp_path / "e.csv", "reconstructed"), torch.ones(2, 1, 12, 12)
    back = torch.stack([torch.full((1, 12, 12), 0.5), torch.ones(1, 12, 12)])
    table.take([Path("b.png"), Path("a.png")], {"input": white, "reconstructed": back})
    table.write()
    first, second = read(tmp_path / "e.csv")
    assert (first["image"], second["image"]) == ("a.png", "b.png")
    assert float(first["psnr"]) == pytest.approx(CEILING, abs=1e-3)
    assert float(first["l1"]) == 0
    assert float(second["l1"]) == pytest.approx(0.5, abs=1 / 255)  # of bytes
    assert first.keys() == {"image", "l1", "psnr", "ssim"}


def test_the_damaged_image_is_judged_beside_it_without_its_hole(tmp_path: Path) -> None:
    table, white = Errors(tmp_path / "e.csv", "translated"), torch.ones(1, 3, 12, 12)
    damaged = torch.cat([white * 0.5, torch.ones(1, 1, 12, 12)], dim=1)
    table.take([Path("a.png")], {"input": white, "damaged": damaged, "translated": white})
    table.write()
    (row,) = read(tmp_path / "e.csv")
    assert float(row["damaged_l1"]) == pytest.approx(0.5, abs=1 / 255)
    assert "(damaged 12.0" in table.sentence()
    assert str(tmp_path / "e.csv") in table.sentence()


def test_a_damaged_image_of_fewer_channels_is_no_guess(tmp_path: Path) -> None:
    table, white = Errors(tmp_path / "e.csv", "translated"), torch.ones(1, 3, 12, 12)
    table.take([Path("a.png")], {"input": white, "damaged": white[:, :1], "translated": white})
    assert "(damaged" not in table.sentence()
