import gzip
import hashlib
import http.server
import io
import re
import threading
import time
from pathlib import Path

import pytest

from fixtures.archives import tarred
from gan_runner.data.fetching import downloads
from gan_runner.data.fetching.downloads import ArchiveMirror, File, GzipMirror, fetch, refuse_missing, store, unpack
from gan_runner.waiting import preparing

CONTENT = bytes(range(256)) * 40
PACKED = gzip.compress(CONTENT)


def file(content: bytes = CONTENT, name: str = "images") -> File:
    return File(name, len(content), f"sha256:{hashlib.sha256(content).hexdigest()}")


def mirror(address: str, packed: bytes = PACKED) -> GzipMirror:
    return GzipMirror(address, {"images.gz": hashlib.md5(packed).hexdigest()})


def truncated(handler: http.server.BaseHTTPRequestHandler, released: threading.Event) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(PACKED)))
    handler.end_headers()
    handler.wfile.write(PACKED[:100])


def stalled(handler: http.server.BaseHTTPRequestHandler, released: threading.Event) -> None:
    truncated(handler, released)
    handler.wfile.flush()
    released.wait(10)


def silent(handler: http.server.BaseHTTPRequestHandler, released: threading.Event) -> None:
    released.wait(10)


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_a_good_file_is_unpacked_and_verified(serve, tmp_path):
    fetch("SET", tmp_path / "new" / "raw", [file()], [mirror(serve(images_gz=PACKED))])
    assert (tmp_path / "new" / "raw" / "images").read_bytes() == CONTENT
    assert contents(tmp_path / "new" / "raw") == ["images"]


@pytest.mark.parametrize(("digits", "fits"), [(8, True), (0, False)])
def test_the_first_digits_of_a_checksum_will_do_and_none_will_not(tmp_path, digits, fits):
    known = File("images", len(CONTENT), f"sha256:{hashlib.sha256(CONTENT).hexdigest()[:digits]}")
    if fits:
        store(io.BytesIO(CONTENT), tmp_path, known)
        with pytest.raises(ValueError, match="images has sha256 "):
            store(io.BytesIO(CONTENT[1:]), tmp_path, known)
        assert (tmp_path / "images").read_bytes() == CONTENT
    else:
        with pytest.raises(ValueError, match="images has sha256 "):
            store(io.BytesIO(CONTENT), tmp_path, known)


def test_what_has_no_published_checksum_is_taken_and_its_own_is_told(tmp_path):
    digest = store(io.BytesIO(CONTENT), tmp_path, File("images", len(CONTENT), None))
    assert digest == hashlib.sha256(CONTENT).hexdigest()
    assert (tmp_path / "images").read_bytes() == CONTENT
    with pytest.raises(ValueError, match="longer than 9 bytes"):
        store(io.BytesIO(CONTENT), tmp_path, File("other", 9, None))


def test_the_next_mirror_is_asked(serve, tmp_path):
    fetch("SET", tmp_path, [file()], [mirror(serve()), mirror(serve(images_gz=PACKED))])
    assert contents(tmp_path) == ["images"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (gzip.compress(b"something else"), "has md5"),
        (b"no gzip", "has md5"),
        (PACKED + bytes(len(CONTENT)), f"longer than {len(CONTENT)} bytes"),
        (truncated, r"broke off after 100 of \d+ bytes"),
        (stalled, "timed out"),
        (silent, "no answer within 0.4 s|timed out"),
        (None, "404"),
    ],
    ids=["other", "garbage", "too-long", "truncated", "stalled", "silent", "absent"],
)
def test_what_is_not_the_file_leaves_nothing(serve, tmp_path, monkeypatch, answer, reason):
    monkeypatch.setattr(downloads, "CONNECT_SECONDS", 0.4)
    monkeypatch.setattr(downloads, "STALL_SECONDS", 0.4)
    answers = {} if answer is None else {"images_gz": answer}
    started = time.monotonic()
    with pytest.raises(FileNotFoundError) as failure:
        fetch("SET", tmp_path, [file()], [mirror(serve(**answers))])
    assert time.monotonic() - started < 8
    assert contents(tmp_path) == []
    message = str(failure.value)
    assert re.search(reason, message)
    assert f"put images into {tmp_path}, or set data.root" in message
    assert "\n" not in message


def test_nobody_listening_fails_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    started = time.monotonic()
    with pytest.raises(FileNotFoundError, match="refused"):
        fetch("SET", tmp_path, [file()], [mirror("http://127.0.0.1:9/")])
    assert time.monotonic() - started < 8


def test_right_wrapping_with_wrong_content_is_refused(serve, tmp_path):
    packed = gzip.compress(CONTENT[::-1])
    with pytest.raises(FileNotFoundError, match="has sha256"):
        fetch("SET", tmp_path, [file()], [mirror(serve(images_gz=packed), packed)])
    assert contents(tmp_path) == []


def test_a_stream_that_never_ends_is_cut_off(tmp_path):
    class Endless(io.RawIOBase):
        given = 0

        def read(self, count: int = -1) -> bytes:
            self.given += count
            return bytes(count)

    stream = Endless()
    with pytest.raises(ValueError, match="longer than 10240 bytes"):
        store(stream, tmp_path, file())
    assert stream.given <= 10240 + 1
    assert contents(tmp_path) == []


def test_an_interrupted_write_leaves_the_old_file_alone(tmp_path):
    class Interrupted(io.RawIOBase):
        def read(self, count: int = -1) -> bytes:
            raise KeyboardInterrupt

    (tmp_path / "images").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        store(Interrupted(), tmp_path, file())
    assert contents(tmp_path) == ["images"]
    assert (tmp_path / "images").read_bytes() == b"old"


def test_archive_mirror(serve, tmp_path):
    content = tarred({"set/images": CONTENT, "set/labels.gz": gzip.compress(b"123"), "set/other": b""})
    source = ArchiveMirror(serve(set=content) + "set", hashlib.md5(content).hexdigest(), 10_000_000)
    fetch("SET", tmp_path, [file(), file(b"123", "labels")], [source])
    assert contents(tmp_path) == ["images", "labels"]
    assert (tmp_path / "labels").read_bytes() == b"123"


@pytest.mark.parametrize("name", ["../images", "set/../../images", "/images"])
def test_members_that_lead_out_of_the_archive_are_refused(tmp_path, name):
    path = tmp_path / "archive.tgz"
    path.write_bytes(tarred({"set/images": CONTENT, name: CONTENT}))
    (tmp_path / "into").mkdir()
    with pytest.raises(ValueError, match="leads out of the archive"):
        unpack(path, tmp_path / "into", [file()])
    assert contents(tmp_path) == ["archive.tgz", "into"]


def test_an_archive_without_the_file_is_refused(tmp_path):
    path = tmp_path / "archive.tgz"
    path.write_bytes(tarred({"set/else": CONTENT}))
    with pytest.raises(ValueError, match="holds 0 files named images"):
        unpack(path, tmp_path, [file()])


def test_missing_files_are_refused_only_if_they_cannot_be_fetched(tmp_path):
    refuse_missing("SET", tmp_path / "a" / "b", [file()], download=True)
    with pytest.raises(FileNotFoundError, match=r"data\.download=false"):
        refuse_missing("SET", tmp_path / "a" / "b", [file()], download=False)
    assert contents(tmp_path) == []


def test_how_much_has_come_is_told(serve, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(preparing, "PATIENCE", 0.0)
    fetch("SET", tmp_path, [file()], [mirror(serve(images_gz=PACKED))])
    assert capsys.readouterr().out.startswith("fetching images.gz: 0/0 MB (100%), 0:00:00 left\n")
