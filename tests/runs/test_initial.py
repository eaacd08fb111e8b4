"""init_from: a run folder or a file, known by what is in it."""

from pathlib import Path

import pytest
import torch

from gan_runner.config.errors import ConfigError
from gan_runner.files import write_json
from gan_runner.runs.checkpoints import write
from gan_runner.runs.initial import contents_of, pinned, refuse_unfinished


def save(folder: Path, number: float, name: str = "last.ckpt") -> Path:
    path = folder / "checkpoints" / name
    write({"origin": {}, "state_dict": {"weight": torch.tensor([number])}}, path)
    return path


def test_of_a_folder_the_newest_whole_checkpoint_counts(tmp_path: Path) -> None:
    save(tmp_path, 1)
    last = save(tmp_path, 2)
    found = pinned(str(tmp_path))
    assert found == pinned(str(last)) == pinned(found)
    assert found["path"] == str(last)
    last.write_bytes(b"torn")
    assert pinned(str(tmp_path))["path"].endswith("previous.ckpt")


def test_equal_weights_are_the_same_start_wherever_they_lie(tmp_path: Path) -> None:
    one, same, other = save(tmp_path / "a", 1), save(tmp_path / "b", 1), save(tmp_path / "c", 2)
    assert contents_of(str(one)) == contents_of(str(same)) == contents_of(pinned(str(one)))
    assert contents_of(str(one)) != contents_of(str(other))


def test_what_was_pinned_is_not_read_to_be_compared(tmp_path: Path) -> None:
    found = pinned(str(save(tmp_path, 1)))
    Path(found["path"]).unlink()
    assert contents_of(found) == found["sha256"]


def test_a_file_that_has_changed_since_is_refused(tmp_path: Path) -> None:
    found = pinned(str(save(tmp_path, 1)))
    save(tmp_path, 2)
    with pytest.raises(ConfigError, match="has changed since: give it anew"):
        pinned(found)


def test_a_path_may_begin_at_home_or_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "run", 1)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert pinned("~/run") == pinned("run") == pinned(str(path))


def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="init_from=nowhere does not exist: give a run folder or a checkpoint"):
        pinned("nowhere")
    with pytest.raises(FileNotFoundError, match=r"has no checkpoints/last\.ckpt"):
        pinned(str(tmp_path))
    path = save(tmp_path, 1)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="is damaged"):
        pinned(str(path))


@pytest.mark.parametrize("status", ["running", "interrupted", "failed"])
def test_a_run_that_is_not_finished_is_refused_with_the_command_that_plays_it(tmp_path: Path, status: str) -> None:
    last = save(tmp_path / "my run", 1)
    write_json(tmp_path / "my run" / "run.json", {"status": status})
    with pytest.raises(ConfigError, match=rf"that run is {status}, .* gan-train 'resume={tmp_path}/my run'$"):
        refuse_unfinished(last)
    write_json(tmp_path / "my run" / "run.json", {"status": "finished"})
    refuse_unfinished(last)
    refuse_unfinished(save(tmp_path / "elsewhere", 1))  # of which nothing is known
