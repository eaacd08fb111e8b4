"""Data of two domains as each direction sees them."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from fixtures.noise_pairs import NoisePairs
from gan_runner.data.degraded import Degraded
from gan_runner.data.digits import Digits
from gan_runner.data.unpaired import Unpaired
from gan_runner.evaluation.domains import Domain, Sources, check_pairs, measured_split, pairs


def unpaired(root: Path, **names: range) -> Unpaired:
    """Single-coloured images of the greys in a range, which are their names: of B 100 brighter."""
    for folder, greys in names.items():
        (root / folder).mkdir()
        for grey in greys:
            shade = grey + (100 if folder.endswith("B") else 0)
            Image.new("RGB", (8, 8), (shade,) * 3).save(root / folder / f"{grey:03}.png")
    return Unpaired(root=str(root), image_size=8)


def greys(images: torch.Tensor) -> list[int]:
    return [round(value) for value in ((images[:, 0, 0, 0] + 1) * 127.5).tolist()]


def test_each_direction_has_the_others_source_for_its_domain() -> None:
    data = NoisePairs(channels=1)
    batch = data.deck("test")[torch.arange(4)]
    forth, back = Domain(data, "a2b"), Domain(data, "b2a")
    assert (forth.shape, back.shape) == ((1, 8, 8), (3, 8, 8))
    assert torch.equal(forth.deck("test")[torch.arange(4)].real, batch.real)
    assert torch.equal(back.deck("test")[torch.arange(4)].real, batch.source)
    assert torch.equal(back.examples(2).real, data.examples(2).source)


def test_pairs_are_turned_for_the_way_back() -> None:
    deck = NoisePairs(channels=1).deck("test")
    (source, target), (back_source, back_target) = (
        Sources(deck, direction, pairs=True)[torch.arange(3)] for direction in ("a2b", "b2a")
    )
    assert torch.equal(source, back_target)
    assert torch.equal(target, back_source)
    assert source.shape == (3, 3, 8, 8)
    assert source.min() < -0.9 < 0.9 < source.max()


def test_sides_of_different_length_are_each_seen_once(tmp_path: Path) -> None:
    data = unpaired(tmp_path, trainA=range(3), trainB=range(3), testA=range(20, 25), testB=range(50, 52))
    for direction, expected in (("a2b", [20, 21, 22, 23, 24]), ("b2a", [150, 151])):
        sources = Sources(data.deck("test"), direction, pairs=False)
        found, target = sources[torch.arange(len(sources))]
        assert greys(found) == expected
        assert target is None
    assert len(Domain(data, "b2a").deck("test")) == 5


def test_hidden_pairs_go_by_name_whatever_the_order_of_training(tmp_path: Path) -> None:
    data = unpaired(tmp_path, trainA=range(3), trainB=range(5), testA=range(20, 25), testB=range(20, 25))
    check_pairs(data)
    source, target = Sources(pairs(data), "a2b", pairs=True)[torch.tensor([3, 0])]
    assert (greys(source), greys(target)) == ([23, 20], [123, 120])
    assert target is not None
    assert not torch.equal(*(data.deck("train")[torch.arange(3)].real[i] for i in (0, 1)))


def test_names_without_partners_are_no_pairs(tmp_path: Path) -> None:
    data = unpaired(tmp_path, trainA=range(3), trainB=range(3), testA=range(20, 25), testB=range(21, 26))
    with pytest.raises(ValueError, match=r"metrics\.reconstruction .* 2 of the 6 .*/020\.png.* leave it out"):
        check_pairs(data)


def test_without_a_test_split_there_are_no_hidden_pairs(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"give data\.root=.* a testA and a testB of equal names, or leave it out"):
        check_pairs(unpaired(tmp_path, trainA=range(9), trainB=range(9)))


def test_other_data_has_pairs_and_its_damaged_sources_become_bytes() -> None:
    data = Degraded(of=Digits(image_size=8), task="denoise")
    check_pairs(data)
    assert pairs(data) is data.deck("test")
    noisy = Domain(data, "b2a").deck("test")[torch.arange(3)].real
    assert noisy.dtype == torch.uint8
    assert (noisy == noisy.max()).sum() > 3  # what noise lifted above white


def test_what_is_measured_is_held_out_where_anything_is() -> None:
    assert measured_split(Digits(image_size=8)) == "test"
    undivided = Degraded(of=Digits(image_size=8, holdout=0.0), task="denoise")
    assert measured_split(undivided) == measured_split(Domain(undivided, "b2a")) == "train"
    assert Domain(Degraded(of=Digits(image_size=8), task="denoise"), "b2a").has_test_split
