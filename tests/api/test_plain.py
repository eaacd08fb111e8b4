"""Values of Python as the command line would give them."""

import numpy as np
import pytest
import torch

from gan_runner.api.plain import plain


@pytest.mark.parametrize("given", [(1, 2), range(1, 3), np.array([1, 2]), torch.tensor([1, 2]), [np.int64(1), 2]])
def test_rows_are_lists_of_own_numbers(given: object) -> None:
    found = plain(given)
    assert found == [1, 2]
    assert [type(one) for one in found] == [int, int]


def test_numbers_names_and_mappings() -> None:
    assert type(plain(np.float32(0.5))) is float
    assert plain({1: np.int64(2), "a": (3,)}) == {"1": 2, "a": [3]}
    assert plain("cat") == "cat"
    assert plain(None) is None
