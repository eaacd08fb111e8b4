"""gan-doctor as a user starts it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.small_runs import Outcome
from gan_runner.cli.doctor import Request, doctor
from gan_runner.config.errors import ConfigError


def test_people_and_programs_are_told(run_command: Callable[..., Outcome], tmp_path: Path) -> None:
    told = run_command("gan-doctor")
    assert (told.code, told.err) == (0, ""), told.out
    assert "\nDevices\n" in told.out
    assert told.out.endswith("All that is needed works.\n")
    plain = run_command("gan-doctor", "--json", "outputs=elsewhere")
    assert plain.code == 0
    assert json.loads(plain.out)["places"][0]["path"] == "elsewhere"
    assert not [*tmp_path.iterdir()]


def test_what_is_needed_and_missing_is_told_by_the_exit_code(
    run_command: Callable[..., Outcome], tmp_path: Path
) -> None:
    (tmp_path / "outputs").write_text("no folder")
    told = run_command("gan-doctor")
    assert (told.code, told.err) == (1, "")
    assert "Missing: nothing can be written to outputs" in told.out


def test_a_working_folder_that_was_removed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> str:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr("os.getcwd", gone)
    with pytest.raises(FileNotFoundError, match="the working folder is not there any more: change into another one"):
        doctor(Request())


def test_its_page_has_its_keys(run_command: Callable[..., Outcome]) -> None:
    page = run_command("gan-doctor", "--help").out
    assert "gan-doctor json=true" in page
    assert "outputs: outputs  " in page


def test_keys_are_read() -> None:
    assert Request.of(["--json", "data=sets"]) == Request(json=True, data="sets")
    assert Request.of([]) == Request()
    with pytest.raises(ConfigError, match="unknown key output \\(did you mean outputs\\?\\)"):
        Request.of(["output=x"])
