"""What a report of a bug keeps to itself."""

from pathlib import Path

import pytest

from gan_runner.doctor import troubles
from gan_runner.doctor.troubles import missing, private, warning


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/home/ada/photos", "~/photos"),
        ("/home/ada", "~"),
        ("/home/adam/photos", "/home/adam/photos"),
        ("OSError: /home/ada/.venv/lib/libc.so: no such file", "OSError: ~/.venv/lib/libc.so: no such file"),
        ("/tmp/torchinductor_ada", "/tmp/torchinductor_<user>"),
        ("/scratch/ada/outputs", "/scratch/<user>/outputs"),
        ("/scratch/adagio", "/scratch/adagio"),
        ("outputs", "outputs"),
    ],
)
def test_home_and_user_are_left_out(text: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/ada"))
    monkeypatch.setattr(troubles.getpass, "getuser", lambda: "ada")
    assert private(text) == told
    assert missing(text).says == warning("", text).helps == told


def test_whoever_has_no_name_has_nothing_to_hide(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise OSError("no such number")

    monkeypatch.setattr(Path, "home", lambda: Path("/"))
    monkeypatch.setattr(troubles.getpass, "getuser", nobody)
    assert private("/data/x") == "/data/x"
