import pytest
import torch
from PIL import Image

from gan_runner.assemble import assemble, build_data
from gan_runner.config.errors import ConfigError
from gan_runner.config.plain import plain_config
from gan_runner.config.schema import check_parts
from gan_runner.data.base import Augment
from gan_runner.data.degraded import Degraded
from gan_runner.data.digits import Digits
from gan_runner.data.folder import Folder
from gan_runner.data.gaussians import Gaussians
from gan_runner.data.synthetic import Synthetic
from gan_runner.data.unpaired import Unpaired
from gan_runner.images.counter_random import Fixed
from gan_runner.images.ranges import to_unit_range
from gan_runner.types import Batch

SOURCES = {"inpaint": 4, "super_resolution": 3, "colorize": 1, "denoise": 3, "deblur": 3}


def degraded(task: str = "inpaint", **settings) -> Degraded:
    of = Synthetic(image_size=(16, 24), num_samples=32)
    return Degraded(of=of, task=task, **{"batch_size": 4, **settings})


@pytest.mark.parametrize("task", SOURCES)
def test_shapes_and_ranges_of_every_task(task):
    data = degraded(task)
    assert data.shape == (3, 16, 24)
    assert data.source_shape == (SOURCES[task], 16, 24)
    assert (task in data.tasks_with_holes) == (task == "inpaint")
    assert data.num_classes == 10
    batch = data.on_after_batch_transfer(next(iter(data.train_dataloader())), 0)
    looked_at = data.deck("test")[torch.tensor([3, 1])]
    examples = data.examples(2)
    for image, label, source in (batch, looked_at, examples):
        assert source.shape == (len(image), *data.source_shape)
        assert source.dtype == torch.float32
        assert label.shape == (len(image),)
        if task != "denoise":
            assert source.abs().max() <= 1 + 1e-6
    assert looked_at.real.dtype == torch.uint8
    assert batch.source.is_contiguous()


@pytest.mark.parametrize("task", ["inpaint", "denoise", "deblur"])
def test_training_damages_anew_and_the_test_split_for_ever(task):
    torch.manual_seed(0)
    data, again = degraded(task), degraded(task, seed=5)
    raw = next(iter(data.train_dataloader()))
    first, second = (data.on_after_batch_transfer(raw, 0) for _ in range(2))
    assert torch.equal(first.real, second.real)
    assert not torch.equal(first.source, second.source)
    torch.manual_seed(0)
    assert torch.equal(data.on_after_batch_transfer(raw, 0).source, first.source)
    deck, positions = data.deck("test"), torch.tensor([7, 2, 9])
    torch.testing.assert_close(deck[positions].source[1:2], deck[torch.tensor([2])].source)
    assert torch.equal(data.examples(3).source, data.examples(3).source)
    of = data.of.deck("test")[positions].real
    torch.testing.assert_close(again.damaged(to_unit_range(of), Fixed(positions)), deck[positions].source)


