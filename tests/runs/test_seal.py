"""The checksum behind a checkpoint."""

import hashlib
from pathlib import Path

import pytest

from gan_runner.runs.seal import CHUNK_BYTES, MARK, SEAL_BYTES, Hashing, checksum, damage


def sealed(path: Path, content: bytes) -> Path:
    with path.open("wb") as file:
        hashing = Hashing(file)
        for start in range(0, len(content), 1000):
            hashing.write(content[start : start + 1000])
        hashing.flush()
        hashing.seal()
    return path


@pytest.mark.parametrize("length", [0, 1, 5000, 2 * CHUNK_BYTES + 1])
def test_a_whole_file_has_no_damage(tmp_path: Path, length: int) -> None:
    content = bytes(length)
    path = sealed(tmp_path / "x", content)
    assert damage(path) is None
    assert path.read_bytes() == content + MARK + hashlib.sha256(content).hexdigest().encode()
    assert path.stat().st_size == length + SEAL_BYTES
    assert checksum(path) == hashlib.sha256(content).hexdigest()


def test_what_is_wrong_is_told(tmp_path: Path) -> None:
    path = sealed(tmp_path / "x", b"contents")
    whole = path.read_bytes()
    for bad, said in ((whole[:-1], "cut short"), (b"", "cut short"), (b"C" + whole[1:], "its checksum is wrong")):
        path.write_bytes(bad)
        assert said in str(damage(path))
