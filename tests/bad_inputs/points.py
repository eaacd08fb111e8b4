"""Files of points that are none, or none of the plane."""

import io

import numpy as np

from bad_inputs.scene import QUICK, TRAIN, Row, file


def points(name: str, *overrides: str) -> tuple[str, ...]:
    return (TRAIN, *QUICK, "data=points", f"data.path={name}", *overrides)


def saved(array: np.ndarray, pickled: bool = False) -> bytes:
    held = io.BytesIO()
    np.save(held, array, allow_pickle=pickled)
    return held.getvalue()


CLOUD = np.random.default_rng(0).normal(size=(100, 2))
LINES = "".join(f"{x},{y}\n" for x, y in CLOUD)

ROWS: dict[str, Row] = {
    "points without a file": Row((TRAIN, *QUICK, "data=points"), ("data.path", "has no value")),
    "points of a file that is not there": Row(points("nowhere.csv"), ("data.path=nowhere.csv", "is not a file")),
    "points of another kind of file": Row(points("p.txt"), ("data.path=p.txt", ".csv, .npy, .npz"), file("p.txt", "1")),
    "an empty file of points": Row(points("p.csv"), ("data.path=p.csv", "0 points"), file("p.csv")),
    "points of three numbers": Row(
        points("p.csv"), ("data.path=p.csv", "line 1", "3 numbers"), file("p.csv", "1,2,3\n4,5,6\n")
    ),
    "a point that is a word": Row(
        points("p.csv"), ("data.path=p.csv", "line 3", "'north,2'"), file("p.csv", "x,y\n1,2\nnorth,2\n")
    ),
    "a point that is not finite": Row(
        points("p.csv"), ("data.path=p.csv", "point 101", "nan"), file("p.csv", f"{LINES}nan,1\n")
    ),
    "points in bytes of something else": Row(
        points("p.csv"), ("data.path=p.csv", "no text"), file("p.csv", b"\xff\xd8\xff\xe0\x00\x10JFIF")
    ),
    "a damaged array of points": Row(
        points("p.npy"), ("data.path=p.npy", "cannot be read"), file("p.npy", saved(CLOUD)[:-100])
    ),
    "points that are a pickle": Row(
        points("p.npy"),
        ("data.path=p.npy", "cannot be read"),
        file("p.npy", saved(np.array([[{}, 1]], dtype=object), pickled=True)),
    ),
    "points in columns": Row(points("p.npy"), ("data.path=p.npy", "2 × 100"), file("p.npy", saved(CLOUD.T))),
    "a damaged archive of points": Row(points("p.npz"), ("data.path=p.npz", "damaged"), file("p.npz", b"PK\x03\x04")),
    "fewer points than a batch": Row(
        points("p.csv"), ("data.batch_size=64", "the set has 18"), file("p.csv", "1,2\n3,4\n" * 10)
    ),
    "classes of points of one's own": Row(
        points("p.csv", "data.only=[1]"), ("data.only=[1]", "points are without labels"), file("p.csv", LINES)
    ),
    "good points": Row(points("p.csv", "metrics=none"), (), file("p.csv", f"x;y\n{LINES.replace(',', ';')}"), code=0),
}
