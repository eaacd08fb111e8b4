import pytest

from gan_runner.data.two_domains import load_size_of


def test_load_size_follows_the_image_size():
    assert load_size_of((256, 256), None) == (286, 286)
    assert load_size_of((64, 128), None) == (72, 143)
    assert load_size_of((64, 64), (64, 70)) == (64, 70)
    with pytest.raises(ValueError, match=r"data\.load_size=\(64, 60\) is smaller"):
        load_size_of((64, 64), (64, 60))