def test_the_source_is_that_of_the_image_as_it_is_dealt():
    torch.manual_seed(0)
    data = degraded("colorize", augment=Augment(hflip=True), batch_size=32)
    raw = next(iter(data.train_dataloader()))
    batch = data.on_after_batch_transfer(raw, 0)
    changed = (batch.real != to_unit_range(raw.real)).flatten(1).any(1)
    assert 6 < changed.sum() < 26
    luma = (batch.real * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
    torch.testing.assert_close(batch.source, luma)


def test_the_other_set_s_mirrors_are_kept():
    of = Synthetic(image_size=8, num_samples=32, augment=Augment(hflip=True))
    data = Degraded(of=of, task="colorize", batch_size=32)
    raw = next(iter(data.train_dataloader()))
    batch = data.on_after_batch_transfer(raw, 0)
    assert (batch.real != to_unit_range(raw.real)).any()


def test_splits_are_those_of_the_other_set(tmp_path):
    for shade in range(10):
        Image.new("RGB", (8, 8), (shade,) * 3).save(tmp_path / f"{shade}.png")
    data = Degraded(of=Folder(root=str(tmp_path), image_size=8, holdout=0.2), batch_size=2)
    data.check()
    data.prepare_data()
    data.setup("fit")
    assert (len(data.deck("train")), len(data.deck("test")), data.num_classes) == (8, 2, None)
    assert data.has_test_split
    assert not Degraded(of=Folder(root=str(tmp_path), image_size=8, holdout=0)).has_test_split
    with pytest.raises(ValueError, match=r"data\.root=.*nowhere is not there"):
        Degraded(of=Folder(root=str(tmp_path / "nowhere"))).check()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"of": Digits(), "task": "colorize"}, r"data\.task=colorize needs images of 3 .* 1: set data\.of\.channels=3"),
        ({"of": Digits(image_size=20), "task": "super_resolution", "factor": 8}, r"data\.factor=8 does not divide"),
        (
            {"of": Digits(image_size=8), "task": "deblur"},
            r"data\.blur_sigma reaches 3 pixels.*end it at 2\.3",
        ),
        ({"of": Gaussians()}, r"data\.of deals points: choose data@data\.of=digits"),
        ({"of": Unpaired(image_size=8)}, r"data\.of is Unpaired, whose images have a source already"),
        ({"of": Degraded(of=Digits())}, r"data\.of is Degraded, whose images have a source already"),
        ({"of": Digits(), "area": (0.4, 0.1)}, r"data\.area=\[0\.4, 0\.1\] ends before it begins"),
    ],
)
def test_what_cannot_be_is_refused(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        Degraded(**settings)


def test_the_largest_blur_that_the_sentence_offers_works():
    for side, offered in ((6, 1.6), (8, 2.3), (10, 3.0)):
        data = Degraded(of=Digits(image_size=side), task="deblur", blur_sigma=(1, offered), batch_size=4)
        assert data.examples(2).source.isfinite().all()
        with pytest.raises(ValueError, match=f"end it at {offered:g} or before"):
            Degraded(of=Digits(image_size=side), task="deblur", blur_sigma=(1, offered + 0.1))


def test_composes_around_any_set(composed):
    config = plain_config(composed("data=degraded", "data@data.of=synthetic", "data.task=denoise", "data.batch_size=3"))
    check_parts({"data": config["data"]})
    data = build_data(config)
    assert isinstance(data, Degraded)
    assert isinstance(data.of, Synthetic)
    assert (data.task, data.batch_size, data.of.batch_size) == ("denoise", 3, 3)


def test_wrong_settings_are_told_by_their_key(composed):
    config = composed("data=degraded")
    for key, value, sentence in (
        ("task", "dream", r"data\.task='dream'"),
        ("area", [0.0, 0.5], r"data\.area="),
        ("of", "mnist", r"data\.of='mnist' is not valid: it should be a mapping with a _target_"),
        ("task", "colorize", r"data: data\.task=colorize needs images of 3 channels"),
    ):
        changed = config.copy()
        changed.data[key] = value
        with pytest.raises(ConfigError, match=sentence):
            assemble(changed)


def test_damaged_data_is_known_again_by_what_is_damaged():
    found = Degraded(of=Digits(image_size=8), task="denoise").fingerprint()
    assert found == {"family": "degraded.Degraded of digits.Digits", "name": "digits"}


def test_classes_are_left_out_of_the_set_that_is_damaged():
    data = Degraded(of=Digits(image_size=8, only=[3]), task="denoise", batch_size=4)
    assert data.kept_labels() == [3]
    assert set(next(iter(data.train_dataloader())).label.tolist()) == {3}
    assert set(data.deck("test")[torch.arange(5)].label.tolist()) == {3}
    whole = data.whole("test")[torch.arange(100)]
    assert len(whole.label.unique()) == 10
    assert whole.source.shape == whole.real.shape
    with pytest.raises(ValueError, match=r"data.of.only: 11 is no class"):
        Degraded(of=Digits(image_size=8, only=[11]), task="denoise").kept_labels()
    with pytest.raises(ValueError, match=r"takes its images from the set that it damages: set data.of.only"):
        Degraded(of=Digits(image_size=8), task="denoise", only=[3])


@pytest.mark.parametrize("task", ["denoise", "inpaint", "super_resolution"])
def test_without_damage_in_training_what_is_measured_by_is_damaged_all_the_same(task):
    whole, data = (Degraded(of=Digits(image_size=8), task=task, damage_training=dealt) for dealt in (False, None))
    batch = Batch(whole.of.deck("train")[torch.arange(4)].real)
    dealt = whole.on_after_batch_transfer(batch, 0)
    assert torch.equal(dealt.source[:, :1], dealt.real)
    assert dealt.source.shape[1:] == whole.source_shape
    if task == "inpaint":
        assert not dealt.source[:, 1].any()
    at = torch.arange(4)
    assert torch.equal(whole.deck("test")[at].source, data.deck("test")[at].source)
    assert not torch.equal(data.on_after_batch_transfer(batch, 0).source[:, :1], dealt.real)


def test_a_whole_image_is_no_source_to_colour():
    with pytest.raises(ValueError, match=r"data\.damage_training=false: .* data\.task=colorize has none"):
        Degraded(of=Digits(channels=3), task="colorize", damage_training=False)
