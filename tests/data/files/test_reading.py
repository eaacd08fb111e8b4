"""What may be asked of files with several images."""

import pytest

from gan_runner.data.files.reading import checked_pages, chosen, range_of_window


def test_pages_count_from_one_and_include_the_last():
    assert [*chosen((2, 4), 9)] == [1, 2, 3]
    assert [*chosen((2, 40), 3)] == [1, 2]
    assert [[*chosen(pages, 5)] for pages in (None, "first", "middle", "all", "bands")] == [
        [0], [0], [2], [*range(5)], [*range(5)]
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"1 page, and data\.pages=\[2,4\] begins behind"):
        chosen((2, 4), 1)


def test_a_part_that_no_file_has_names_its_key():
    assert checked_pages((1, 1), "data.pages") == (1, 1)
    assert checked_pages("all", "data.pages") == "all"
    for pages in ((0, 3), (3, 2)):
        with pytest.raises(ValueError, match=r"data\.pages=\[\d,\d\] names no pages: count from 1"):
            checked_pages(pages, "data.pages")


def test_a_window_is_a_range_of_values():
    assert range_of_window((40, 400), "data.window") == (-160, 239)
    with pytest.raises(ValueError, match=r"data\.window=\[40,1\] is \[centre,width\]"):
        range_of_window((40, 1), "data.window")
