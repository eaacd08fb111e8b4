"""What a command changes in its process is put back, whatever happens in it."""

import logging
import os
import sys
from pathlib import Path

import pytest
import torch
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig

from gan_runner.api.process import alone, as_command
from gan_runner.config.errors import ConfigError


def test_the_block_is_the_command() -> None:
    before = sys.argv
    with as_command("train", ["model=dcgan"]):
        assert sys.argv == ["gan-train", "model=dcgan"]
        assert os.environ["HYDRA_FULL_ERROR"] == "1"
    assert sys.argv is before


def test_all_is_put_back_after_an_error_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYDRA_FULL_ERROR", "0")
    monkeypatch.delenv("PL_GLOBAL_SEED", raising=False)
    handlers, level, of_job = logging.root.handlers[:], logging.root.level, HydraConfig.instance().cfg
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    file = logging.FileHandler(tmp_path / "log")

    def change() -> None:
        logging.root.handlers[:] = [file]
        logging.root.setLevel(logging.DEBUG)
        os.environ["PL_GLOBAL_SEED"] = "3"
        HydraConfig.instance().cfg = None
        torch.rand(5)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), as_command("train", []):
        change()
    assert logging.root.handlers == handlers
    assert logging.root.level == level
    assert file.stream is None or file.stream.closed
    assert os.environ["HYDRA_FULL_ERROR"] == "0"
    assert "PL_GLOBAL_SEED" not in os.environ
    assert HydraConfig.instance().cfg is of_job
    assert torch.equal(torch.rand(1), expected)


def test_what_was_composed_before_in_this_process_stays(tmp_path: Path) -> None:
    from hydra import compose, initialize_config_dir

    from gan_runner.config.options import CONFIGS

    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        with as_command("train", []):
            assert not GlobalHydra.instance().is_initialized()
        assert compose("sample").num_samples == 64


def test_one_training_at_a_time_and_the_next_after_an_error_too() -> None:
    with alone(), pytest.raises(ConfigError, match="another training is playing"), alone():
        pass
    with pytest.raises(ZeroDivisionError), alone():
        raise ZeroDivisionError
    with alone():
        pass
