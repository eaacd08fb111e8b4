"""What every command that works from a checkpoint is asked: which weights, on what."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from gan_runner.config.errors import ConfigError
from gan_runner.config.schema import nearest, validate
from gan_runner.runs import checkpoints


class FromWeights(BaseModel):
    """The keys that sample.yaml, evaluate.yaml and translate.yaml share; a command adds its own."""

    model_config = ConfigDict(extra="ignore", strict=True)

    run: str | None = None
    ckpt: str | None = None
    overwrite: bool = False
    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    trace: bool = False

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Raises ConfigError, one sentence that names the key."""
        for key in config:
            if key not in cls.model_fields:
                raise ConfigError(f"unknown key {key}{nearest(key, cls.model_fields)}")
        validate(cls, config, "")
        return cls(**config)

    @property
    def checkpoint(self) -> Path:
        """The file to read: ckpt, or the last one of run."""
        return checkpoints.named(self.run, self.ckpt)
