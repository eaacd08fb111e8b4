import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from fixtures.containers import write_parquet
from gan_runner.data.containers import parquet_rows
from gan_runner.data.containers.parquet import opened
from gan_runner.data.containers.parquet_columns import Columns
from gan_runner.data.containers.parquet_rows import ROWS, Rows

COUNT = 3 * ROWS + 7
pytest.importorskip("pyarrow")


def value(row: int) -> bytes:
    return row.to_bytes(2) * 500


@pytest.fixture(params=[10 * ROWS, ROWS, 30], ids=["one group", "groups", "small groups"])
def path(request, tmp_path):
    """A file of one large group, as pandas writes it, and of many."""
    return write_parquet(tmp_path / "set.parquet", {"image": [value(row) for row in range(COUNT)]}, rows=request.param)


def rows_of(path) -> Rows:
    meta = opened(path).metadata
    groups = [meta.row_group(group).num_rows for group in range(meta.num_row_groups)]
    return Rows([(path, Columns("image"), groups)], opened)


@pytest.mark.parametrize("held", [parquet_rows.HELD_BYTES, 1])
def test_rows_in_any_order_and_by_threads(path, monkeypatch, held):
    monkeypatch.setattr(parquet_rows, "HELD_BYTES", held)
    rows, order = rows_of(path), list(range(COUNT))
    for _ in range(2):
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda row: rows.row(0, row), order)) == [value(row) for row in order]
        order = random.Random(0).sample(range(COUNT), 40)


def test_in_order_each_group_is_read_once_and_little_is_held(path, monkeypatch):
    monkeypatch.setattr(parquet_rows, "HELD_BYTES", 2 * ROWS * len(value(0)))
    begun = []
    monkeypatch.setattr(Rows, "_file", lambda self, number: Counting(opened(path), begun))
    rows = rows_of(path)
    assert [rows.row(0, row) for row in range(COUNT)] == [value(row) for row in range(COUNT)]
    assert begun == list(range(len(rows.files[0][2])))
    assert sum(block.nbytes for block in rows._held.values()) <= parquet_rows.HELD_BYTES


class Counting:
    """A file that notes which groups are begun."""

    def __init__(self, file, begun: list[int]) -> None:
        self.file, self.begun = file, begun

    def iter_batches(self, size, row_groups, **rest):
        self.begun.extend(row_groups)
        return self.file.iter_batches(size, row_groups=row_groups, **rest)


def test_files_beyond_a_few_are_closed(tmp_path):
    paths = [write_parquet(tmp_path / f"{n}.parquet", {"image": [value(n)]}) for n in range(parquet_rows.FILES + 2)]
    rows = Rows([(path, Columns("image"), [1]) for path in paths], opened)
    assert [rows.row(number, 0) for number in range(len(paths))] == [value(number) for number in range(len(paths))]
    assert len(rows._open) == parquet_rows.FILES
