"""Rows that follow each other are read together, others alone."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from gan_runner.data.containers.ahead import MOST_BYTES, Ahead, several

ROWS = [f"row {place}" for place in range(100)]


class Library:
    """Rows, and what was read of them; `bad` of them cannot be read."""

    def __init__(self, bad=()):
        self.bad, self.read = bad, []

    def at(self, index):
        def rows(count):
            if any(place in self.bad for place in range(index, index + count)):
                raise OSError("damaged")
            self.read.append((index, count))
            return ROWS[index : index + count]

        return rows

    def ask(self, ahead, index, together=8):
        return ahead.get("x", index, together, self.at(index))


def test_in_order_they_come_in_blocks():
    library, ahead = Library(), Ahead()
    assert [library.ask(ahead, index) for index in range(40)] == ROWS[:40]
    assert library.read == [(0, 1), (1, 7), (8, 8), (16, 8), (24, 8), (32, 8)]


def test_in_no_order_each_is_read_alone():
    library, ahead = Library(), Ahead()
    order = [7, 3, 90, 4, 61, 60]
    assert [library.ask(ahead, index) for index in order] == [ROWS[index] for index in order]
    assert library.read == [(index, 1) for index in order]


def test_the_last_row_is_kept_and_another_array_is_no_sequel():
    library, ahead = Library(), Ahead()
    for index in (3, 3, 4, 4, 5):
        assert library.ask(ahead, index) == ROWS[index]
    assert library.read == [(3, 1), (4, 4)]
    assert ahead.get("y", 6, 8, lambda count: ["other"] * count) == "other"
    assert library.ask(ahead, 7) == ROWS[7]
    assert library.read[-1] == (7, 1)


def test_one_that_cannot_be_read_takes_no_others_with_it():
    library, ahead = Library(bad=[5]), Ahead()
    found = {}
    for index in range(8):
        if index == 5:
            with pytest.raises(OSError, match="damaged"):
                library.ask(ahead, index)
        else:
            found[index] = library.ask(ahead, index)
    assert found == {index: ROWS[index] for index in range(8) if index != 5}


def test_each_thread_has_its_own():
    library, ahead = Library(), Ahead()
    parts = [range(start, start + 20) for start in range(0, 100, 20)]
    with ThreadPoolExecutor(5) as pool:
        found = list(pool.map(lambda part: [library.ask(ahead, index) for index in part], parts * 10))
    assert all(rows == [ROWS[index] for index in part] for rows, part in zip(found, parts * 10, strict=True))


def test_as_many_together_as_memory_is_for():
    assert several(100 * 1000, 100) == 32
    assert several(100 * MOST_BYTES // 9, 100) == 8
    assert several(100 * MOST_BYTES * 4, 100) == 1
    assert several(0, 5) == 32
