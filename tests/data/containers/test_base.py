import pickle

from fixtures.containers import as_zip, packed, photos
from gan_runner.data.containers.zip import Zip


def test_names_make_folders(tmp_path):
    container = Zip(as_zip(photos(tmp_path / "photos"), tmp_path))
    assert container.folders[""] == {"test": True, "train": True}
    assert container.folders["train"] == {"dark": True, "light": True}
    assert list(container.folders["test/dark"]) == ["0.png", "1.png", "2.png"]
    assert container.index_of["test/dark/0.png"] == 0
    assert container.class_names is None
    assert container.vectors is None
    assert not container.plain


def test_a_handle_is_opened_once_in_a_process_and_anew_in_another(tmp_path, monkeypatch):
    container = Zip(as_zip(photos(tmp_path / "photos"), tmp_path))
    first = container.handle
    assert container.handle is first
    monkeypatch.setattr("gan_runner.data.containers.base.os.getpid", lambda: -2)
    assert container.handle is not first


def test_it_travels_to_a_process_by_its_path(tmp_path):
    container = Zip(as_zip(photos(tmp_path / "photos"), tmp_path))
    assert len(container.handle.namelist()) == 26
    travelled = pickle.loads(pickle.dumps(container))
    assert travelled.path == container.path
    assert travelled.names == container.names


def test_a_name_that_is_a_file_and_a_folder_counts_as_a_folder(tmp_path):
    for number, names in enumerate((["a", "a/1.png"], ["a/1.png", "a"])):
        container = Zip(packed(tmp_path / f"{number}.zip", dict.fromkeys(names, b"")))
        assert container.folders == {"": {"a": True}, "a": {"1.png": False}}


def test_most_have_no_labels_of_their_own_and_are_read_in_any_order(tmp_path):
    container = Zip(packed(tmp_path / "set.zip", {"1.png": b""}))
    container.check_labels()
    container.check_stream()
