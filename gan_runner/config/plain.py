"""A composed configuration as plain containers: what is checked, built from and kept in checkpoints."""

from __future__ import annotations

from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from gan_runner.config.errors import ConfigError
from gan_runner.config.trust import with_present_names


def plain_config(config: DictConfig) -> dict[str, Any]:
    """Resolved, as plain containers, with the present names of classes. Raises ConfigError for a missing value."""
    try:
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException:
        if missing := sorted(OmegaConf.missing_keys(config)):  # asked only now: it resolves everything once more
            raise ConfigError(f"{missing[0]} has no value: give one as {missing[0]}=…") from None
        raise
    assert isinstance(plain, dict)
    return {str(key): with_present_names(value) for key, value in plain.items()}
