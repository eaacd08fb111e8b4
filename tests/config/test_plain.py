"""A configuration as plain containers."""

import pytest
from omegaconf import OmegaConf
from omegaconf.errors import InterpolationKeyError

from gan_runner.config.errors import ConfigError
from gan_runner.config.plain import plain_config


def test_references_are_resolved_and_classes_have_their_present_names():
    config = OmegaConf.create(
        {"seed": 3, "data": {"seed": "${seed}", "list": [{"_target_": "gan_runner.loggers.CSV"}]}}
    )
    plain = plain_config(config)
    assert plain == {"seed": 3, "data": {"seed": 3, "list": [{"_target_": "gan_runner.training.loggers.CSV"}]}}
    assert type(plain["data"]["list"]) is list


def test_a_missing_value_is_named():
    with pytest.raises(ConfigError, match=r"^data\.root has no value: give one as data\.root=…$"):
        plain_config(OmegaConf.create({"data": {"root": "???"}, "later": "???"}))


def test_a_reference_that_leads_nowhere_is_no_missing_value():
    with pytest.raises(InterpolationKeyError, match="nothing"):
        plain_config(OmegaConf.create({"data": {"root": "${nothing}"}}))
