import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from gan_runner.data.containers.blocks import Blocks


def reader(reads, key, rows=10):
    def read():
        reads.append(key)
        return np.full((rows,), key, np.uint8)

    return read


def test_a_block_is_read_once_while_it_is_kept():
    blocks, reads = Blocks(most_bytes=30), []
    for key in (0, 1, 0, 2, 0, 1):
        assert blocks.get(key, reader(reads, key))[0] == key
    assert reads == [0, 1, 2]
    blocks.get(3, reader(reads, 3))  # 2 was used longest ago
    blocks.get(2, reader(reads, 2))
    blocks.get(0, reader(reads, 0))
    assert reads == [0, 1, 2, 3, 2, 0]


def test_two_are_kept_however_large():
    blocks, reads = Blocks(most_bytes=1), []
    for key in (0, 1, 0, 1, 0, 1):
        blocks.get(key, reader(reads, key))
    assert reads == [0, 1]


def test_threads_wait_for_the_one_that_reads():
    blocks, reads = Blocks(), []
    together = threading.Barrier(4)

    def read():
        reads.append(0)
        time.sleep(0.02)
        return np.zeros(4)

    def ask(_):
        together.wait()
        return blocks.get(0, read)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, range(4)))
    assert reads == [0]
    assert all(one is found[0] for one in found)
