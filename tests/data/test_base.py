from types import SimpleNamespace

import pytest
import torch
from pytorch_lightning import Trainer

from gan_runner.data.base import Augment, DataFamily
from gan_runner.data.cifar10 import CIFAR10
from gan_runner.data.decks import Memory
from gan_runner.data.digits import Digits
from gan_runner.data.gaussians import Gaussians
from gan_runner.data.mnist import MNIST
from gan_runner.data.stacked_mnist import StackedMNIST
from gan_runner.data.synthetic import Synthetic
from gan_runner.images.ranges import to_unit_range
from gan_runner.types import Batch


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
    assert first.real.shape == (5, 3, 8, 8)
    assert torch.equal(first.real, second.real)


class Own(DataFamily):
    """Says no more than it has to."""

    shape = (1, 4, 4)

    def read(self, split):
        return Memory(torch.zeros(4, 1, 4, 4, dtype=torch.uint8))


def test_a_family_says_what_it_deals_and_whether_it_keeps_some_back():
    assert [kind.kind for kind in (Own, Synthetic, Digits, Gaussians)] == ["images", "images", "images", "points"]
    assert Synthetic(kind="noise").kind == "images"  # its setting is another one
    assert Own().has_test_split
    assert [Digits(holdout=share).has_test_split for share in (0.0, 0.1)] == [False, True]


def test_batches_reach_the_device_normalised():
    data = Synthetic(image_size=8, num_samples=32, batch_size=8)
    data.trainer = Trainer(logger=False, enable_checkpointing=False, accelerator="cpu")
    batch = data.on_after_batch_transfer(next(iter(data.train_dataloader())), 0)
    assert isinstance(batch, Batch)
    assert batch.real.dtype == torch.float32
    assert batch.real.min() >= -1
    assert batch.real.max() <= 1


def test_classes_with_names_are_those_of_the_run_or_not():
    data = Digits()
    data.keep_classes(None)  # of an earlier version, which kept none
    data.keep_classes(list("0123456789"))
    with pytest.raises(ValueError, match=r"the classes of this data are 0, 1, .*, and those of this run 1, 0, 2:"):
        data.keep_classes(["1", "0", "2"])
    Synthetic().keep_classes(["a", "b"])  # it has none of its own


class Third(DataFamily):
    """A family of somebody else, which says nothing of what it reads."""

    shape = (1, 2, 2)

    def __init__(self, *, root: str, **dealing):
        super().__init__(**dealing)

    def read(self, split):
        return Memory(torch.zeros(4, 1, 2, 2, dtype=torch.uint8))


def test_data_is_known_again_by_its_family_and_what_others_read_by_where_it_lies(tmp_path, monkeypatch):
    assert Digits(image_size=8).fingerprint() == {"family": "digits.Digits", "name": "digits"}
    monkeypatch.chdir(tmp_path)
    third = Third(root="photos", batch_size=2).fingerprint()
    assert third == {"family": "test_base.Third", "name": "photos", "root": str(tmp_path.resolve() / "photos")}


def test_a_public_set_is_the_same_wherever_it_lies(tmp_path):
    for kind in (MNIST, CIFAR10, StackedMNIST):
        assert kind(root=str(tmp_path)).fingerprint() == kind(root="elsewhere").fingerprint()
        assert "root" not in kind(root="elsewhere").fingerprint()


def labels(deck):
    return deck[torch.arange(len(deck))].label


def test_classes_that_are_left_out_are_neither_dealt_nor_measured_by_but_the_whole_is_there():
    data, plain = Digits(image_size=8, leave_out=[3, "5"]), Digits(image_size=8)
    for split in ("train", "test"):
        assert labels(data.deck(split)).unique().tolist() == [0, 1, 2, 4, 6, 7, 8, 9]
        whole, before = data.whole(split), plain.deck(split)
        assert torch.equal(labels(whole), labels(before))
        kept = ~torch.isin(labels(before), torch.tensor([3, 5]))
        assert torch.equal(data.deck(split)[torch.arange(int(kept.sum()))].real, before[kept.nonzero().flatten()].real)
    assert (data.num_classes, len(data.class_names)) == (10, 10)
    assert data.dealt() is data.deck("train")
    assert set(labels(Digits(only=3).deck("train")).tolist()) == {3}
    assert not set(data.examples(400).label.tolist()) & {3, 5}


def test_the_same_classes_are_left_out_of_a_set_drawn_or_stacked(tmp_path):
    drawn = Synthetic(image_size=8, num_samples=64, num_classes=4, only=[1, 2])
    assert set(labels(drawn.deck("train")).tolist()) == {1, 2}
    with pytest.raises(ValueError, match=r"data.only: 4 is no class of this data; there are 0, 1, 2, 3"):
        Synthetic(num_classes=4, only=[4]).kept_labels()
    with pytest.raises(ValueError, match="this StackedMNIST is without labels"):
        StackedMNIST(root=str(tmp_path), only=[4]).kept_labels()
    assert StackedMNIST(root=str(tmp_path), labels=True, only=[123]).kept_labels() == [123]
    with pytest.raises(ValueError, match="points are without labels"):
        Gaussians(leave_out=[4]).kept_labels()


def test_training_is_dealt_where_it_is_played(monkeypatch):
    """But for what workers draw, who have no device."""
    laid = []
    monkeypatch.setattr("gan_runner.data.base.resident", lambda deck, device: laid.append(device) or deck)
    device = torch.device("cuda")
    for workers in (0, 1):
        data = Synthetic(num_samples=8, image_size=8, batch_size=4, num_workers=workers)
        data.trainer = SimpleNamespace(global_rank=0, world_size=1, strategy=SimpleNamespace(root_device=device))
        data.train_dataloader()
    assert laid == [device]


def test_a_limit_is_for_training_alone_and_after_the_classes_were_chosen():
    data = Digits(image_size=8, limit=20)
    assert labels(data.deck("train")).bincount().tolist() == [2] * 10
    assert data.dealt() is data.deck("train")
    assert len(data.deck("test")) == len(Digits(image_size=8).deck("test"))
    assert len(data.whole("train")) == len(Digits(image_size=8).deck("train"))  # what classifiers learn from
    assert labels(Digits(image_size=8, limit=4, only=[1, 7]).deck("train")).tolist().count(7) == 2
    assert len(Gaussians(num_samples=100, limit=30).deck("train")) == 30
    assert len(Synthetic(image_size=8, num_samples=12, limit=50).deck("train")) == 12


def test_a_limit_below_the_batch_is_told_before_training():
    with pytest.raises(ValueError, match=r"data.batch_size=64 .* the set has 20: set data.batch_size=20 or less"):
        Digits(image_size=8, limit=20).train_dataloader()
