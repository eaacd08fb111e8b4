import pytest

from gan_runner.data.containers.idx_files import characters, chosen_set, labels_beside, sets_called, sets_in


@pytest.fixture
def folder(tmp_path):
    for name in (
        "train-images-idx3-ubyte.gz",
        "t10k-images.idx3-ubyte",
        "emnist-letters-train-images-idx3-ubyte",
        "emnist-letters-train-images-idx3-ubyte.gz",
        "emnist-letters-test-images-idx3-ubyte.gz",
        "emnist-letters-train-labels-idx1-ubyte.gz",
        "emnist-digits-test-images-idx3-ubyte.gz",
        "notes.txt",
    ):
        (tmp_path / name).touch()
    return tmp_path


def test_names_say_set_and_split(folder):
    found = {name: {split: path.name for split, path in files.items()} for name, files in sets_in(folder).items()}
    assert found == {
        "": {"train": "train-images-idx3-ubyte.gz", "test": "t10k-images.idx3-ubyte"},
        "emnist-letters": {
            "train": "emnist-letters-train-images-idx3-ubyte",
            "test": "emnist-letters-test-images-idx3-ubyte.gz",
        },
    }


def test_one_set_is_chosen_by_its_name_or_the_end_of_it(folder):
    assert sets_called(folder, "letters") == sets_called(folder, "emnist-letters") == ["emnist-letters"]
    assert sets_called(folder, "train/images") == sets_called(folder, "") == []
    assert chosen_set(folder, "letters") == sets_in(folder)["emnist-letters"]
    assert chosen_set(folder, "")["train"].name == "train-images-idx3-ubyte.gz"
    (folder / "train-images-idx3-ubyte.gz").unlink()
    assert chosen_set(folder, "")["train"].name.startswith("emnist-letters")
    (folder / "emnist-digits-train-images-idx3-ubyte").touch()
    with pytest.raises(
        ValueError, match=r"holds 2 sets \(emnist-digits, emnist-letters\): set data.array=emnist-digits"
    ):
        chosen_set(folder, "")


def test_a_folder_without_such_files_is_said(tmp_path):
    with pytest.raises(ValueError, match="no IDX files called as MNIST's are"):
        chosen_set(tmp_path, "")


def test_labels_lie_beside_images(folder):
    images = folder / "emnist-letters-train-images-idx3-ubyte"
    assert labels_beside(images).name == "emnist-letters-train-labels-idx1-ubyte.gz"
    assert labels_beside(folder / "t10k-images.idx3-ubyte") is None


def test_a_mapping_says_what_classes_show(folder, caplog):
    images = folder / "emnist-letters-train-images-idx3-ubyte"
    assert characters(images) is None
    mapping = folder / "emnist-letters-mapping.txt"
    mapping.write_text("1 65 97\n3 67 99\n")
    assert characters(images) == ("label 0", "A", "label 2", "C")
    for wrong in ("words\n", "", "0 99999999999\n"):
        mapping.write_text(wrong)
        assert characters(images) is None
    assert "emnist-letters-mapping.txt cannot be read: its classes are called by their numbers" in caplog.text
