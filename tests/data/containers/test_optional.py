from pathlib import Path

import pytest

from gan_runner.data.containers.optional import needed


def test_a_package_that_is_there_is_imported():
    assert needed("json", Path("set.h5"), "an HDF5 file").loads("1") == 1


def test_one_that_is_missing_is_named_with_its_extra():
    with pytest.raises(ValueError, match=r"set\.h5 is an HDF5 file, which needs nothing5py.*'gan-runner\[formats\]'"):
        needed("nothing5py", Path("set.h5"), "an HDF5 file")
