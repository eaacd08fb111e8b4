"""Points in files: what is read, and what is refused with the file's name."""

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from gan_runner.data.files.tables import MOST_ROWS, read_points

POINTS = np.array([[0.5, -1.0], [2.0, 3.25], [1e-3, 7.0]])


@pytest.mark.parametrize(
    "text",
    [
        "0.5,-1\n2,3.25\n1e-3,7\n",
        "x,y\n0.5,-1\n2,3.25\n1e-3,7",
        "\ufeff\"x\";\"y\"\r\n0.5;-1\r\n2;3.25\r\n\r\n1e-3;7\r\n",
        "0.5\t-1\n2\t3.25\n1e-3\t7\n",
        "x y\n 0.5   -1 \n2 3.25\n1e-3 7\n",
        '"0.5", "-1"\n2 , 3.25\n1e-3,7\n',
    ],
    ids=["commas", "header", "semicolons", "tabs", "spaces", "quotes"],
)  # fmt: skip
def test_csv_is_two_numbers_a_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.csv").write_text(text, encoding="utf-8", newline="")
    found = read_points(tmp_path / "p.csv", "data.path")
    assert found.dtype == np.float32
    assert np.array_equal(found, POINTS.astype(np.float32))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int8])
def test_npy_and_npz_are_arrays_of_numbers(tmp_path: Path, dtype: type) -> None:
    points = POINTS.astype(dtype)
    np.save(tmp_path / "p.npy", points)
    np.savez(tmp_path / "one.npz", anything=points)
    np.savez_compressed(tmp_path / "several.NPZ.npz", labels=np.arange(3), points=points)
    for name in ("p.npy", "one.npz", "several.NPZ.npz"):
        assert np.array_equal(read_points(tmp_path / name, "data.path"), points.astype(np.float32)), name


def saved(array: object, pickled: bool = False) -> bytes:
    held = BytesIO()
    np.save(held, array, allow_pickle=pickled)
    return held.getvalue()


def packed(**arrays: np.ndarray) -> bytes:
    held = BytesIO()
    np.savez(held, **arrays)
    return held.getvalue()


def compressed(array: np.ndarray) -> bytes:
    held = BytesIO()
    np.savez_compressed(held, np.tile(array, (300, 1)))
    return held.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    held = BytesIO()
    with ZipFile(held, "w") as archive:
        archive.writestr(name, content)
    return held.getvalue()


def claiming(shape: tuple[int, ...]) -> bytes:
    """The head of an array of that shape, and next to nothing of the array."""
    held = BytesIO()
    np.lib.format.write_array_header_1_0(held, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return held.getvalue() + bytes(64)


def spoilt(archive: bytes) -> bytes:
    """With wrong bytes where the first member's compressed ones begin."""
    return archive[:60] + bytes(byte ^ 0x5A for byte in archive[60:120]) + archive[120:]


def encrypted(archive: bytes) -> bytes:
    """Marked as if a password were needed."""
    held = bytearray(archive)
    held[held.find(b"PK\x03\x04") + 6] |= 1
    held[held.find(b"PK\x01\x02") + 8] |= 1
    return bytes(held)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("p.txt", b"1,2\n3,4\n", "is none of .csv, .npy, .npz"),
        ("p.csv", b"", "holds 0 points, and a game needs 2 or more"),
        ("p.csv", b"x,y\n1,2\n", "holds 1 points"),
        ("p.csv", b"1,2\n3,4,5\n", "line 2 has 3 numbers, and a point of the plane 2"),
        ("p.csv", b"1\n2\n", "line 1 has 1 numbers"),
        ("p.csv", b"x,y\n1,2\nthree,4\n", "line 3 is 'three,4', and a line should be two numbers"),
        ("p.csv", b"x,y\nu,v\n1,2\n", "line 2 is 'u,v'"),
        ("p.csv", b"0,5;1,5\n2,5;3,5\n3,5;4,5", "line 2 is '2,5,3,5'"),
        ("p.csv", b"1.O,2\n3,4\n5,6\n", "line 1 is '1.O,2', and a line should be two numbers"),
        ("p.csv", b"1,2\nnan,4\n", "point 2 is nan, 4: leave out what is not finite"),
        ("p.csv", b"1,2\n3,1e99\n", "point 2 is 3, inf"),
        ("p.csv", b"\xff\xfe\x00\x01", "is no text of numbers"),
        ("p.npy", b"", "is damaged or no .npy file"),
        ("p.npy", b"1,2\n3,4\n", "cannot be read"),
        ("p.npy", saved(POINTS)[:-8], "cannot be read"),
        ("p.npy", saved(POINTS.T), "holds 2 × 3 of type float64, and points of the plane are numbers N × 2"),
        ("p.npy", saved(np.float32(1)), "holds one number of type float32"),
        ("p.npy", saved(np.array([["a", "b"]])), "of type <U1"),
        ("p.npy", saved(np.array([[1j, 2]])), "of type complex128"),
        ("p.npy", saved(np.array([[{}, 2]]), pickled=True), "cannot be read"),
        ("p.npy", saved(np.array([[1, 2], [1e300, 0]])), "point 2 is inf, 0"),
        ("p.npy", packed(a=POINTS), "holds no array"),
        ("p.npy", claiming((10**30, 2)), "is damaged or no .npy file"),
        ("p.npz", zipped("points.npy", claiming((10**15, 2))), "is damaged or no .npz file"),
        ("p.npz", zipped("points.txt", b"1,2"), "holds no array"),
        ("p.npz", spoilt(compressed(POINTS)), "is damaged or no .npz file"),
        ("p.npz", encrypted(packed(a=POINTS)), "is damaged or no .npz file"),
        ("p.npz", b"PK", "is damaged or no .npz file"),
        ("p.npz", packed(a=POINTS, b=POINTS), "holds the arrays a, b: save one array, or call the one that is meant"),
        ("p.npz", packed(), "holds the arrays none"),
    ],
    ids=lambda given: "content" if isinstance(given, bytes) else given,  # an archive tells the time
)  # fmt: skip
def test_what_is_no_points_is_refused_with_its_name(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=r"^data\.path=.*" + name) as caught:
        read_points(tmp_path / name, "data.path")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for name in ("folder.csv", "nothing.npy"):
        with pytest.raises(ValueError, match=f"{name} is not a file: set data.path to a file of points"):
            read_points(tmp_path / name, "data.path")


def test_more_points_than_memory_should_hold_are_refused_unread(tmp_path: Path) -> None:
    header = saved(np.zeros((1, 2), np.float32))[:128].replace(b"(1, 2), ", b"(%d, 2), " % (MOST_ROWS + 1))
    with (tmp_path / "p.npy").open("wb") as file:
        file.write(header[:8] + (len(header) - 10).to_bytes(2, "little") + header[10:])
        file.truncate(len(header) + 8 * (MOST_ROWS + 1))
    with pytest.raises(ValueError, match="holds 10,000,001 points: take at most 10,000,000 of them"):
        read_points(tmp_path / "p.npy", "data.path")
