"""gan-sample: draw from what a run has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_runner.cli.entry import run_command

if TYPE_CHECKING:
    from omegaconf import DictConfig


def main() -> None:
    """The console script."""
    run_command("sample", sample)


def sample(config: DictConfig) -> None:
    """Check the request, do it, and say what was written."""
    from omegaconf import OmegaConf

    from gan_runner import sampling

    plain = OmegaConf.to_container(config, resolve=True)
    assert isinstance(plain, dict)
    print(sampling.sample(sampling.Request.from_config({str(key): value for key, value in plain.items()})))
