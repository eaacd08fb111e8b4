import pytest
import torch
from pytorch_lightning import Trainer

from gan_runner.data.base import Augment, Loader, Memory, hold_out, to_unit_range
from gan_runner.data.synthetic import Synthetic
from gan_runner.types import Batch


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


def test_hold_out_splits_without_overlap():
    train, test = (hold_out(deck(50), 0.2, split) for split in ("train", "test"))
    labels = [set(part[torch.arange(len(part))].label.tolist()) for part in (train, test)]
    assert (len(train), len(test)) == (40, 10)
    assert labels[0] | labels[1] == set(range(50))
    with pytest.raises(ValueError, match=r"data\.holdout=0\.0 of 50 samples leaves no test split"):
        hold_out(deck(50), 0.0, "test")


def test_unit_range_and_points():
    image = torch.tensor([0, 51, 255], dtype=torch.uint8).view(1, 3, 1, 1).expand(2, 3, 4, 4)
    scaled = to_unit_range(image)
    torch.testing.assert_close(scaled[0, :, 0, 0], torch.tensor([-1.0, -0.6, 1.0]))
    assert scaled.is_contiguous(memory_format=torch.channels_last)
    points = torch.randn(5, 2)
    assert to_unit_range(points) is points


def test_hflip_mirrors_about_half_of_the_images():
    image = torch.arange(4.0).expand(400, 1, 1, 4)
    flipped = Augment(hflip=True)(image)
    mirrored = (flipped[:, 0, 0, 0] == 3).sum().item()
    assert 140 < mirrored < 260
    assert torch.equal(flipped.sum(-1), image.sum(-1))
    assert Augment()(image) is image


def test_module_resumes_where_its_loader_stopped():
    data = Synthetic(image_size=8, num_samples=32, batch_size=8)
    loader = data.train_dataloader()
    next(iter(loader))
    again = Synthetic(image_size=8, num_samples=32, batch_size=8)
    again.load_state_dict(data.state_dict())
    assert again.train_dataloader().state_dict() == {"epoch": 0, "dealt": 8}


def test_examples_are_the_same_at_every_call():
    data = Synthetic(image_size=8, num_samples=32)
    first, second = data.examples(5), data.examples(5)
    assert first.image.shape == (5, 3, 8, 8)
    assert torch.equal(first.image, second.image)


def test_batches_reach_the_device_normalised():
    data = Synthetic(image_size=8, num_samples=32, batch_size=8)
    data.trainer = Trainer(logger=False, enable_checkpointing=False, accelerator="cpu")
    batch = data.on_after_batch_transfer(next(iter(data.train_dataloader())), 0)
    assert isinstance(batch, Batch)
    assert batch.image.dtype == torch.float32
    assert batch.image.min() >= -1
    assert batch.image.max() <= 1
