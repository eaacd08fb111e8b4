"""Classes that are left out, and the only ones that are kept."""

import re
import shlex

import pytest
import torch
from hydra.core.override_parser.overrides_parser import OverridesParser

from gan_runner.data.decks import Memory, Share
from gan_runner.data.kept_classes import kept_labels, part_of

DIGITS = [*"0123456789"]


@pytest.mark.parametrize(
    ("only", "leave_out", "kept"),
    [
        (None, None, None),
        ([3], None, [3]),
        (3, None, [3]),
        ([7, "2", 2], None, [2, 7]),
        (None, [3], [0, 1, 2, 4, 5, 6, 7, 8, 9]),
        (None, [0, 1, 2, 3, 4, 5, 6, 7, 8], [9]),
        (None, [], list(range(10))),
    ],
)
def test_which_labels_are_kept(only: object, leave_out: object, kept: list[int] | None) -> None:
    assert kept_labels(only, leave_out, DIGITS, "it is without labels") == kept


@pytest.mark.parametrize(
    ("only", "leave_out", "names", "told"),
    [
        ([3], [4], DIGITS, r"data.only=\[3\] and data.leave_out=\[4\] choose classes twice: give one of them"),
        ([11], None, DIGITS, "data.only: 11 is no class of this data; there are 0, 1, 2"),
        (None, "bgi", ["bag", "boot"], r"bgi is no class of .* \(did you mean data.leave_out=bag\?\); there are"),
        (["dog", "bgi"], None, ["bag", "dog"], r"bgi .* \(did you mean 'data.only=\[dog,bag\]'\?\); there are"),
        (["x", 1], None, ["a, b", "c"], r'x is no class of this data; there are "a, b", c$'),
        (None, [*range(10)], DIGITS, r"data.leave_out=\[0,1,.*,9\] leaves no class to train on; there are 0, 1"),
        ([], None, DIGITS, r"data.only=\[\] leaves no class to train on"),
        ([None], None, DIGITS, "data.only: None is no class"),
        ([3], None, None, r"data.only=\[3\] chooses by class, and points are without labels: leave data.only out"),
    ],
)
def test_what_cannot_be_kept_is_told_in_a_sentence(
    only: object, leave_out: object, names: list[str] | None, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        kept_labels(only, leave_out, names, "points are without labels")


def test_the_part_of_a_deck_that_has_these_labels() -> None:
    whole = Memory(torch.arange(6, dtype=torch.uint8).view(6, 1, 1, 1), torch.tensor([2, 0, 1, 2, 1, 0]))
    part = part_of(whole, [0, 2], "data.only")
    assert part[torch.arange(len(part))].real.flatten().tolist() == [0, 1, 3, 5]
    assert part[torch.tensor([3, 0])].label.tolist() == [0, 2]
    within = part_of(Share(whole, torch.tensor([4, 2, 0])), [1], "data.only")
    assert within[torch.arange(len(within))].real.flatten().tolist() == [4, 2]


def test_nothing_left_and_labels_that_are_not_at_hand() -> None:
    images = torch.zeros(2, 1, 1, 1, dtype=torch.uint8)
    with pytest.raises(ValueError, match=r"data.only leaves no sample in a split of 2: keep a class that has some"):
        part_of(Memory(images, torch.tensor([0, 1])), [5], "data.only")
    with pytest.raises(ValueError, match=r"data.only needs the labels of a whole set at once, and Memory has no"):
        part_of(Memory(images), [0], "data.only")


@pytest.mark.parametrize(
    ("given", "names", "wanted"),
    [
        (["cat", "dog (odl)"], ["cat", "dog (old)", "x"], ["cat", "dog (old)"]),
        (["a", "b"], ["a, b", "c"], ["a, b"]),  # as the grammar reads [a, b]
        (["its a cat"], ["it's a cat", "c"], ["it's a cat"]),
        ("cat, blck", ["cat, black", "c"], "cat, black"),
        (["[ct]", 'say "x"'], ["[cat]", 'say "x"'], ["[cat]", 'say "x"']),
    ],
)
def test_the_hint_is_a_command_that_works(given: object, names: list[str], wanted: object) -> None:
    with pytest.raises(ValueError, match="is no class of this data") as error:
        kept_labels(None, given, names, "it is without labels")
    told = re.search(r"\(did you mean (.*)\?\); there are ", str(error.value))
    assert told is not None
    (argument,) = shlex.split(told[1])  # as a shell hands it over
    override = OverridesParser.create().parse_override(argument)
    assert (override.key_or_group, override.value()) == ("data.leave_out", wanted)
    kept_labels(None, override.value(), [*names, "another"], "it is without labels")
