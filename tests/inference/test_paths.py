"""Which file becomes which."""

from pathlib import Path

import pytest
from PIL import Image

from fixtures.containers import packed
from gan_runner.config.errors import ConfigError
from gan_runner.inference.paths import Job, images_of, jobs


def test_a_file_and_its_mask(tmp_path: Path) -> None:
    for name in ("a.jpg", "hole.png"):
        Image.new("L", (1, 1)).save(tmp_path / name)
    found = jobs(str(tmp_path / "a.jpg"), str(tmp_path / "b.png"), str(tmp_path / "hole.png"), overwrite=False)
    assert found == [Job(tmp_path / "a.jpg", tmp_path / "b.png", tmp_path / "hole.png")]
    (into,) = jobs(str(tmp_path / "a.jpg"), str(tmp_path), None, overwrite=False)
    assert into == Job(tmp_path / "a.jpg", tmp_path / "a.png", None)


def test_a_folder_keeps_names_and_finds_masks_by_them(tmp_path: Path) -> None:
    for name in ("in/x/a.webp", "in/b.bmp", "masks/x/a.png", "masks/b.gif", "masks/unused.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (1, 1)).save(tmp_path / name)
    found = jobs(str(tmp_path / "in"), str(tmp_path / "out"), str(tmp_path / "masks"), overwrite=False)
    assert found == [
        Job(tmp_path / "in/b.bmp", tmp_path / "out/b.png", tmp_path / "masks/b.gif"),
        Job(tmp_path / "in/x/a.webp", tmp_path / "out/x/a.png", tmp_path / "masks/x/a.png"),
    ]


def test_an_image_in_a_container(tmp_path: Path) -> None:
    archive = packed(tmp_path / "set.zip", {"cat/1.png": b"", "cat/2.png": b""})
    (job,) = jobs(f"{archive}/cat/1.png", str(tmp_path / "b.png"), None, overwrite=False)
    assert (str(job.source), job.target) == (str(archive / "cat/1.png"), tmp_path / "b.png")
    assert [job.target for job in jobs(f"{archive}/cat", str(tmp_path / "out"), None, overwrite=False)] == [
        tmp_path / "out/1.png",
        tmp_path / "out/2.png",
    ]
    with pytest.raises(ConfigError, match=r"set\.zip/dog does not exist"):
        jobs(f"{archive}/dog", str(tmp_path / "out"), None, overwrite=False)


def test_what_is_there_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png"):
        Image.new("L", (1, 1)).save(tmp_path / name)
    with pytest.raises(ValueError, match=r"a\.png exists already"):
        jobs(str(tmp_path / "a.jpg"), f"{tmp_path}/", None, overwrite=False)
    assert jobs(str(tmp_path / "a.jpg"), f"{tmp_path}/", None, overwrite=True)[0].target == tmp_path / "a.png"


def test_images_to_look_at_are_one_or_all_below_a_folder(tmp_path: Path) -> None:
    for name in ("in/x/a.webp", "in/b.bmp", "in/b.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (1, 1)).save(tmp_path / name)
    found = images_of(str(tmp_path / "in"), "input")
    assert [path.relative_to(tmp_path / "in").as_posix() for path in found] == ["b.bmp", "b.png", "x/a.webp"]
    assert images_of(str(tmp_path / "in/b.png"), "input") == [tmp_path / "in/b.png"]
    for given, told in ((None, "normal has no value"), ("nowhere", "normal=nowhere does not exist")):
        with pytest.raises(ConfigError, match=told):
            images_of(given, "normal")
