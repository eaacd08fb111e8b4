"""import gan_runner: what it offers, and that it costs nothing before it is used."""

import subprocess
import sys

import pytest

import gan_runner

SLOW = ("torch", "pytorch_lightning", "hydra", "omegaconf", "numpy", "PIL", "pandas", "pydantic")


def test_importing_it_imports_nothing_slow() -> None:
    code = f"import sys, gan_runner; print([name for name in {SLOW} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_name_is_there_and_is_listed() -> None:
    assert set(gan_runner.__all__) <= set(dir(gan_runner))
    for name in gan_runner.__all__:
        found = getattr(gan_runner, name)
        assert found.__name__ == name
        assert found.__doc__, name


def test_a_name_that_is_not_there_is_told_as_of_any_module() -> None:
    with pytest.raises(AttributeError, match="module 'gan_runner' has no attribute 'sweep'"):
        _ = gan_runner.sweep  # type: ignore[attr-defined]


def test_types_are_for_editors_too() -> None:
    from gan_runner.config.options import PACKAGE

    assert (PACKAGE / "py.typed").is_file()


def test_a_mistake_is_a_value_error() -> None:
    assert issubclass(gan_runner.ConfigError, ValueError)
    assert issubclass(gan_runner.TrainingStopped, KeyboardInterrupt)
