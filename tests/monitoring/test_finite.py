"""What is kept of the updates between two looks."""

import torch

from gan_runner.monitoring.finite import Rows


def numbers(*values: float) -> list[torch.Tensor]:
    return [torch.tensor(value) for value in values]


def test_rows_outlast_their_block() -> None:
    rows = Rows(2)
    kept = [rows.add(numbers(i, -i, float("inf"))) for i in range(5)]
    assert [row.tolist() for row in kept] == [[i, -i, float("inf")] for i in range(5)]


def test_memory_is_claimed_once() -> None:
    rows = Rows(2)
    first = [rows.add(numbers(i)).data_ptr() for i in range(3)]
    rows.clear()
    assert [rows.add(numbers(i)).data_ptr() for i in range(3)] == first


def test_a_network_that_grows_has_longer_rows() -> None:
    rows = Rows(3)
    kept = [rows.add(numbers(*range(count))) for count in (2, 4, 4, 2)]
    assert [row.tolist() for row in kept] == [[0, 1], [0, 1, 2, 3], [0, 1, 2, 3], [0, 1]]
