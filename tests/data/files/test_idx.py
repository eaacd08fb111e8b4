import gzip

import pytest

from gan_runner.data.files.idx import find_idx, read_idx

HEADER = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3])


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_reads_plain_and_gzipped(tmp_path, suffix):
    content = HEADER + bytes(range(6))
    (tmp_path / f"x{suffix}").write_bytes(gzip.compress(content) if suffix else content)
    assert find_idx(tmp_path / "x") == tmp_path / f"x{suffix}"
    assert read_idx(tmp_path / "x").tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", HEADER, HEADER[:6], HEADER + bytes(5), HEADER + bytes(7), bytes([0, 0, 13, 1, 0, 0, 0, 0])],
)
def test_damaged_files_are_named(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(ValueError, match=r"x is .*delete it"):
        read_idx(tmp_path / "x")


def test_truncated_gzip_is_named(tmp_path):
    (tmp_path / "x.gz").write_bytes(gzip.compress(HEADER + bytes(6))[:-10])
    with pytest.raises(ValueError, match=r"x\.gz is damaged"):
        read_idx(tmp_path / "x")


def test_missing_file(tmp_path):
    assert find_idx(tmp_path / "x") is None
    with pytest.raises(FileNotFoundError, match=r"x\.gz: see data\.root"):
        read_idx(tmp_path / "x")
