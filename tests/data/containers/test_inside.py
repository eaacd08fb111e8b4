import pickle
from pathlib import Path

import numpy as np
import pytest

from fixtures.containers import as_zip, photos
from gan_runner.data.containers.inside import InsidePath, below, reading_order, settings_of
from gan_runner.data.containers.npz import Npz
from gan_runner.data.containers.zip import Zip
from gan_runner.data.files.decoding import find_files, find_images


@pytest.fixture
def both(tmp_path):
    """A folder, and the inside of a zip of it."""
    folder = photos(tmp_path / "photos")
    (folder / "train" / ".hidden.png").write_bytes(b"")
    (folder / ".thumbnails").mkdir()
    (folder / ".thumbnails" / "1.png").write_bytes(b"")
    return folder, InsidePath(Zip(as_zip(folder, tmp_path)))


def test_it_reads_as_a_path_does(both):
    folder, inside = both
    for name in ("train/dark/1.png", "train/dark", "train", "nothing"):
        path, place = folder / name, inside / name
        assert (place.name, place.stem, place.suffix) == (path.name, path.stem, path.suffix)
        assert (place.exists(), place.is_dir(), place.is_file()) == (path.exists(), path.is_dir(), path.is_file())
        assert below(place, inside) == below(path, folder) == name
        assert place.is_relative_to(inside / "train") == path.is_relative_to(folder / "train")
    assert sorted(one.name for one in (inside / "train").iterdir()) == [".hidden.png", "dark", "light"]
    assert (inside / "train/dark").parent == inside / "train"
    assert inside.parent == inside.container.path.parent
    assert (inside / "train/dark/1.png").read_bytes() == (folder / "train/dark/1.png").read_bytes()
    assert (inside / "train/dark/1.png").open().read(4) == b"\x89PNG"


@pytest.mark.parametrize("hidden", [False, True])
def test_the_same_files_are_found_in_the_same_order(both, hidden):
    folder, inside = both
    named = [[below(path, root) for path in find_files(root, hidden)] for root in (folder, inside)]
    assert named[0] == named[1]
    assert ("train/.hidden.png" in named[0]) == hidden
    assert ".thumbnails/1.png" not in named[0]
    assert len(list(find_images(inside))) == 26


def test_it_is_called_by_its_container_and_compares_by_name(both):
    _, inside = both
    place = inside / "train/dark/1.png"
    assert str(place) == str(inside.container.path / "train/dark/1.png")
    assert place == inside / "train" / "dark" / "1.png"
    assert hash(place) == hash(inside / "train/dark/1.png")
    assert inside / "a" < inside / "b"
    assert place != Path(str(place))


def test_it_is_as_old_as_its_container(both):
    _, inside = both
    assert (inside / "train/dark/1.png").stat() == inside.container.path.stat()
    with pytest.raises(FileNotFoundError):
        (inside / "nothing").stat()
    with pytest.raises(FileNotFoundError):
        (inside / "nothing").read()


def test_nothing_is_written_into_it_or_opened_by_its_name(both):
    _, inside = both
    with pytest.raises(OSError, match="never written"):
        (inside / "train/dark/1.png").open("wb")
    with pytest.raises(TypeError):
        open(inside / "train/dark/1.png")  # noqa: SIM115


def test_places_of_one_container_travel_with_one(both):
    _, inside = both
    first, second = pickle.loads(pickle.dumps([inside / "train/dark/1.png", inside / "train/dark/2.png"]))
    assert first.container is second.container
    assert first.read() == (inside / "train/dark/1.png").read()


def test_items_are_read_best_in_the_order_of_their_container(tmp_path):
    np.savez(tmp_path / "set.npz", x=np.zeros((6, 8, 8)), y=[1, 0, 1, 0, 1, 0])
    paths = list(find_images(InsidePath(Npz(tmp_path / "set.npz"))))
    assert [path.name for path in paths] == ["1", "3", "5", "0", "2", "4"]
    assert [paths[place].name for place in reading_order(paths)] == list("012345")
    assert list(reading_order([Path("b"), Path("a")])) == [0, 1]
    assert list(reading_order([])) == []


def test_what_items_depend_on_beside_their_file(tmp_path):
    np.savez(tmp_path / "set.npz", x=np.zeros((6, 8, 8)))
    assert settings_of(InsidePath(Npz(tmp_path / "set.npz", "x"))) == [["npz", "x"]]
    assert settings_of(InsidePath(Zip(tmp_path / "set.zip"))) == settings_of(tmp_path) == []
