import hashlib
import io
import logging
import multiprocessing
import os
import threading

import pytest
import torch
from PIL import Image

from fixtures.containers import as_lmdb, photos, write_lmdb
from gan_runner.data.containers.lmdb import FILE, Lmdb, reading
from gan_runner.data.containers.opening import place_of
from gan_runner.data.folder import Folder
from gan_runner.data.loader import Loader

lmdb = pytest.importorskip("lmdb")


def encoded(kind: str, shade: int = 0) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (9, 9), (shade, shade, shade)).save(buffer, kind)
    return buffer.getvalue()


def digest(text: str) -> bytes:
    return hashlib.sha1(text.encode()).hexdigest().encode()


def split_data(root, **settings) -> Folder:
    return Folder(root=str(root), image_size=8, labels=True, splits="auto", cache=None, **settings)


def test_keys_that_are_no_names_get_suffixes_by_content(tmp_path):
    """As LSUN's: hashes of 40 digits, with JPEG or WebP behind them whatever the page of the set says."""
    kinds = {digest("a"): ("JPEG", ".jpg"), digest("b"): ("WEBP", ".webp"), digest("c"): ("PNG", ".png")}
    root = write_lmdb(tmp_path / "bedroom", {key: encoded(kind) for key, (kind, _) in kinds.items()})
    container = Lmdb(root)
    assert list(container.names) == sorted(key.decode() + suffix for key, (_, suffix) in kinds.items())
    for index, key in enumerate(sorted(kinds)):
        assert container.read(index) == encoded(kinds[key][0])
    assert container.file_of(0) == root / FILE
    assert len(Folder(root=str(root), image_size=8, cache=None, holdout=0).deck("train")) == 3


def test_keys_that_are_no_text_or_no_path_are_told_in_hexadecimal(tmp_path):
    keys = [b"\xff\xfe", b"a\0b", b"../up", b"/abs", b"cat/1"]
    container = Lmdb(write_lmdb(tmp_path / "odd", {key: encoded("PNG") for key in keys}))
    assert set(container.names) == {*(f"{key.hex()}.png" for key in keys[:4]), "cat/1.png"}


def test_no_two_names_are_alike(tmp_path):
    container = Lmdb(write_lmdb(tmp_path / "set", {b"a": encoded("PNG", 1), b"a.png": encoded("PNG", 2)}))
    assert list(container.names) == ["61.png", "a.png"]
    assert container.read(0) == encoded("PNG", 1)


def test_entries_that_are_no_images_are_left_out_and_told(tmp_path, caplog):
    root = write_lmdb(tmp_path / "set", {b"256-00000": encoded("JPEG"), b"256-00001": encoded("JPEG"), b"length": b"2"})
    caplog.set_level(logging.INFO)
    data = Folder(root=str(root), image_size=8, cache=None, holdout=0)
    assert len(data.deck("train")) == 2
    assert "left out: 1 without a suffix" in caplog.text


def test_one_file_alone_is_known_too(tmp_path):
    path = tmp_path / "set.bin"
    with lmdb.open(str(path), subdir=False, map_size=1 << 22) as environment, environment.begin(write=True) as writing:
        writing.put(b"1", encoded("PNG"))
    assert Lmdb.recognises(path)
    assert list(place_of(path).container.names) == ["1.png"]
    assert not Lmdb.recognises(tmp_path)


def test_a_folder_that_may_not_be_written_is_read_and_nothing_is_written(tmp_path):
    root = as_lmdb(photos(tmp_path / "photos"), tmp_path)
    (root / "lock.mdb").unlink()
    root.chmod(0o500)
    try:
        assert len(Lmdb(root).names) == 26
        Lmdb(root).read(0)
        assert os.listdir(root) == [FILE]
    finally:
        root.chmod(0o700)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_of_both_splits_read_one_file(tmp_path, method):
    """lmdb refuses a second environment of a path in a process, and in a child whose parent has one."""
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    root, before = as_lmdb(photos(tmp_path / "photos"), tmp_path), multiprocessing.get_start_method()
    data = split_data(root, stream=True)
    decks = [data.deck(split) for split in ("train", "test")]
    with reading(root):  # it is open when the workers begin
        pass
    multiprocessing.set_start_method(method, force=True)
    try:
        for deck in decks:
            helped = torch.cat([batch.real for batch in Loader(deck, 2, num_workers=2)])
            alone = torch.cat([batch.real for batch in Loader(deck, 2)])
            assert torch.equal(alone, helped)
    finally:
        multiprocessing.set_start_method(before, force=True)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_reads_while_its_parent_does(tmp_path):
    root = as_lmdb(photos(tmp_path / "photos"), tmp_path)
    container = Lmdb(root)
    first = container.read(0)
    child = os.fork()
    if not child:
        os._exit(0 if container.read(0) == first else 1)
    assert container.read(0) == first
    assert os.waitpid(child, 0)[1] == 0


def test_threads_read_it_and_a_second_container_too(tmp_path):
    root = as_lmdb(photos(tmp_path / "photos"), tmp_path)
    containers, found = [Lmdb(root), Lmdb(root)], []
    threads = [
        threading.Thread(target=lambda one=one: found.append([one.read(index) for index in range(26)]))
        for one in containers * 4
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(one == found[0] for one in found)


def test_a_file_that_was_written_anew_is_opened_anew(tmp_path):
    root = write_lmdb(tmp_path / "set", {b"1": encoded("PNG", 1)})
    assert list(Lmdb(root).names) == ["1.png"]
    for name in (FILE, "lock.mdb"):
        (root / name).unlink()
    write_lmdb(root, {b"2": encoded("PNG", 2)})
    assert list(Lmdb(root).names) == ["2.png"]


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({}, "is an LMDB without an entry"),
        ({b"1": b"\x80\x04 a pickle", b"2": b"words"}, "is an LMDB of 2 entries, none of which is an image by its con"),
    ],
)
def test_one_without_images_is_said(tmp_path, entries, said):
    with pytest.raises(ValueError, match=said):
        Lmdb(write_lmdb(tmp_path / "set", entries)).list_names()


def test_one_that_is_none_or_cut_is_said(tmp_path):
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / FILE).write_bytes(b"words" * 3000)
    with pytest.raises(ValueError, match=r"none cannot be read as an LMDB: MDB_INVALID"):
        Lmdb(tmp_path / "none").list_names()
    root = as_lmdb(photos(tmp_path / "photos", size=99), tmp_path)
    whole = (root / FILE).read_bytes()
    (root / FILE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"lmdb is cut off: \d+ of \d+ bytes are there: copy it again"):
        Lmdb(root).list_names()


def test_one_that_other_code_has_open_is_said(tmp_path):
    root = as_lmdb(photos(tmp_path / "photos"), tmp_path)
    with lmdb.open(str(root), readonly=True, lock=False), pytest.raises(ValueError, match="already open in this proc"):
        Lmdb(root).list_names()
