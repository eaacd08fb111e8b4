import pytest

from fixtures.containers import as_zip, photos
from gan_runner.data.containers.zip import Zip


def test_members_are_read_as_they_are(tmp_path):
    folder = photos(tmp_path / "photos")
    container = Zip(as_zip(folder, tmp_path))
    assert list(container.names) == sorted(container.names)
    for index, name in enumerate(container.names):
        assert container.read(index) == (folder / name).read_bytes()


def test_a_zip_is_known_by_its_bytes(tmp_path):
    archive = as_zip(photos(tmp_path / "photos"), tmp_path)
    assert Zip.recognises(archive)
    assert not Zip.recognises(tmp_path)
    assert not Zip.recognises(archive.rename(tmp_path / "set.npz"))


def test_what_is_no_zip_is_said(tmp_path):
    (tmp_path / "set.zip").write_bytes(b"words")
    with pytest.raises(ValueError, match=r"set\.zip cannot be read as a zip: File is not a zip file"):
        Zip(tmp_path / "set.zip").list_names()
