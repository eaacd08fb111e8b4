import multiprocessing
import os
import signal

import pytest
import torch

from gan_runner.data.decks import Memory
from gan_runner.data.loader import Loader


def deck(count: int) -> Memory:
    return Memory(torch.arange(count, dtype=torch.float32).view(-1, 1), torch.arange(count))


def order(loader: Loader) -> list[int]:
    return [int(label) for batch in loader for label in batch.label]


def test_order_depends_on_seed_and_epoch():
    loader, same, other = Loader(deck(20), 4, seed=1), Loader(deck(20), 4, seed=1), Loader(deck(20), 4, seed=2)
    first, second = order(loader), order(loader)
    assert sorted(first) == sorted(second) == list(range(20))
    assert first != second
    assert first == order(same)
    assert first != order(other)


@pytest.mark.parametrize("num_workers", [0, 2])
def test_resumed_equals_uninterrupted(num_workers: int):
    whole = Loader(deck(22), 4, seed=3)
    expected = order(whole) + order(whole)
    stopped = Loader(deck(22), 4, seed=3, num_workers=num_workers)
    batches = iter(stopped)
    seen = [int(label) for _ in range(2) for label in next(batches).label]
    resumed = Loader(deck(22), 4, seed=3, num_workers=num_workers)
    resumed.load_state_dict(stopped.state_dict())
    assert seen + order(resumed) + order(resumed) == expected


@pytest.mark.parametrize("num_workers", [0, 2])
def test_another_batch_size_goes_on_where_the_last_one_stopped(num_workers: int):
    loader = Loader(deck(20), 6, seed=3, num_workers=num_workers)
    batches, sizes, seen = iter(loader), [], []
    for size in (6, 6, 2, 2, 3):
        loader.batch_size = size
        labels = next(batches).label
        sizes.append(len(labels))
        seen += labels.tolist()
    assert sizes == [6, 6, 2, 2, 3]
    assert next(batches, None) is None  # one sample is left, too few for three
    assert seen == order(Loader(deck(20), 1, seed=3))[:19]
    assert len(order(loader)) == 18  # the next epoch, in batches of three


def test_workers_leave_the_random_numbers_of_the_run_alone():
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    order(Loader(deck(8), 4, num_workers=1))
    assert torch.rand(1) == expected


def test_ranks_are_disjoint_and_equally_long():
    loaders = [Loader(deck(23), 3, seed=5, rank=rank, ranks=3) for rank in range(3)]
    shares = [order(loader) for loader in loaders]
    assert {len(share) for share in shares} == {6}
    assert len({label for share in shares for label in share}) == 18


def test_batch_larger_than_set_is_refused():
    with pytest.raises(ValueError, match=r"data.batch_size=8 on 2 device\(s\).*set data.batch_size=5 or less"):
        Loader(deck(10), 8, ranks=2)


def test_workers_hear_no_signal_that_goes_to_all_processes_of_a_command():
    """They would die of it, or say that they were interrupted, before the run has saved itself."""
    loader = Loader(deck(40), 4, num_workers=2)
    batches = iter(loader)
    next(batches)
    for worker in multiprocessing.active_children():
        os.kill(worker.pid, signal.SIGTERM)
        os.kill(worker.pid, signal.SIGINT)
    assert len(list(batches)) == 9
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()  # the one that deals hears as before
